import { jsonSchemaOf } from './declarations/json-schema.js';
import type { JsonSchema } from './fields/field-rule.js';
import { CONTRACT } from './message-types.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** JSON Schema (2020-12) of the data of every message, by message type. */
export function upstreamSchemas(): Record<string, object> {
  return Object.fromEntries(
    CONTRACT.map((message): [string, JsonSchema] => [
      message.type,
      {
        $schema: DIALECT,
        $id: `${message.type}.schema.json`,
        title: message.title,
        ...jsonSchemaOf(message.declaration),
        examples: [message.example],
      },
    ]),
  );
}
