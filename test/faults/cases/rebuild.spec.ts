import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@retention/platform';
import type { FeedWorker } from '@retention/projections';
import { overview } from '@retention/read-models';
import { createFeedWorker, openRuntime } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, storeVariables } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { caughtUp, feedLines, readModelHash } from '../../support/product.js';
import { lines } from './consumer.js';
import { until } from './until.js';

/** What the runbook has an operator do, in one transaction. */
const REBUILD = [
  'UPDATE projection.checkpoint SET position = 0, revision = revision + 1',
  'DELETE FROM projection.parked_stream',
  'TRUNCATE read.customer, read.ledger_entry, read.tier_distribution',
];

let database: SpecDatabase;
let product: Runtime;
const workers: FeedWorker[] = [];

beforeAll(async () => {
  database = await createDatabaseForSpec();
  const variables = { DATABASE_URL: database.url, PROJECTION_BATCH_EVENTS: '320', LEASE_TTL_MS: '1500' };
  product = await openRuntime(loadConfig({ ...variables, ...storeVariables(database.url) }), 'spec', () => undefined);
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await product.close();
  await database.drop();
});

async function startWorker(): Promise<FeedWorker> {
  const worker = createFeedWorker(product, () => undefined);
  workers.push(worker);
  await worker.start();
  return worker;
}

/** The server may choose this transaction to yield to a worker that is in the middle of its own: then it is begun again. */
async function rebuild(): Promise<void> {
  const client = await product.database.connect();
  try {
    for (;;) {
      try {
        await client.query(['BEGIN', ...REBUILD, 'COMMIT'].join(';'));
        return;
      } catch (error) {
        if ((error as { code?: unknown }).code !== '40P01') throw error;
        await client.query('ROLLBACK');
      }
    }
  } finally {
    client.release();
  }
}

async function applied(): Promise<number> {
  const { rows } = await product.database.query<{ sum: string | null }>(
    'SELECT sum(position) AS sum FROM projection.checkpoint',
  );
  return Number(rows[0]?.sum ?? 0);
}

describe('a rebuild of the read models', () => {
  it('of an empty store ends at once, with nothing', async () => {
    await startWorker();
    await rebuild();
    await caughtUp(product);
    expect((await overview(product.dataSource)).totals).toMatchObject({ customers: 0, points: 0 });
  });

  it('that is begun again and again while facts come in ends with what following them would have given', async () => {
    const some = lines.slice(0, 900);
    for (let from = 0; from < some.length; from += 225) {
      const before = await applied();
      const feeding = feedLines(product, some.slice(from, from + 225), 40);
      await until('the read models have moved on', async () => (await applied()) > before);
      await rebuild();
      await feeding;
    }
    await caughtUp(product);
    const live = await readModelHash(product);
    await rebuild();
    await caughtUp(product);
    expect(await readModelHash(product)).toBe(live);
    expect((await overview(product.dataSource)).totals.customers).toBeGreaterThan(50);
  });

  it('that is left in the middle is finished by whoever comes next', async () => {
    const whole = await readModelHash(product);
    for (const worker of workers.splice(0)) await worker.stop();
    await rebuild();
    const begins = await startWorker();
    await until('it has begun', async () => (await applied()) > 0);
    await begins.stop();
    const head = [...(await product.store.head()).values()].reduce((sum, position) => sum + position, 0);
    expect(await applied()).toBeLessThan(2 * head);
    await startWorker();
    await caughtUp(product);
    expect(await readModelHash(product)).toBe(whole);
  });
});
