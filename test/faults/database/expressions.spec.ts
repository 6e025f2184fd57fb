import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { int2Array, textArray } from '@retention/platform';
import { openReal, openSimulated } from './twins.js';
import type { Twin } from './twins.js';

// What the simulated part of SQL means is what it means on a real server, unknown values above all.

const KEEP_DAYS = `INSERT INTO ingestion.customer_deadline (customer_id, due_on)
  SELECT customer_id, due_on::date FROM unnest($1::text[], $2::text[]) AS d(customer_id, due_on)`;

let twins: readonly Twin[] = [];
beforeAll(async () => {
  twins = [await openSimulated(), await openReal()];
  for (const { pool } of twins) {
    const days = [textArray(['a', 'B', 'c', 'd']), textArray(['2024-01-01', '-infinity', 'infinity', null])];
    await pool.query(KEEP_DAYS, days);
    await pool.query('UPDATE store.feed_shard SET head = shard * 3 WHERE shard > 4');
    await pool.query(`UPDATE projection.shard_lease SET worker = 'w' WHERE shard IN (1, 2, 3)`);
  }
});
afterAll(() => Promise.all(twins.map((twin) => twin.close())));

const IDS = (condition: string): string =>
  `SELECT customer_id FROM ingestion.customer_deadline WHERE ${condition} ORDER BY customer_id COLLATE "C"`;

const QUERIES: readonly (readonly [text: string, values?: readonly unknown[]])[] = [
  ...[
    `due_on < '2024-01-02'`,
    `due_on > '2024-01-02'`,
    `due_on <> '2024-01-01'`,
    `NOT due_on = '2024-01-01'`,
    `NOT (due_on = '2024-01-01' OR customer_id = 'd')`,
    `NOT (due_on = '2024-01-01' AND customer_id = 'a')`,
    `due_on IS NULL OR due_on = '-infinity'`,
    `due_on IS NOT NULL AND customer_id > 'B'`,
    `due_on IS DISTINCT FROM '2024-01-01'`,
    `due_on IS NOT DISTINCT FROM NULL`,
    `due_on IS DISTINCT FROM NULL`,
    `due_on = NULL`,
    `customer_id IN ('a', 'c')`,
    `customer_id NOT IN ('a', 'c')`,
    `customer_id NOT IN ('a', NULL)`,
    `due_on NOT IN ('2024-01-01')`,
    `coalesce(due_on, '-infinity') <= '-infinity'`,
    `due_on <= COALESCE((SELECT closed_day FROM ingestion.governing), '-infinity')`,
    `customer_id = 'a' OR customer_id = 'B' AND due_on > '2025-01-01'`,
    `(customer_id = 'a' OR customer_id = 'B') AND due_on < '2025-01-01'`,
    `CASE WHEN due_on IS NULL THEN true ELSE customer_id = 'a' END`,
    `CASE WHEN customer_id = 'c' THEN true END`,
    'false',
    'true',
  ].map((condition) => [IDS(condition)] as const),
  [IDS('customer_id = ANY($1::text[])'), [textArray(['d', 'x', 'a', 'a'])]],
  [IDS('customer_id = ANY($1::text[])'), [textArray([])]],
  [IDS('customer_id = ANY($1::text[])'), [null]],
  [IDS('NOT (customer_id = ANY($1::text[]))'), [textArray(['d', null])]],
  [IDS('NOT (due_on = ANY($1::date[]))'), [['2024-01-01']]],
  [IDS('NOT (customer_id IN (SELECT worker FROM projection.shard_lease))')],
  [IDS('NOT (due_on IN (SELECT closed_day FROM ingestion.governing WHERE false))')],
  [IDS('$1::text IS NULL OR customer_id > $1'), ['a']],
  [IDS('$1::text IS NULL OR customer_id > $1'), [null]],
  [IDS('customer_id = ANY($1)'), [['c', 'B']]],
  ['SELECT customer_id, due_on FROM ingestion.customer_deadline ORDER BY due_on, customer_id'],
  ['SELECT customer_id, due_on FROM ingestion.customer_deadline ORDER BY due_on DESC, customer_id LIMIT 2'],
  ['SELECT customer_id FROM ingestion.customer_deadline ORDER BY customer_id DESC LIMIT $1', [3]],
  ['SELECT count(*) AS n, count(*) FROM ingestion.customer_deadline WHERE false'],
  ['SELECT sum(head), min(head), max(head) FROM store.feed_shard WHERE shard > 100'],
  ['SELECT sum(head) AS total, sum(shard), min(kept_in), max(shard) FROM store.feed_shard'],
  ['SELECT worker, count(*) AS n, sum(shard) AS s FROM projection.shard_lease GROUP BY worker ORDER BY count(*) DESC'],
  ['SELECT worker, min(shard) AS least FROM projection.shard_lease WHERE shard > 90 GROUP BY worker'],
  ['SELECT shard + 1 AS next, head - 2 * 3 AS less, head * 2 FROM store.feed_shard WHERE shard = 7'],
  ['SELECT greatest(0, 2 - $1) AS g, coalesce(NULL, 4) AS c FROM ingestion.governing', [5]],
  ['SELECT shard FROM store.feed_shard WHERE shard = ANY($1::smallint[]) ORDER BY shard', [int2Array([9, 3])]],
  ['SELECT shard FROM store.feed_shard WHERE head > $1 AND head <= $2 ORDER BY head DESC', ['20', 33]],
  ['SELECT shard FROM projection.shard_lease WHERE shard IN (SELECT shard FROM store.feed_shard WHERE head > 40)'],
  ['SELECT octet_length(body) AS "bytes", fact_id AS "factId" FROM ingestion.dead_letter'],
  ['SELECT FROM store.feed_shard WHERE shard < 3'],
  ['SELECT 1'],
  [`SELECT current_setting('synchronous_commit') AS durable`],
  ['UPDATE store.feed_shard f SET head = f.head + 1 WHERE f.shard = 1 RETURNING shard, head AS "now"'],
  ['DELETE FROM ingestion.customer_deadline WHERE due_on IS NULL RETURNING customer_id'],
];

describe('a query', () => {
  it.each(QUERIES)('gets the same answer from both servers: %s', async (text, values = []) => {
    const [simulated, real] = await Promise.all(
      twins.map(async ({ pool }) => {
        const { rows, rowCount } = await pool.query<Record<string, unknown>>(text, [...values]);
        return { rows, rowCount };
      }),
    );
    expect(simulated).toEqual(real);
  });
});
