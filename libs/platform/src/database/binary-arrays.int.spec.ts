import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseForSpec, type SpecDatabase } from '@retention/testing';
import type pg from 'pg';
import {
  boolArray,
  byteaArray,
  int2Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
  uuidArray,
} from './binary-arrays.js';
import { createPool } from './pool.js';

let database: SpecDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createDatabaseForSpec();
  pool = createPool(database.url, { max: 1, applicationName: 'binary arrays' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** What the server reads out of the parameter, element by element, as the text it prints. */
async function readBack(type: string, parameter: Buffer): Promise<(string | null)[]> {
  const { rows } = await pool.query<{ element: string | null }>(
    `SELECT element::text FROM unnest($1::${type}[]) WITH ORDINALITY AS u(element, no) ORDER BY no`,
    [parameter],
  );
  return rows.map((row) => row.element);
}

describe('binary arrays as PostgreSQL reads them', () => {
  it.each([
    ['int2', int2Array([0, 1, -1, 32767, -32768, null]), ['0', '1', '-1', '32767', '-32768', null]],
    ['int4', int4Array(Int32Array.of(0, -1, 2147483647, -2147483648)), ['0', '-1', '2147483647', '-2147483648']],
    [
      'int8',
      int8Array([0, -1, 4294967296, -4294967297, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, null]),
      ['0', '-1', '4294967296', '-4294967297', '9007199254740991', '-9007199254740991', null],
    ],
    ['int8', int8Array([9223372036854775807n, -9223372036854775808n]), ['9223372036854775807', '-9223372036854775808']],
    [
      'text',
      textArray(['', 'a', null, '张三 😀', '{"a,b"}\\', 'NULL']),
      ['', 'a', null, '张三 😀', '{"a,b"}\\', 'NULL'],
    ],
    ['bool', boolArray([true, false, null]), ['true', 'false', null]],
    ['bytea', byteaArray([Buffer.from([0, 255, 16]), null, new Uint8Array(0)]), ['\\x00ff10', null, '\\x']],
    ['uuid', uuidArray(['0123456789abcdef0123456789ABCDEF', null]), ['01234567-89ab-cdef-0123-456789abcdef', null]],
  ])('reads back every element of %s[]', async (type, parameter, expected) => {
    expect(await readBack(type, parameter)).toEqual(expected);
  });

  it('reads back instants before 1970 and after 2285 to the millisecond', async () => {
    const instants = [
      '1900-01-01T00:00:00.001Z',
      '2000-01-01T00:00:00.000Z',
      '2026-11-23T05:06:07.089Z',
      '9999-12-31T23:59:59.999Z',
    ];
    const { rows } = await pool.query<{ at: Date }>('SELECT unnest($1::timestamptz[]) AS at', [
      timestamptzArray(instants.map((instant) => Date.parse(instant))),
    ]);
    expect(rows.map((row) => row.at.toISOString())).toEqual(instants);
  });

  it.each([
    ['int2', int2Array([])],
    ['int4', int4Array([])],
    ['int8', int8Array([])],
    ['text', textArray([])],
    ['uuid', uuidArray([])],
    ['bytea', byteaArray([])],
    ['timestamptz', timestamptzArray([])],
    ['bool', boolArray([])],
  ])('reads an empty %s[] as no rows', async (type, parameter) => {
    expect(await readBack(type, parameter)).toEqual([]);
  });

  it('inserts columns of a batch side by side', async () => {
    await pool.query('CREATE TABLE entry (no int8, note text, points int4)');
    const count = 5000;
    const numbers = Array.from({ length: count }, (_, i) => i);
    await pool.query('INSERT INTO entry SELECT * FROM unnest($1::int8[], $2::text[], $3::int4[])', [
      int8Array(numbers),
      textArray(numbers.map((no) => (no % 2 === 0 ? `第${no}` : null))),
      int4Array(numbers.map((no) => -no)),
    ]);
    const { rows } = await pool.query<Record<string, string>>(
      `SELECT count(*) AS rows, count(note) AS notes, sum(points) AS points, count(*) FILTER (WHERE note = '第' || no) AS right FROM entry`,
    );
    expect(rows[0]).toEqual({ rows: '5000', notes: '2500', points: '-12497500', right: '2500' });
  });

  it.each([
    ['an int8 beyond 2^53', () => int8Array([2 ** 53])],
    ['an int8 with a fraction', () => int8Array([0.5])],
    ['an int4 beyond 32 bits', () => int4Array([2 ** 31])],
    ['points with a fraction', () => int4Array([10.5])],
    ['an int2 beyond 16 bits', () => int2Array([32768])],
    ['an instant that is no number', () => timestamptzArray([Number.NaN])],
    ['a uuid of 31 characters', () => uuidArray(['0'.repeat(31)])],
    ['a uuid with a letter that is no digit', () => uuidArray([`g${'0'.repeat(31)}`])],
  ])('refuses %s', (_, encode) => {
    expect(encode).toThrow(RangeError);
  });
});
