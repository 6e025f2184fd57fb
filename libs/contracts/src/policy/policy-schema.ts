import { DEFAULT_POLICY } from '@retention/customer';
import type { JsonSchema } from '../fields/field-rule.js';
import { LIMITS } from '../limits.js';
import { CURRENCY_CODES } from '../money/currencies.js';
import { DECIMAL_MAX, demand, IDENTIFIERS_MAX } from './demand.js';
import type { Part, SectionPart } from './policy-part.js';
import { POLICY_PART } from './policy-parts.js';
import { policyDocument, type DocumentSection, type DocumentValue } from './write-policy-document.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** What a document inherits; it names itself. */
const { version: _version, effectiveFrom: _effectiveFrom, ...DEFAULTS } = policyDocument(DEFAULT_POLICY);

/**
 * JSON Schema (2020-12) of the policy document, with the defaults. What a schema cannot say (numbers that rise, a model
 * that a definition needs, the days of February) the reader refuses all the same.
 */
export function policySchema(): object {
  return {
    $schema: DIALECT,
    $id: 'policy.schema.json',
    title: POLICY_PART.says,
    ...sectionSchema(POLICY_PART, DEFAULTS),
  };
}

function sectionSchema({ fields }: SectionPart, defaults: DocumentSection): JsonSchema {
  const required = Object.keys(fields).filter((name) => defaults[name] === undefined);
  const properties = Object.entries(fields).map(([name, part]) => [name, partSchema(part, defaults[name])] as const);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(properties),
  };
}

function partSchema(part: Part, standard: DocumentValue | undefined): JsonSchema {
  const unit = part.kind === 'whole-number' ? ` (${part.unit})` : '';
  const schema = valueSchema(part, standard);
  return {
    description: `${part.says}${unit}${part.off === undefined ? '' : `; null = ${part.off}`}`,
    ...(part.off === undefined ? schema : { anyOf: [schema, { type: 'null' }] }),
    // The defaults of a section are those of its parts.
    ...(standard !== undefined && (part.kind !== 'section' || standard === null) && { default: standard }),
  };
}

function valueSchema(part: Part, standard: DocumentValue | undefined): JsonSchema {
  switch (part.kind) {
    case 'whole-number':
      return { type: 'integer', minimum: part.min, maximum: part.max };
    case 'decimal':
      return {
        type: 'number',
        maximum: DECIMAL_MAX,
        ...(part.isPositive ? { exclusiveMinimum: 0 } : { minimum: -DECIMAL_MAX }),
      };
    case 'identifier':
      return IDENTIFIER;
    case 'identifiers':
      return { type: 'array', items: IDENTIFIER, maxItems: IDENTIFIERS_MAX, uniqueItems: true };
    case 'day':
      return { type: 'string', format: 'date' };
    case 'choice':
      return { enum: part.words };
    case 'amount':
      return AMOUNT;
    case 'section':
      return sectionSchema(part, part.off === undefined ? ((standard ?? {}) as DocumentSection) : {});
  }
}

const IDENTIFIER: JsonSchema = { type: 'string', pattern: `^[A-Za-z0-9._:-]{1,${String(LIMITS.identifierLength)}}$` };
const AMOUNT: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['amount', 'currency'],
  properties: {
    amount: { type: 'string', pattern: '^(?!0+(\\.0+)?$)\\d{1,13}(\\.\\d{1,4})?$' },
    currency: { enum: CURRENCY_CODES },
  },
};

/** One number of the guide. */
export interface PolicyNumber {
  readonly path: string;
  /** As a document would have it; undefined where it has to be given. */
  readonly standard: DocumentValue | undefined;
  readonly demand: string;
  readonly says: string;
}

/** Every value a document can hold, in its order, for the guide. */
export function policyNumbers(): PolicyNumber[] {
  return numbersBelow(POLICY_PART, DEFAULTS, '');
}

function numbersBelow({ fields }: SectionPart, defaults: DocumentSection, parent: string): PolicyNumber[] {
  return Object.entries(fields).flatMap(([name, part]): PolicyNumber[] => {
    const [path, standard] = [`${parent}${name}`, defaults[name]];
    const says = `${part.says}${part.off === undefined ? '' : `; null = ${part.off}`}`;
    if (part.kind !== 'section') return [{ path, standard, demand: demand(part), says }];
    const inherited = part.off === undefined ? ((standard ?? {}) as DocumentSection) : {};
    const itself = part.off === undefined ? [] : [{ path, standard, demand: demand(part), says }];
    return [...itself, ...numbersBelow(part, inherited, `${path}.`)];
  });
}
