import { IsOptional } from 'class-validator';
import { characterSet, consistsOf } from '../fields/characters.js';
import { Field, stringRule, type FieldRule } from '../fields/field-rule.js';
import { Identifier } from '../fields/text.js';
import { LIMITS } from '../limits.js';
import { instantOf } from '../time/calendar.js';
import { isJsonContentType } from './content-type.js';

const PRINTABLE_ASCII = characterSet(/[ -~]/);
const PRINTABLE = new RegExp(`^[^\\p{C}\\p{Zl}\\p{Zp}]{1,${String(LIMITS.attributeLength)}}$`, 'u');
/** The characters of a URI reference without `#`: that one separates source and id in a fact's id. */
const URI_REFERENCE = characterSet(/[\w\-.~:/?[\]@!$&'()*+,;=%]/);
const TYPE = characterSet(/[!-~]/);

/** Attributes of CloudEvents 1.0 this product looks at. `tenantid`, `partitionkey` and all others are ignored. */
export class CloudEvent {
  @Field(
    stringRule({
      name: 'specversion',
      code: 'invalid-envelope',
      says: 'must be "1.0"',
      accepts: (text) => text === '1.0',
      schema: { const: '1.0' },
    }),
  )
  specversion!: string;

  @Field(
    stringRule({
      name: 'eventId',
      code: 'invalid-id',
      says: `must be 1–${String(LIMITS.attributeLength)} printable characters`,
      accepts: (text) => consistsOf(PRINTABLE_ASCII, text, LIMITS.attributeLength) || PRINTABLE.test(text),
      schema: { minLength: 1, maxLength: LIMITS.attributeLength },
    }),
  )
  id!: string;

  @Field(
    stringRule({
      name: 'source',
      code: 'invalid-envelope',
      says: `must be a URI reference of 1–${String(LIMITS.attributeLength)} characters without fragment (#)`,
      accepts: (text) => consistsOf(URI_REFERENCE, text, LIMITS.attributeLength),
      schema: { format: 'uri-reference', minLength: 1, maxLength: LIMITS.attributeLength, pattern: '^[^#\\s]+$' },
    }),
  )
  source!: string;

  @Field(
    stringRule({
      name: 'type',
      code: 'invalid-envelope',
      says: `must be 1–${String(LIMITS.attributeLength)} printable ASCII characters without spaces`,
      accepts: (text) => consistsOf(TYPE, text, LIMITS.attributeLength),
      schema: { minLength: 1, maxLength: LIMITS.attributeLength },
    }),
  )
  type!: string;

  @IsOptional()
  @Identifier()
  subject?: string | null;

  @Field(
    stringRule({
      name: 'time',
      code: 'invalid-time',
      says: 'must be an RFC 3339 date-time with offset, such as 2024-01-15T10:00:00+08:00, between 1900 and 2200',
      accepts: (text) => !Number.isNaN(instantOf(text)),
      schema: { format: 'date-time' },
    }),
  )
  time!: string;

  @IsOptional()
  @Field(
    stringRule({
      name: 'datacontenttype',
      code: 'unsupported-content-type',
      says: 'must be application/json',
      accepts: isJsonContentType,
      schema: { pattern: '^application/([a-z0-9.+-]+\\+)?json' },
    }),
  )
  datacontenttype?: string | null;

  @IsOptional()
  @Field(
    stringRule({
      name: 'dataschema',
      code: 'unknown-schema',
      says: `must be a URI of 1–${String(LIMITS.schemaUriLength)} characters that ends in the message type`,
      accepts: (text) => text.length > 0 && text.length <= LIMITS.schemaUriLength,
      schema: { format: 'uri-reference', minLength: 1, maxLength: LIMITS.schemaUriLength },
    }),
  )
  dataschema?: string | null;

  @Field(dataRule())
  data!: Readonly<Record<string, unknown>>;
}

function dataRule(): FieldRule {
  return {
    name: 'data',
    code: 'wrong-type',
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    says: () => 'must be a JSON object',
    jsonType: 'object',
    plainText: false,
    personal: false,
    schema: { type: 'object' },
  };
}

const SCHEMA_FILE_SUFFIX = '.schema.json';

/**
 * Whether a `dataschema` names the schema of the type: `lending.loan.disbursed.v1` itself, a URI whose last segment it
 * is, or the same with `.schema.json`, which is what the published files are called.
 */
export function namesSchemaOf(type: string, dataschema: string): boolean {
  const name = dataschema.endsWith(SCHEMA_FILE_SUFFIX) ? dataschema.slice(0, -SCHEMA_FILE_SUFFIX.length) : dataschema;
  if (!name.endsWith(type)) return false;
  const before = name.charAt(name.length - type.length - 1);
  return before === '' || before === '/' || before === ':' || before === '#';
}
