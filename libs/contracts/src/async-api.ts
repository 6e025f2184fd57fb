import { jsonSchemaOf } from './declarations/json-schema.js';
import { DECISIONS_DOCUMENTED } from './decisions/decisions-channel.js';
import { CloudEvent } from './envelope/cloud-event.js';
import type { JsonSchema } from './fields/field-rule.js';
import { LIMITS } from './limits.js';
import { CONTRACT } from './message-types.js';
import type { MessageType } from './messages/message-type.js';
import { REFUSAL_CODES } from './refusals.js';

const FACTS = 'lending.facts.v1';
const DEAD = 'lending.facts.v1.dead';

/** AsyncAPI 3.0 of what the product receives, of where it puts what it refuses, and of the decisions it publishes. */
export function asyncApiDocument(): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Retention: facts in, decisions out',
      version: '1.0.0',
      description:
        'Facts of a loan system as CloudEvents 1.0 in JSON, in structured mode or in Kafka binary mode. At least once, ' +
        `in any order. A message has at most ${String(LIMITS.messageBytes)} bytes. Decisions go out in the same form.`,
    },
    defaultContentType: 'application/cloudevents+json',
    channels: {
      facts: {
        address: FACTS,
        description: 'Key: the customer id (recommended). The topic name is configurable and there may be several.',
        messages: Object.fromEntries(CONTRACT.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }])),
      },
      deadLetters: {
        address: DEAD,
        description: 'What was refused: the original key, value and headers, with the reason in headers of its own.',
        messages: { deadLetter: { $ref: '#/components/messages/deadLetter' } },
      },
      decisions: DECISIONS_DOCUMENTED.channel,
    },
    operations: {
      receiveFacts: { action: 'receive', channel: { $ref: '#/channels/facts' } },
      sendDeadLetters: { action: 'send', channel: { $ref: '#/channels/deadLetters' } },
      sendDecisions: { action: 'send', channel: { $ref: '#/channels/decisions' } },
    },
    components: {
      messages: {
        ...Object.fromEntries(CONTRACT.map((message) => [message.type, documented(message)])),
        deadLetter,
        ...DECISIONS_DOCUMENTED.messages,
      },
      schemas: {
        cloudEvent: jsonSchemaOf(CloudEvent),
        ...Object.fromEntries(CONTRACT.map(({ type, declaration }) => [type, jsonSchemaOf(declaration)])),
        ...DECISIONS_DOCUMENTED.schemas,
      },
    },
  };
}

function documented(message: MessageType): JsonSchema {
  const { type, title, example } = message;
  const { customerId } = example;
  return {
    name: type,
    title,
    contentType: 'application/cloudevents+json',
    payload: {
      allOf: [
        { $ref: '#/components/schemas/cloudEvent' },
        {
          type: 'object',
          properties: { type: { const: type }, data: { $ref: `#/components/schemas/${type}` } },
        },
      ],
    },
    examples: [
      {
        payload: {
          specversion: '1.0',
          id: 'example-1',
          source: '/loan-system',
          type,
          ...(typeof customerId === 'string' && { subject: customerId }),
          time: '2024-09-01T10:00:00+08:00',
          datacontenttype: 'application/json',
          data: example,
        },
      },
    ],
  };
}

const deadLetter: JsonSchema = {
  name: 'deadLetter',
  title: 'A message that was refused',
  description: 'The value is the original value, byte for byte; the original headers stand beside these.',
  headers: {
    type: 'object',
    required: [
      'retention-reason-code',
      'retention-reason',
      'retention-topic',
      'retention-partition',
      'retention-offset',
    ],
    properties: {
      'retention-reason-code': { type: 'string', enum: REFUSAL_CODES },
      'retention-reason': { type: 'string', description: 'A sentence without personal data.' },
      'retention-field': { type: 'string', description: 'Path of the field at fault, such as data.principal.' },
      'retention-topic': { type: 'string', description: 'The topic the message came from.' },
      'retention-partition': { type: 'string', pattern: '^\\d+$' },
      'retention-offset': { type: 'string', pattern: '^\\d+$' },
    },
  },
  payload: { description: 'Any bytes, or none.' },
};
