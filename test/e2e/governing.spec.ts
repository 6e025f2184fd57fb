import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canonicalState,
  DEFAULT_POLICY,
  isDecision,
  takeFacts,
  unknownCustomer,
  withPolicy,
} from '@retention/customer';
import type { CustomerEvent, CustomerFact, Policy, PolicyBook } from '@retention/customer';
import { DEFAULT_POLICY_BOOK } from '@retention/customer';
import {
  customerIdsAfter,
  dayClosed,
  fold,
  lastClosedDay,
  readPublishedPolicies,
  streamOf,
} from '@retention/ingestion';
import type { FeedWorker } from '@retention/projections';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { caughtUp, feedLines, openProduct, shuffled } from '../support/product.js';

// Two processes share a store; a day is closed and a policy published in one while the other goes on writing.
const LENDER = {
  customers: 400,
  years: 3,
  seed: 11,
  branches: 8,
  settlementUndoneRate: 0.05,
  pointsAdjustedRate: 0.1,
} as const;
const lines = shuffled([...simulateLines(LENDER)], 4);
const third = Math.floor(lines.length / 3);

/** In force from the second year on: everything is worth more, and grace is shorter. */
const GENEROUS: Policy = {
  ...DEFAULT_POLICY,
  version: 'generous-2',
  effectiveFrom: '2022-01-01',
  points: { ...DEFAULT_POLICY.points, loanUse: 12, cap: { per: 'year', points: 30 }, expiryMonths: 8 },
  churn: { ...DEFAULT_POLICY.churn, graceDays: 60 },
  downgradeAfterDays: 45,
};
const book: PolicyBook = withPolicy(DEFAULT_POLICY_BOOK, GENEROUS);

let database: SpecDatabase;
let one: Runtime;
let other: Runtime;
let worker: FeedWorker;

beforeAll(async () => {
  database = await createDatabaseForSpec();
  one = await openProduct(database.url);
  other = await openProduct(database.url);
  worker = createFeedWorker(one, (follower, error) => {
    process.stderr.write(`${follower}: ${String(error)}\n`);
  });
  await worker.start();
});
afterAll(async () => {
  await worker.stop();
  await one.close();
  await other.close();
  await database.drop();
});

async function close(product: Runtime, day: string): Promise<void> {
  await product.writer.submit({ items: [dayClosed(day, 'command line')], advances: [] });
}

/** The customers whose stream is not what its facts come to under the book when they are decided once, at the end. */
async function strangers(under: PolicyBook): Promise<string[]> {
  const closedDay = (await lastClosedDay(one.database)) ?? '';
  const found: string[] = [];
  let after: string | null = null;
  let looked = 0;
  for (;;) {
    const customerIds: string[] = await customerIdsAfter(one.database, after, 200);
    const streams = await one.store.loadStreams(customerIds.map(streamOf), 0);
    for (const customerId of customerIds) {
      const stream = streams.get(streamOf(customerId));
      const events = (stream?.events ?? []).map(({ payload }) => JSON.parse(payload) as CustomerEvent);
      const facts = events.filter((event): event is CustomerFact => !isDecision(event));
      const due = unknownCustomer(customerId);
      takeFacts(due, facts, { book: under, closedDay });
      if (canonicalState(fold(customerId, stream).state) !== canonicalState(due)) found.push(customerId);
      looked += 1;
    }
    after = customerIds.at(-1) ?? null;
    if (customerIds.length < 200) break;
  }
  expect(looked).toBeGreaterThan(300);
  return found;
}

describe('a day closed in one process while another writes', () => {
  it('decides every customer by that day, whoever wrote last', async () => {
    await feedLines(other, lines.slice(0, 500), 100);
    await Promise.all([
      feedLines(other, lines.slice(500, third), 100),
      (async () => {
        for (const day of ['2021-12-31', '2022-06-30', '2022-12-31']) await close(one, day);
      })(),
    ]);
    await caughtUp(one);
    expect(await lastClosedDay(one.database)).toBe('2022-12-31');
    expect(await strangers(DEFAULT_POLICY_BOOK)).toEqual([]);
  });

  it('stays closed when an earlier day is reported afterwards', async () => {
    await close(other, '2022-03-31');
    await caughtUp(one);
    expect(await lastClosedDay(one.database)).toBe('2022-12-31');
    expect(await strangers(DEFAULT_POLICY_BOOK)).toEqual([]);
  });
});

describe('a policy published in one process while another writes', () => {
  const publication = { policy: GENEROUS, author: 'head of risk', reason: 'keep them' };

  it('decides everybody anew by the version in force at each business date, and records the difference', async () => {
    const before = await one.store.head();
    await Promise.all([feedLines(other, lines.slice(third, 2 * third), 100), one.writer.publishPolicy(publication)]);
    await caughtUp(one);
    expect(await strangers(book)).toEqual([]);
    const types = new Set<string>();
    const page = await one.store.readFeed({ after: before, limitPerShard: 100_000, types: null });
    for (const { type, payload } of page.events) if (payload.includes('"generous-2"')) types.add(type);
    for (const type of ['points-awarded', 'points-expired', 'tier-changed', 'customer-churned', 'policy-published']) {
      expect([...types]).toContain(type);
    }
  });

  it('goes on deciding by it, in both processes', async () => {
    await Promise.all([feedLines(other, lines.slice(2 * third), 100), close(one, '2024-03-31')]);
    await caughtUp(one);
    expect(await strangers(book)).toEqual([]);
  });

  it('has no effect when it is published again, and is refused with other content', async () => {
    const head = await one.store.head();
    expect(await other.writer.publishPolicy(publication)).toEqual({ revision: 1 });
    expect(await one.store.head()).toEqual(head);
    const changed = { ...GENEROUS, tiers: { ...GENEROUS.tiers, trusted: 50 } };
    await expect(other.writer.publishPolicy({ ...publication, policy: changed })).rejects.toThrow(
      'version generous-2 was published before with other content',
    );
    await expect(other.writer.publishPolicy({ ...publication, policy: DEFAULT_POLICY })).rejects.toThrow(
      'is the one the product comes with',
    );
  });

  it('is kept with who published it and why', async () => {
    const [published, ...more] = await readPublishedPolicies(one.store);
    expect(more).toEqual([]);
    expect(published).toMatchObject({ revision: 1, author: 'head of risk', reason: 'keep them', policy: GENEROUS });
  });
});

describe('two processes that publish at once', () => {
  it('both get in, one after the other', async () => {
    const versions = ['a', 'b', 'c', 'd'].map((name) => ({
      ...DEFAULT_POLICY,
      version: name,
      effectiveFrom: '2030-01-01',
    }));
    const revisions = await Promise.all(
      versions.map((policy, n) =>
        (n % 2 === 0 ? one : other).writer.publishPolicy({ policy, author: 'somebody', reason: 'at once' }),
      ),
    );
    expect(revisions.map(({ revision }) => revision).sort()).toEqual([2, 3, 4, 5]);
    await caughtUp(one);
    expect(await strangers(versions.reduce(withPolicy, book))).toEqual([]);
  });
});
