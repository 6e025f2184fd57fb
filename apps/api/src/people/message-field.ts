import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { upstreamSchemas } from '@retention/contracts';
import { IsOptional, ValidateBy, type ValidationArguments } from 'class-validator';

interface FieldSchema {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly anyOf?: readonly [FieldSchema, unknown];
}

interface MessageSchema {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, FieldSchema>>;
}

const MESSAGES = upstreamSchemas() as Readonly<Record<string, MessageSchema>>;

/** The JSON type a body has to have here, and how a sentence says so. */
const JSON_TYPES = {
  string: { type: 'string', says: 'a string' },
  integer: { type: 'number', says: 'a number' },
  boolean: { type: 'boolean', says: 'true or false' },
} as const;

/** What OpenAPI 3.0 takes of the schema of a value; `not: {const: …}` is beyond it. */
const DOCUMENTED = ['type', 'format', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'description'];

/**
 * A field of a body that becomes the field of a message as it is. Only presence and JSON type are asked here, for all
 * fields at once; what a value may be is asked by the contract when the message comes in, and documented from it.
 *
 * @throws Error at start-up when the contract has no such field.
 */
export function MessageField(
  message: string,
  field: string,
  { isOptional, ...documentation }: { readonly isOptional?: boolean } & ApiPropertyOptions = {},
): PropertyDecorator {
  const declared = MESSAGES[message]?.properties[field];
  if (declared === undefined) throw new Error(`${message} has no field ${field}`);
  const schema = declared.anyOf?.[0] ?? declared;
  const required = isOptional !== true && MESSAGES[message]?.required.includes(field) === true;
  const documented = Object.entries(schema).filter(([keyword]) => DOCUMENTED.includes(keyword));
  const { type, says } = JSON_TYPES[schema.type];
  // JSON reads 1e400 as Infinity, which no message can carry.
  const validate = (value: unknown): boolean => typeof value === type && value !== Infinity && value !== -Infinity;
  const defaultMessage = (given?: ValidationArguments): string =>
    given?.value === undefined || given.value === null ? '$property is required' : `$property must be ${says}`;
  return applyDecorators(
    ApiProperty({ ...Object.fromEntries(documented), ...documentation, required } as ApiPropertyOptions),
    ...(required ? [] : [IsOptional()]),
    ValidateBy({ name: 'jsonType', validator: { validate, defaultMessage } }),
  );
}
