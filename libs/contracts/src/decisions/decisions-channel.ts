import type { JsonSchema } from '../fields/field-rule.js';
import { DECISION_SOURCE } from './decision-event.js';
import type { DecisionEnvelope } from './decision-event.js';
import { DOCUMENTED_DECISIONS } from './published-decisions.js';
import type { DocumentedDecision } from './published-decisions.js';
import { constant, identifier, objectOf, text } from './value-schemas.js';

const TOPIC = 'retention.decisions.v1';
const CONTENT_TYPE = 'application/cloudevents+json; charset=UTF-8';

const envelope = objectOf<DecisionEnvelope>({
  specversion: constant('1.0'),
  id: {
    ...text,
    pattern: '^[^@]+@[1-9]\\d*$',
    description: '`<customer id>@<streamVersion>`: a message with an id that was seen is the same message again.',
  },
  source: constant(DECISION_SOURCE),
  type: text,
  subject: { ...identifier, description: 'The customer id; also the key of the Kafka record.' },
  time: { ...text, format: 'date-time', description: 'When the decision was recorded, in UTC.' },
  datacontenttype: constant('application/json'),
  dataschema: { ...text, format: 'uri', description: 'The `$id` of the schema of `data`.' },
  data: { type: 'object' },
});

/** The parts of the AsyncAPI document that are about published decisions. */
export const DECISIONS_DOCUMENTED = {
  channel: {
    address: TOPIC,
    description:
      'Published with PUBLISH_DECISIONS=on; the topic name is configurable. Key: the customer id. At least once, in ' +
      'order for each customer but for repetitions: drop what has no greater streamVersion than the greatest seen of ' +
      'its customer.',
    messages: Object.fromEntries(
      DOCUMENTED_DECISIONS.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }]),
    ),
  },
  messages: Object.fromEntries(DOCUMENTED_DECISIONS.map((decision) => [decision.type, documented(decision)])),
  schemas: {
    decisionEvent: envelope,
    ...Object.fromEntries(DOCUMENTED_DECISIONS.map(({ type, schema }) => [type, schema])),
  },
};

function documented({ type, schemaId, title, example }: DocumentedDecision): JsonSchema {
  return {
    name: type,
    title,
    contentType: CONTENT_TYPE,
    bindings: { kafka: { key: identifier, bindingVersion: '0.5.0' } },
    payload: {
      allOf: [
        { $ref: '#/components/schemas/decisionEvent' },
        {
          type: 'object',
          properties: {
            type: { const: type },
            dataschema: { const: schemaId },
            data: { $ref: `#/components/schemas/${type}` },
          },
        },
      ],
    },
    examples: [
      {
        payload: {
          specversion: '1.0',
          id: 'C-1001@6',
          source: DECISION_SOURCE,
          type,
          subject: 'C-1001',
          time: '2026-01-06T02:00:00.000Z',
          datacontenttype: 'application/json',
          dataschema: schemaId,
          data: example,
        },
      },
    ],
  };
}
