import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DEFAULT_POLICY_BOOK, standingOf } from '@retention/customer';
import { customersAsOf } from '@retention/history';
import { dayClosed, ingestFile } from '@retention/ingestion';
import type { FeedWorker } from '@retention/projections';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { describeWithBerka } from '../support/berka.js';
import {
  canonicalStates,
  caughtUp,
  churnTotalsOf,
  feedLines,
  openProduct,
  readModelHash,
  shuffled,
  totalsOf,
} from '../support/product.js';

interface Open {
  readonly database: SpecDatabase;
  readonly product: Runtime;
  readonly worker: FeedWorker;
}

async function open(): Promise<Open> {
  const database = await createDatabaseForSpec();
  const product = await openProduct(database.url);
  const worker = createFeedWorker(product, (follower, error) => {
    process.stderr.write(`${follower}: ${String(error)}\n`);
  });
  await worker.start();
  return { database, product, worker };
}

async function close({ database, product, worker }: Open): Promise<void> {
  await worker.stop();
  await product.close();
  await database.drop();
}

describeWithBerka('the Berka feed through the file door', ({ path, lines, expected }) => {
  let once: Open;
  let shuffledTwice: Open;

  beforeAll(async () => {
    once = await open();
    shuffledTwice = await open();
  });
  afterAll(async () => {
    await close(once);
    await close(shuffledTwice);
  });

  const { customers, points, entries, tiers, retained, churned, churnKinds } = expected;
  const churn = { retained, churned, churnKinds };
  const closeLastDay = (product: Runtime) =>
    product.writer.submit({ items: [dayClosed(expected.asOf, 'command line')], advances: [] });

  it('gives the points, entries and tiers that were computed independently', async () => {
    const report = await ingestFile(once.product.writer, { path });
    expect(report.lines).toBe(expected.facts);
    expect(report.outcomes).toMatchObject({ duplicate: 0, refused: 0, 'conflicting-duplicate': 0 });
    await caughtUp(once.product);
    expect(await totalsOf(once.product)).toEqual({ customers, points, entries, tiers });
  });

  it('has 477 retained and 205 churned as of its last day, although no day was ever closed', async () => {
    const { store, database } = once.product;
    const counts = new Map<string, number>();
    for await (const state of customersAsOf({ store, database, book: DEFAULT_POLICY_BOOK }, expected.asOf)) {
      const { standing, latestChurn } = standingOf(state);
      const word = standing === 'churned' ? (latestChurn?.churn.judgement.kind ?? '') : standing;
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    expect(Object.fromEntries(counts)).toEqual({ none: customers - retained - churned, retained, ...churnKinds });
    expect(await churnTotalsOf(once.product)).toMatchObject({ churned: 0 });
  });

  it('has the same once that day is closed, and nothing more when it is closed again', async () => {
    await closeLastDay(once.product);
    await caughtUp(once.product);
    expect(await churnTotalsOf(once.product)).toEqual(churn);
    const head = await once.product.store.head();
    await closeLastDay(once.product);
    await caughtUp(once.product);
    expect(await once.product.store.head()).toEqual(head);
  });

  it('changes nothing when it is fed again, and reports every line as a duplicate', async () => {
    const before = { states: await canonicalStates(once.product), rows: await readModelHash(once.product) };
    const head = await once.product.store.head();
    const report = await ingestFile(once.product.writer, { path });
    expect(report.outcomes).toEqual({
      accepted: 0,
      parked: 0,
      duplicate: expected.facts,
      'conflicting-duplicate': 0,
      refused: 0,
    });
    expect(await once.product.store.head()).toEqual(head);
    expect(await canonicalStates(once.product)).toEqual(before.states);
    expect(await readModelHash(once.product)).toBe(before.rows);
  });

  it('gives the same state byte for byte when every line comes twice and in any order, the day closed half way', async () => {
    const inDisorder = shuffled([...lines, ...lines], 20261123);
    const half = await feedLines(shuffledTwice.product, inDisorder.slice(0, lines.length), 777);
    await closeLastDay(shuffledTwice.product);
    const rest = await feedLines(shuffledTwice.product, inDisorder.slice(lines.length), 777);
    const counts = {
      accepted: half.accepted + rest.accepted,
      parked: half.parked + rest.parked,
      duplicate: half.duplicate + rest.duplicate,
    };
    expect(counts.accepted + counts.parked).toBe(expected.facts);
    expect(counts.duplicate).toBe(expected.facts);
    expect(counts.parked).toBeGreaterThan(0);
    await caughtUp(shuffledTwice.product);
    expect(await totalsOf(shuffledTwice.product)).toEqual({ customers, points, entries, tiers });
    expect(await churnTotalsOf(shuffledTwice.product)).toEqual(churn);
    expect(await canonicalStates(shuffledTwice.product)).toEqual(await canonicalStates(once.product));
    expect(await readModelHash(shuffledTwice.product)).toBe(await readModelHash(once.product));
  });
});
