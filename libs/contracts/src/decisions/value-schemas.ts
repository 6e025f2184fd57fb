import type { JsonSchema } from '../fields/field-rule.js';
import { LIMITS } from '../limits.js';

declare const described: unique symbol;

/** JSON Schema of the values of T, and of nothing else: one word too few or too many of a union does not compile. */
export interface SchemaOf<T> extends JsonSchema {
  readonly [described]?: (value: T) => T;
}

export interface Optional<T> {
  readonly optional: SchemaOf<T>;
}

/** A schema for each member of T, no more and no less; a member that may be missing has to say so. */
export type MembersOf<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : SchemaOf<T[K]>;
};

/** Unknown members are allowed, so that one can be added without breaking whoever checks. */
export function objectOf<T>(members: MembersOf<T>): SchemaOf<T> {
  const entries = Object.entries(members as Readonly<Record<string, Member>>);
  return {
    type: 'object',
    required: entries.filter(([, member]) => !isOptional(member)).map(([name]) => name),
    properties: Object.fromEntries(
      entries.map(([name, member]) => [name, isOptional(member) ? member.optional : member]),
    ),
  };
}

type Member = SchemaOf<unknown> | Optional<unknown>;

function isOptional(member: Member): member is Optional<unknown> {
  return 'optional' in member;
}

export function optional<T>(schema: SchemaOf<T>): Optional<T> {
  return { optional: schema };
}

export function nullable<T>(schema: SchemaOf<T>, description?: string): SchemaOf<T | null> {
  return { anyOf: [schema, { type: 'null' }], ...(description !== undefined && { description }) };
}

export function listOf<T>(items: SchemaOf<T>, description?: string): SchemaOf<readonly T[]> {
  return { type: 'array', items, ...(description !== undefined && { description }) };
}

export function oneOf<Word extends string>(words: readonly Word[]): SchemaOf<Word> {
  return { type: 'string', enum: words };
}

export const constant = <Word extends string>(word: Word): SchemaOf<Word> => ({ type: 'string', const: word });

export const text: SchemaOf<string> = { type: 'string' };
export const wholeNumber: SchemaOf<number> = { type: 'integer' };
export const flag: SchemaOf<boolean> = { type: 'boolean' };

export const identifier: SchemaOf<string> = {
  type: 'string',
  pattern: `^[A-Za-z0-9._:-]{1,${String(LIMITS.identifierLength)}}$`,
};

export const factId: SchemaOf<string> = {
  type: 'string',
  pattern: '^[^#]+#.+$',
  description: 'Source and id of the message that reported the fact: `<source>#<id>`.',
};

export const day: SchemaOf<string> = {
  type: 'string',
  format: 'date',
  pattern: '^\\d{4}-\\d\\d-\\d\\d$',
  description: 'A calendar day in the business time zone.',
};

/** The list of currencies is not part of what is promised: one more would be another schema. */
export const currency: SchemaOf<string> = {
  type: 'string',
  pattern: '^[A-Z]{3}$',
  description: 'An ISO 4217 code.',
};

export const amount: SchemaOf<string> = {
  type: 'string',
  pattern: '^-?\\d+(\\.\\d+)?$',
  description: 'A decimal string with the decimals of the currency.',
};
