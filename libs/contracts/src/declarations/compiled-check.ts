import type { Declaration, MessageValues } from '../fields/field-rule.js';
import { declaredFields, elementsOf } from './declared-fields.js';

/** Whether the values satisfy the declaration. */
export type Check = (values: MessageValues) => boolean;

/**
 * The same decision class-validator makes, without its costs (grouping metadata, error objects and contexts on every
 * call: 11 µs for a repayment against 0.4). It only says yes or no; the words come from class-validator.
 */
export function compileCheck(declaration: Declaration): Check {
  const fields = declaredFields(declaration).map((field) => {
    const elements = elementsOf(field);
    return {
      name: field.name,
      optional: field.optional,
      accepts: field.rules.map((rule) => rule.accepts),
      checkElement: elements === undefined ? null : compileCheck(elements),
    };
  });

  return (values) => {
    for (const field of fields) {
      const value = values[field.name];
      if (value === undefined || value === null) {
        if (!field.optional) return false;
        continue;
      }
      for (const accepts of field.accepts) if (!accepts(value, values)) return false;
      if (field.checkElement !== null && !(value as readonly MessageValues[]).every(field.checkElement)) return false;
    }
    return true;
  };
}
