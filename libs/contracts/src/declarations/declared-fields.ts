import { getMetadataStorage } from 'class-validator';
import type { Declaration, FieldRule } from '../fields/field-rule.js';

/** A field of a message class as its decorators declare it. */
export interface DeclaredField {
  readonly name: string;
  /** Absent and null are both taken as "not said". */
  readonly optional: boolean;
  readonly rules: readonly FieldRule[];
}

const OPTIONAL = 'conditionalValidation';
const NESTED = 'nestedValidation';
const RULE = 'customValidation';

/**
 * Reads a message class out of class-validator's metadata, inherited fields last.
 *
 * @throws Error at start-up when a decorator is used that is not one of this library's rules, because the compiled
 * check would then accept what class-validator refuses.
 */
export function declaredFields(declaration: Declaration): readonly DeclaredField[] {
  const storage = getMetadataStorage();
  const metadata = storage.getTargetValidationMetadatas(declaration, '', false, false);
  return Object.entries(storage.groupByPropertyName(metadata)).map(([name, constraints]) => {
    if (name in Object.prototype) throw new Error(`${declaration.name}.${name} would be found on every object.`);
    const rules: FieldRule[] = [];
    let optional = false;
    for (const constraint of constraints) {
      const rule = (constraint.context as { readonly rule?: FieldRule } | undefined)?.rule;
      if (constraint.type === OPTIONAL) optional = true;
      else if (constraint.type === RULE && rule !== undefined) rules.push(rule);
      else if (constraint.type !== NESTED) {
        throw new Error(`${declaration.name}.${name} has the constraint ${constraint.type} without a field rule.`);
      }
    }
    return { name, optional, rules };
  });
}

/** The declaration of the elements, when the field is a list of objects. */
export function elementsOf(field: DeclaredField): Declaration | undefined {
  return field.rules.find((rule) => rule.elements !== undefined)?.elements;
}
