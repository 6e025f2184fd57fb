import { refuse, type Refusal } from '../refusals.js';

export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const SHOWABLE_KEY = /^[\w.:-]{1,64}$/;

/**
 * Looks at every key and string of a parsed message. Forbidden keys would reach an object's prototype in code that
 * copies carelessly, PostgreSQL cannot store U+0000, and half of a surrogate pair cannot be written as UTF-8 again.
 * The recursion is bounded by the depth limit of the scan.
 */
export function findForbiddenContent(value: unknown, path: string): Refusal | null {
  if (typeof value === 'string') return isStorable(value) ? null : refuseCharacter(path, 'a string');
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    for (const [index, element] of (value as readonly unknown[]).entries()) {
      const refusal = findForbiddenContent(element, `${path}[${String(index)}]`);
      if (refusal !== null) return refusal;
    }
    return null;
  }
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) {
      return refuse('forbidden-key', path === '' ? null : path, `The key ${key} is not allowed in a message.`);
    }
    if (!isStorable(key)) return refuseCharacter(path, 'a key');
    const step = SHOWABLE_KEY.test(key) ? key : '?';
    const refusal = findForbiddenContent(
      (value as Readonly<Record<string, unknown>>)[key],
      path === '' ? step : `${path}.${step}`,
    );
    if (refusal !== null) return refusal;
  }
  return null;
}

function refuseCharacter(path: string, where: string): Refusal {
  const place = path === '' ? 'The message' : path;
  return refuse(
    'forbidden-character',
    path === '' ? null : path,
    `${place} holds U+0000 or half of a surrogate pair in ${where}.`,
  );
}

function isStorable(text: string): boolean {
  return !text.includes('\u0000') && isWellFormed(text);
}

/** `String.prototype.isWellFormed` is in every supported Node and not yet in the ES2023 library types. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
