import type { Declaration, JsonSchema } from '../fields/field-rule.js';
import { declaredFields, elementsOf, type DeclaredField } from './declared-fields.js';

export const SCHEMA_DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/**
 * JSON Schema of a declaration, from the rules that also judge the messages. What a schema cannot say (the days of
 * February, the decimals of a currency, one field against another) is in the descriptions at most: the reader is
 * stricter than the schema, never more lenient. Unknown fields are allowed.
 */
export function jsonSchemaOf(declaration: Declaration): JsonSchema {
  const fields = declaredFields(declaration);
  const betweenFields = fields.flatMap((field) => field.rules.map((rule) => rule.messageSchema ?? {}));
  return {
    type: 'object',
    required: fields.filter((field) => !field.optional).map((field) => field.name),
    properties: Object.fromEntries(fields.map((field) => [field.name, valueSchemaOf(field)])),
    ...merged(betweenFields),
  };
}

function valueSchemaOf(field: DeclaredField): JsonSchema {
  const elements = elementsOf(field);
  const schema = {
    ...merged(field.rules.map((rule) => rule.schema)),
    ...(elements !== undefined && { items: jsonSchemaOf(elements) }),
  };
  return field.optional ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function merged(schemas: readonly JsonSchema[]): JsonSchema {
  return schemas.reduce<JsonSchema>((all, schema) => ({ ...all, ...schema }), {});
}
