import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { asyncApiDocument, decisionSchemas, PUBLISHED_DECISION_TYPES } from '../index.js';

interface Schema {
  readonly $id: string;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const schemas = decisionSchemas() as Record<string, Schema>;
const cases = Object.entries(schemas);

// Formats say what the patterns say, for people and for generators.
const validator = new Ajv2020({ strict: true, validateFormats: false });
// Where the references of an AsyncAPI document point to.
validator.addVocabulary(['components']);

describe('the schemas of published decisions', () => {
  it('are there for every type of decision, each under the name messages call it by', () => {
    expect(cases.map(([type]) => type)).toEqual(PUBLISHED_DECISION_TYPES.map((type) => `retention.${type}.v1`));
    for (const [type, { $id }] of cases) expect($id).toBe(`urn:retention:schema:${type}`);
  });

  it.each(cases)('%s accepts its own example, and nothing without one of its required members', (_, schema) => {
    const [example] = schema.examples;
    const accepts = validator.compile(schema);
    expect([accepts(example), accepts.errors]).toEqual([true, null]);
    for (const name of schema.required) {
      const { [name]: _left, ...rest } = example!;
      expect([name, accepts(rest)]).toEqual([name, false]);
    }
  });

  it.each(cases)('%s asks for the policy, the causes and the place in the history', (_, schema) => {
    expect(schema.required).toEqual(expect.arrayContaining(['policyVersion', 'causes', 'streamVersion']));
  });

  it.each(cases)('%s has no amount in minor units, and a currency beside each amount', (_, schema) => {
    expect(JSON.stringify(schema)).not.toMatch(/Minor"/);
    const isAmount = (member: unknown) => JSON.stringify(member).includes('A decimal string');
    if (Object.values(schema.properties).some(isAmount)) expect(schema.properties).toHaveProperty('currency');
  });

  it('refuse a word nobody has declared, and an amount that is a number', () => {
    const accepts = (type: string, change: object) => {
      const schema = schemas[type]!;
      const { $id: _, ...anonymous } = schema;
      return validator.validate(anonymous, { ...schema.examples[0], ...change });
    };
    expect(accepts('retention.tier-changed.v1', { to: 'trusted' })).toBe(true);
    expect(accepts('retention.tier-changed.v1', { to: 'golden' })).toBe(false);
    expect(accepts('retention.loan-status-changed.v1', { principal: '12.50' })).toBe(true);
    expect(accepts('retention.loan-status-changed.v1', { principal: 12.5 })).toBe(false);
    expect(accepts('retention.loan-status-changed.v1', { from: null, principal: null })).toBe(true);
    expect(accepts('retention.loan-status-changed.v1', { loanId: null })).toBe(false);
  });

  it('allow members that are not known yet', () => {
    for (const [, { $id: _, ...schema }] of cases) {
      expect(validator.validate(schema, { ...schema.examples[0], later: 1 })).toBe(true);
    }
  });
});

describe('decisions in the AsyncAPI document', () => {
  const { channels, operations, components } = asyncApiDocument() as {
    channels: Record<string, { address: string; messages: object }>;
    operations: Record<string, { action: string; channel: { $ref: string } }>;
    components: {
      messages: Record<string, { payload: object; examples: readonly { payload: Record<string, unknown> }[] }>;
      schemas: object;
    };
  };

  it('are sent to a channel of their own, one message for each type', () => {
    expect(channels['decisions']?.address).toBe('retention.decisions.v1');
    expect(Object.keys(channels['decisions']?.messages ?? {})).toEqual(Object.keys(schemas));
    expect(operations['sendDecisions']).toEqual({ action: 'send', channel: { $ref: '#/channels/decisions' } });
  });

  it.each(Object.keys(schemas))(
    '%s is described by a payload that accepts its example and not another type',
    (type) => {
      const { payload, examples } = components.messages[type]!;
      const accepts = validator.compile({ $id: `spec:${type}`, components, ...payload });
      const [example] = examples;
      expect([accepts(example!.payload), accepts.errors]).toEqual([true, null]);
      expect(accepts({ ...example!.payload, type: 'retention.something-else.v1' })).toBe(false);
      expect(accepts({ ...example!.payload, id: 'no-version' })).toBe(false);
    },
  );
});
