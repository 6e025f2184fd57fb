import { decodeBinaryArray } from './binary-arrays.js';
import type { ArrayElement } from './binary-arrays.js';
import { sqlError } from './sql-error.js';

/*
 * What the tables hold of each type: int2, int4, int8 as numbers, text and date as strings, uuid as 32 hexadecimal
 * characters, timestamptz and interval as milliseconds, json and jsonb as text, bytea as a Buffer, text[] as an array.
 */

export type ScalarType =
  | 'int2'
  | 'int4'
  | 'int8'
  | 'numeric'
  | 'text'
  | 'uuid'
  | 'date'
  | 'timestamptz'
  | 'interval'
  | 'json'
  | 'jsonb'
  | 'bool'
  | 'bytea';

export type SqlType = ScalarType | `${ScalarType}[]`;

const NAMES: Readonly<Record<string, ScalarType>> = {
  smallint: 'int2',
  int2: 'int2',
  int: 'int4',
  integer: 'int4',
  int4: 'int4',
  bigint: 'int8',
  int8: 'int8',
  numeric: 'numeric',
  text: 'text',
  uuid: 'uuid',
  date: 'date',
  timestamptz: 'timestamptz',
  interval: 'interval',
  json: 'json',
  jsonb: 'jsonb',
  boolean: 'bool',
  bool: 'bool',
  bytea: 'bytea',
};

export function typeNamed(name: string, isArray: boolean): SqlType | null {
  const scalar = NAMES[name.toLowerCase()];
  if (scalar === undefined) return null;
  return isArray ? `${scalar}[]` : scalar;
}

export function elementOf(type: SqlType): ScalarType {
  return (type.endsWith('[]') ? type.slice(0, -2) : type) as ScalarType;
}

/** A parameter as the driver was given it, or a text to be cast, as a value of the type. */
export function valueOf(type: SqlType, given: unknown): unknown {
  if (given === null || given === undefined) return null;
  if (type.endsWith('[]')) return arrayOf(elementOf(type), given);
  return scalarOf(type as ScalarType, given);
}

function arrayOf(element: ScalarType, given: unknown): unknown[] {
  if (Buffer.isBuffer(given)) return decodeBinaryArray(given, element as ArrayElement);
  if (Array.isArray(given)) return given.map((one) => valueOf(element, one));
  return literalArray(textOf(given)).map((one) => valueOf(element, one));
}

/** `{a,b}` as read models write it: no quoting, since what they write needs none. */
function literalArray(text: string): string[] {
  if (!/^\{[^{}"\\]*\}$/.test(text)) throw sqlError('22P02', `malformed array literal: "${text}"`);
  const inside = text.slice(1, -1);
  return inside === '' ? [] : inside.split(',');
}

function scalarOf(type: ScalarType, given: unknown): unknown {
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8':
      return numberOf(type, given);
    case 'numeric':
      return Number(given);
    case 'text':
      return checkedText(textOf(given));
    case 'uuid':
      return textOf(given).replaceAll('-', '').toLowerCase();
    case 'date':
      return dateOf(textOf(given));
    case 'timestamptz':
      return given instanceof Date ? given.getTime() : typeof given === 'number' ? given : Date.parse(textOf(given));
    case 'interval':
      return millisecondsOf(textOf(given));
    case 'json':
      return checkedJson(typeof given === 'string' ? given : JSON.stringify(given));
    case 'jsonb':
      return canonicalJsonb(typeof given === 'string' ? given : JSON.stringify(given));
    case 'bool':
      return given === true || given === 'true' || given === 't';
    case 'bytea':
      return given;
  }
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : String(given);
}

function numberOf(type: ScalarType, given: unknown): number {
  const number = typeof given === 'number' ? given : Number(given);
  if (!Number.isInteger(number)) {
    throw sqlError('22P02', `invalid input syntax for type ${type}: "${String(given)}"`);
  }
  const bits = { int2: 15, int4: 31 }[type as 'int2' | 'int4'] as number | undefined;
  if (bits !== undefined && (number >= 2 ** bits || number < -(2 ** bits))) {
    throw sqlError('22003', `value "${number}" is out of range for type ${type}`);
  }
  return number;
}

function checkedText(text: string): string {
  if (text.includes('\u0000')) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  return text;
}

function dateOf(text: string): string {
  if (!/^(\d{4}-\d\d-\d\d|-?infinity)$/.test(text)) {
    throw sqlError('22007', `invalid input syntax for type date: "${text}"`);
  }
  return text;
}

function millisecondsOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?) milliseconds?$/.exec(text);
  if (match === null) throw sqlError('22007', `invalid input syntax for type interval: "${text}"`);
  return Number(match[1]);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw sqlError('22P02', 'invalid input syntax for type json');
  }
}

function checkedJson(text: string): string {
  parsedJson(text);
  return text;
}

/** jsonb keeps neither the order of keys nor repeated ones: shorter keys come first, then by their bytes. */
function canonicalJsonb(text: string): string {
  const parsed = parsedJson(text);
  if (text.includes('\\u')) refuseUnstorable(parsed);
  return JSON.stringify(ordered(parsed));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, ordered((value as Record<string, unknown>)[key])]));
}

function refuseUnstorable(value: unknown): void {
  if (typeof value === 'string') {
    if (value.includes('\u0000')) throw sqlError('22P05', 'unsupported Unicode escape sequence');
    if (/[\ud800-\udfff]/.test(value.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))) {
      throw sqlError('22P02', 'invalid input syntax for type json');
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, held] of Object.entries(value)) {
      refuseUnstorable(key);
      refuseUnstorable(held);
    }
  }
}

const SHOWN: { readonly [Type in SqlType]?: (value: never) => unknown } = {
  int8: String,
  numeric: String,
  uuid: (value: string) => value.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  timestamptz: (value: number) => new Date(value),
  json: (value: string) => JSON.parse(value) as unknown,
  jsonb: (value: string) => JSON.parse(value) as unknown,
  'text[]': (value: readonly string[]) => [...value],
};

/** A value as the product's driver gives it to whoever asked. */
export function shownAs(type: SqlType | null, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const show = type === null ? undefined : SHOWN[type];
  return show === undefined ? value : show(value as never);
}
