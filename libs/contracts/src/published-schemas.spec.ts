import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '@retention/customer';
import { asyncApiDocument, MESSAGE_TYPES, REFUSAL_CODES, upstreamSchemas } from './index.js';

interface Schema {
  readonly $id?: string;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly examples?: readonly Readonly<Record<string, unknown>>[];
  readonly anyOf?: unknown;
}

const schemas = upstreamSchemas() as Record<string, Schema>;

function schemaOf(type: string): Schema {
  const schema = schemas[type];
  if (schema === undefined) throw new Error(`no schema for ${type}`);
  return schema;
}

describe('the JSON Schemas', () => {
  it('are there for every message, and their examples have every required field', () => {
    expect(Object.keys(schemas)).toEqual(MESSAGE_TYPES);
    for (const [type, schema] of Object.entries(schemas)) {
      expect(schema.$id).toBe(`${type}.schema.json`);
      expect(Object.keys(schema.examples?.[0] ?? {})).toEqual(expect.arrayContaining([...schema.required]));
      expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining([...schema.required]));
    }
  });

  it('show every field of the message in the example, except the customer the loan would find', () => {
    for (const schema of Object.values(schemas)) {
      const example = schema.examples?.[0] ?? {};
      for (const name of Object.keys(example)) expect(schema.properties).toHaveProperty([name]);
    }
  });

  it('say what the rules say', () => {
    const { required, properties } = schemaOf('lending.loan.disbursed.v1');
    expect([...required].sort()).toEqual([
      'currency',
      'customerId',
      'disbursedOn',
      'loanId',
      'maturesOn',
      'principal',
      'product',
    ]);
    expect(properties['loanId']).toEqual({ type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' });
    expect(properties['termDays']).toEqual({
      anyOf: [{ type: 'integer', minimum: 0, maximum: 36_500 }, { type: 'null' }],
    });
    expect(properties['schedule']).toMatchObject({
      anyOf: [{ type: 'array', maxItems: 600, items: { required: ['no', 'dueOn', 'amount'] } }, { type: 'null' }],
    });
    const principal = new RegExp(String(properties['principal']?.['pattern']));
    expect(['70000.00', '0.01', '1'].map((amount) => principal.test(amount))).toEqual([true, true, true]);
    expect(['0', '0.00', '-1', '1e4', '1.', '12345678901234'].some((amount) => principal.test(amount))).toBe(false);
    expect(schemaOf('lending.customer.reassigned.v1').anyOf).toEqual([
      { required: ['officerId'] },
      { required: ['branchId'] },
    ]);
  });

  it('say yes or no as JSON does, and which reasons of churn the default policy knows', () => {
    expect(schemaOf('lending.complaint.resolved.v1').properties['satisfied']).toEqual({
      anyOf: [{ type: 'boolean' }, { type: 'null' }],
    });
    const { reason } = schemaOf('lending.churn-reason.reported.v1').properties;
    expect(reason).toMatchObject({ type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' });
    const known = DEFAULT_POLICY.churn.normalReasons;
    expect(known.length).toBeGreaterThan(0);
    for (const normal of known) expect(reason?.['description']).toContain(normal);
  });

  it('are plain JSON and come out the same every time', () => {
    const text = JSON.stringify(schemas, null, 2);
    expect(JSON.parse(text)).toEqual(schemas);
    expect(JSON.stringify(upstreamSchemas(), null, 2)).toBe(text);
  });
});

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument() as {
    asyncapi: string;
    channels: Record<string, { address: string; messages: Record<string, { $ref: string }> }>;
    components: { messages: Record<string, { headers?: Schema }>; schemas: Record<string, Schema> };
  };

  it('has both topics, and every message on the first', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(document.channels['facts']?.address).toBe('lending.facts.v1');
    expect(Object.keys(document.channels['facts']?.messages ?? {})).toEqual(MESSAGE_TYPES);
    expect(document.channels['deadLetters']?.address).toBe('lending.facts.v1.dead');
  });

  it('names the headers of a dead letter', () => {
    const headers = document.components.messages['deadLetter']?.headers;
    expect(Object.keys(headers?.properties ?? {})).toEqual([
      'retention-reason-code',
      'retention-reason',
      'retention-field',
      'retention-topic',
      'retention-partition',
      'retention-offset',
    ]);
    expect(headers?.properties['retention-reason-code']?.['enum']).toEqual(REFUSAL_CODES);
  });

  it('has what each of its references points to', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThan(3 * MESSAGE_TYPES.length - 1);
    for (const reference of references) {
      const found = reference
        .split('/')
        .reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], document);
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
  });
});
