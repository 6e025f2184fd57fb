import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SCHEMA } from './schema.js';
import type { TableDefinition } from './table.js';
import { openReal } from './twins.js';
import type { Twin } from './twins.js';

let real: Twin;
beforeAll(async () => {
  real = await openReal();
});
afterAll(() => real.close());

/** Tables the simulated server leaves out: what goes with events that are kept in EventStoreDB, and the migrations'. */
const LEFT_OUT = ['public.schema_migrations', 'store.eventstoredb', 'store.feed_mark'];
LEFT_OUT.push('store.stream_head', 'store.unfinished_append');

interface ColumnRow {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly filled: string | null;
}

const COLUMNS = `
  SELECT table_schema || '.' || table_name AS table, column_name AS column,
    CASE WHEN udt_name LIKE '\\_%' THEN substr(udt_name, 2) || '[]' ELSE udt_name END AS type,
    is_nullable = 'YES' AS nullable,
    CASE WHEN is_identity = 'YES' THEN 'identity' ELSE column_default END AS filled
  FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
  ORDER BY 1, ordinal_position`;

const KEYS = `
  SELECT i.indrelid::regclass::text AS table, c.relname AS constraint,
    (SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(number, place)
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE i.indisunique AND n.nspname IN ('store', 'ingestion', 'projection', 'read')
  ORDER BY 1, NOT i.indisprimary, 2`;

function columnsOf({ name, columns, nullable = [], defaults = {} }: TableDefinition): ColumnRow[] {
  return Object.entries(columns).map(([column, type]) => {
    const filled = defaults[column];
    return {
      ...{ table: name, column, type, nullable: nullable.includes(column) },
      filled:
        filled === undefined ? null : filled === 'now' ? 'now()' : filled === 'identity' ? filled : shown(filled.value),
    };
  });
}

function shown(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value}'::text` : String(value);
}

const byName = <Row extends { readonly table: string; readonly column: string }>(rows: readonly Row[]): Row[] =>
  [...rows].sort((one, other) => (one.table + one.column < other.table + other.column ? -1 : 1));

describe('the tables of the simulated PostgreSQL', () => {
  it('have the columns the migrations of the product make', async () => {
    const { rows } = await real.pool.query<ColumnRow>(COLUMNS);
    const product = rows.filter(({ table }) => !LEFT_OUT.includes(table));
    expect(byName(SCHEMA.flatMap(columnsOf))).toEqual(byName(product));
  });

  it('have their unique keys', async () => {
    const { rows } = await real.pool.query<{ readonly table: string }>(KEYS);
    const keys = SCHEMA.flatMap(({ name, unique }) => unique.map((key) => ({ table: name, ...key })));
    const product = rows.filter(({ table }) => !LEFT_OUT.includes(table));
    const sorted = (some: readonly unknown[]): string[] => some.map((one) => JSON.stringify(one)).sort();
    expect(sorted(keys)).toEqual(sorted(product));
  });
});
