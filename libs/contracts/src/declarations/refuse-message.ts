import { validateSync, type ValidationError } from 'class-validator';
import type { Declaration, FieldRule, MessageValues } from '../fields/field-rule.js';
import { refuse, shown, type Json, type Refusal } from '../refusals.js';
import { declaredFields, elementsOf } from './declared-fields.js';

/**
 * Asks class-validator about values the compiled check did not accept. Its answer is the one that counts: null means
 * the message is good after all. `path` is what the names of the fields are shown with, `data.` or nothing.
 */
export function refuseMessage(
  declaration: Declaration,
  values: MessageValues,
  path: string,
  factId: string | null,
): Refusal | null {
  const errors = validateSync(instanceOf(declaration, values), { forbidUnknownValues: true });
  const [first] = errors;
  return first === undefined ? null : refuseField(first, path, factId);
}

/**
 * An instance with the declared fields and no others, elements of lists included. `plainToInstance` would copy whatever
 * keys the sender made up.
 */
export function instanceOf(declaration: Declaration, values: MessageValues): object {
  const instance = new declaration() as Record<string, unknown>;
  for (const field of declaredFields(declaration)) {
    const value = values[field.name];
    const elements = elementsOf(field);
    instance[field.name] =
      elements !== undefined && Array.isArray(value)
        ? value.map((element: unknown) => (isRecord(element) ? instanceOf(elements, element) : element))
        : value;
  }
  return instance;
}

function refuseField(error: ValidationError, path: string, factId: string | null): Refusal {
  const field = `${path}${error.property}`;
  const name = Object.keys(error.constraints ?? {})[0];
  const rule = name === undefined ? undefined : (error.contexts?.[name] as { rule?: FieldRule } | undefined)?.rule;
  if (name === undefined || rule === undefined) {
    const [child] = error.children ?? [];
    if (child === undefined) throw new Error(`class-validator refused ${field} without saying by which rule.`);
    return refuseField(child, `${field}.`, factId);
  }
  const says = error.constraints?.[name] ?? '';
  const value = error.value as Json | undefined;
  if (rule.jsonType === null) {
    const blamed = rule.blames === undefined ? field : `${path}${rule.blames}`;
    return refuse(rule.code, blamed, `${blamed} ${says}.`, factId);
  }
  if (value === undefined || value === null) {
    return refuse('missing-field', field, `${field} is required.`, factId);
  }
  const code = jsonTypeOf(value) === rule.jsonType ? rule.code : 'wrong-type';
  const given = rule.personal ? '' : `; ${shown(value)}`;
  return refuse(code, field, `${field} ${says}${given}.`, factId);
}

function jsonTypeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

function isRecord(value: unknown): value is MessageValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
