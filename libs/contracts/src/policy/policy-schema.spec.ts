import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '@retention/customer';
import { policyNumbers, policySchema } from './policy-schema.js';
import { policyDocument, type DocumentSection, type DocumentValue } from './write-policy-document.js';

interface Schema {
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
}

const schema = policySchema() as Schema;

function valuesBelow(section: DocumentSection, parent = ''): [path: string, value: DocumentValue][] {
  return Object.entries(section).flatMap(([key, value]) => {
    const path = `${parent}${key}`;
    const isSection = typeof value === 'object' && value !== null && !Array.isArray(value) && !('currency' in value);
    return isSection ? valuesBelow(value as DocumentSection, `${path}.`) : [[path, value] as [string, DocumentValue]];
  });
}

describe('the schema of the policy document', () => {
  it('has every value of a document with its default and an explanation', () => {
    const values = valuesBelow(policyDocument(DEFAULT_POLICY));
    expect(values.length).toBeGreaterThan(40);
    for (const [path, value] of values) {
      const found = path.split('.').reduce((part, key) => part.properties[key] ?? part, schema);
      const naming = path === 'version' || path === 'effectiveFrom';
      expect({ path, ...found }).toMatchObject({ path, description: expect.stringMatching(/./) });
      expect([path, found.default]).toEqual([path, naming ? undefined : value]);
    }
  });

  it('asks for the name and the day, and for all of what is given whole', () => {
    expect(schema.required).toEqual(['version', 'effectiveFrom']);
    expect(schema.properties['churn']?.required).toBeUndefined();
    expect(schema.properties['points']?.properties['cap']?.anyOf?.[0]?.required).toEqual(['per', 'points']);
    const model = schema.properties['churnModel']?.anyOf?.[0];
    expect(model?.required).toContain('bgNbd');
    expect(model?.properties['bgNbd']?.required).toEqual(['r', 'alpha', 'a', 'b', 'logLikelihood']);
  });

  it('is plain JSON and comes out the same every time', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(JSON.stringify(policySchema())).toBe(JSON.stringify(schema));
  });
});

describe('the guide to the numbers', () => {
  it('has every value of a document, with its default', () => {
    const numbers = new Map(policyNumbers().map(({ path, standard }) => [path, standard]));
    for (const [path, value] of valuesBelow(policyDocument(DEFAULT_POLICY))) {
      if (path !== 'version' && path !== 'effectiveFrom') expect([path, numbers.get(path)]).toEqual([path, value]);
      else expect(numbers.has(path)).toBe(true);
    }
  });
});
