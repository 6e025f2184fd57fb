import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FeedWorker } from '@retention/projections';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { canonicalStates, caughtUp, feedLines, openProduct, readModelHash, shuffled } from '../support/product.js';

interface Lender {
  readonly database: SpecDatabase;
  readonly product: Runtime;
  readonly worker: FeedWorker;
}

async function lender(variables: Readonly<Record<string, string>> = {}): Promise<Lender> {
  const database = await createDatabaseForSpec();
  const product = await openProduct(database.url, variables);
  const worker = createFeedWorker(product, (follower, error) => {
    process.stderr.write(`${follower}: ${String(error)}\n`);
  });
  await worker.start();
  return { database, product, worker };
}

// Referrals, corrections, facts without a customer, late and repeated ones: everything the simulated lender publishes.
describe('a simulated lender of 400 customers', () => {
  const lines = [...simulateLines({ customers: 400, years: 3, seed: 7 })];
  const lenders: Lender[] = [];
  let published: Lender;

  beforeAll(async () => {
    published = await lender();
    lenders.push(published);
    await feedLines(published.product, lines);
    await caughtUp(published.product);
  });
  afterAll(async () => {
    for (const { database, product, worker } of lenders) {
      await worker.stop();
      await product.close();
      await database.drop();
    }
  });

  it.each([
    [1, 50, { AGGREGATE_CACHE_CUSTOMERS: '10' }],
    [2, 1000, {}],
  ])(
    'comes to the same state in any order, each line twice (seed %d, batches of %d)',
    async (seed, batch, variables) => {
      const other = await lender(variables);
      lenders.push(other);
      await feedLines(other.product, shuffled([...lines, ...lines], seed), batch);
      await caughtUp(other.product);
      const expected = await canonicalStates(published.product);
      const states = await canonicalStates(other.product);
      const differing = [...expected].filter(([customerId, state]) => states.get(customerId) !== state);
      expect(differing).toEqual([]);
      expect(states.size).toBe(expected.size);
      expect(await readModelHash(other.product)).toBe(await readModelHash(published.product));
    },
  );

  it('leaves nobody waiting whose customer and loan are known', async () => {
    const { rows } = await published.product.database.query<{ pending: string }>(
      'SELECT count(*) AS pending FROM ingestion.pending_fact JOIN ingestion.loan_owner USING (loan_id)',
    );
    expect(rows[0]?.pending).toBe('0');
  });
});
