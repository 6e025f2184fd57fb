import type { Declaration, MessageValues } from '../fields/field-rule.js';
import { declaredFields, elementsOf } from './declared-fields.js';

/** Canonical JSON of values that passed the check, or null when they hold more than the declaration says. */
export type CanonicalWriter = (values: MessageValues) => string | null;

/**
 * Writes what `canonicalJson` writes, a fifth of the time: the keys are known and sorted beforehand, and an accepted id,
 * day or amount has nothing to escape. A message with unknown fields goes the general way.
 */
export function compileCanonicalWriter(declaration: Declaration): CanonicalWriter {
  const fields = declaredFields(declaration)
    .map((field) => {
      const elements = elementsOf(field);
      return {
        name: field.name,
        key: `${JSON.stringify(field.name)}:`,
        plainText: field.rules.some((rule) => rule.plainText),
        writeElement: elements === undefined ? null : compileCanonicalWriter(elements),
      };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));

  return (values) => {
    let text = '';
    let written = 0;
    for (const field of fields) {
      const value = values[field.name];
      if (value === undefined) continue;
      written++;
      text += text === '' ? field.key : `,${field.key}`;
      if (value === null) text += 'null';
      else if (field.plainText) text += `"${value as string}"`;
      else if (typeof value === 'number') text += String(value);
      else if (field.writeElement === null) text += JSON.stringify(value);
      else {
        const list = writeList(value as readonly MessageValues[], field.writeElement);
        if (list === null) return null;
        text += list;
      }
    }
    return written === countKeys(values) ? `{${text}}` : null;
  };
}

function writeList(elements: readonly MessageValues[], writeElement: CanonicalWriter): string | null {
  let text = '';
  for (const element of elements) {
    const written = writeElement(element);
    if (written === null) return null;
    text += text === '' ? written : `,${written}`;
  }
  return `[${text}]`;
}

/** Parsed JSON has no inherited keys, and counting this way makes no array. */
function countKeys(values: MessageValues): number {
  let count = 0;
  for (const _key in values) count++;
  return count;
}
