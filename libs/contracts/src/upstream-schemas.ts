import { jsonSchemaOf, SCHEMA_DIALECT } from './declarations/json-schema.js';
import type { JsonSchema } from './fields/field-rule.js';
import { CONTRACT } from './message-types.js';

/** JSON Schema (2020-12) of the data of every message, by message type. */
export function upstreamSchemas(): Record<string, object> {
  return Object.fromEntries(
    CONTRACT.map((message): [string, JsonSchema] => [
      message.type,
      {
        $schema: SCHEMA_DIALECT,
        $id: `${message.type}.schema.json`,
        title: message.title,
        ...jsonSchemaOf(message.declaration),
        examples: [message.example],
      },
    ]),
  );
}
