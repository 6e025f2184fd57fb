import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool, loadConfig, Readings, runMigrations } from '@retention/platform';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import type pg from 'pg';
import { Registry } from 'prom-client';
import { productDataSource } from '../schema.js';
import { COUNTED_MAX } from './counted-max.js';
import { refusedFigures } from './refused-figures.js';
import { watchUnsentLetters } from './unsent-letters-vitals.js';
import { waitingFigures } from './waiting-figures.js';

const MANY = 3 * COUNTED_MAX;

interface PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

describe('a store in which far too much waits', () => {
  let database: SpecDatabase;
  let pool: pg.Pool;
  /** How many rows each statement touched, most of any step of its plan. */
  const touched: number[] = [];
  /** The pool, which also has the server say what each statement cost. */
  const counting = {
    async query(text: string, values: unknown[] = []) {
      const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values,
      );
      touched.push(mostRows(rows[0]!['QUERY PLAN'][0].Plan));
      return pool.query(text, values);
    },
  } as unknown as pg.Pool;

  beforeAll(async () => {
    database = await createDatabaseForSpec();
    const dataSource = productDataSource(database.url, 'spec');
    await runMigrations(dataSource);
    await dataSource.destroy();
    pool = createPool(database.url, { max: 2, applicationName: 'spec' });
    await pool.query(
      `INSERT INTO ingestion.dead_letter (digest, code, reason, door, origin, headers, body, resolution, recorded_at)
       SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'invalid-json' ELSE 'conflicting-duplicate' END, 'spec', 'kafka',
         '{}', '{}', convert_to(repeat('x', 300), 'UTF8'), CASE WHEN n % 10 = 0 THEN 'discarded' END,
         now() - interval '1 hour' - n * interval '1 second'
       FROM generate_series(1, $1::int) n`,
      [MANY],
    );
    await pool.query(
      `INSERT INTO ingestion.pending_fact (key, loan_id, fact_id, type, fact, origin)
       SELECT gen_random_uuid(), 'L' || n, 'F' || n, 'settled', '{}', '{}' FROM generate_series(1, $1::int) n`,
      [MANY],
    );
    await pool.query(
      `INSERT INTO ingestion.parked_customer (customer_id, error) SELECT 'C' || n, 'spec' FROM generate_series(1, $1::int) n`,
      [MANY],
    );
    await pool.query(
      `INSERT INTO ingestion.customer_deadline (customer_id, due_on) SELECT 'C' || n, '-infinity' FROM generate_series(1, $1::int) n`,
      [MANY],
    );
    await pool.query('ANALYZE');
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('is counted up to a bound, and no question of a scrape touches more rows than that', async () => {
    touched.length = 0;
    const runtime = { database: counting, config: loadConfig({ DATABASE_URL: database.url }) };
    const refused = await refusedFigures(runtime);
    expect([...refused.openLetters.values()].reduce((sum, letters) => sum + letters, 0)).toBe(COUNTED_MAX);
    expect([...refused.openLetters.keys()].sort()).toEqual(['conflicting-duplicate', 'invalid-json']);
    const { pendingFacts, due } = await waitingFigures(runtime);
    expect([refused.parkedCustomers, pendingFacts.count, due.count]).toEqual([COUNTED_MAX, COUNTED_MAX, COUNTED_MAX]);
    expect(Math.max(...touched)).toBe(COUNTED_MAX);
    // Of the first letter by its id, which is the oldest one.
    expect(refused.openLettersAgeSeconds).toBeCloseTo(3_601, -2);
  });

  it('is counted in the same way for the dead-letter topic', async () => {
    touched.length = 0;
    const metrics = new Registry();
    watchUnsentLetters({ database: counting }, new Readings(metrics));
    const text = await metrics.metrics();
    expect(text).toContain(`retention_dead_letters_unsent ${COUNTED_MAX}\n`);
    expect(touched).toEqual([COUNTED_MAX]);
  });
});

function mostRows(node: PlanNode): number {
  const own = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
  return Math.max(own, ...(node.Plans ?? []).map(mostRows));
}
