import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ingestFile } from '@retention/ingestion';
import type { FeedWorker } from '@retention/projections';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { describeWithBerka } from '../support/berka.js';
import {
  canonicalStates,
  caughtUp,
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

  const { customers, points, entries, tiers } = expected;

  it('gives the points, entries and tiers that were computed independently', async () => {
    const report = await ingestFile(once.product.writer, { path });
    expect(report.lines).toBe(expected.facts);
    expect(report.outcomes).toMatchObject({ duplicate: 0, refused: 0, 'conflicting-duplicate': 0 });
    await caughtUp(once.product);
    expect(await totalsOf(once.product)).toEqual({ customers, points, entries, tiers });
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

  it('gives the same state byte for byte when every line comes twice and in any order', async () => {
    const counts = await feedLines(shuffledTwice.product, shuffled([...lines, ...lines], 20261123), 777);
    expect(counts.accepted + counts.parked).toBe(expected.facts);
    expect(counts.duplicate).toBe(expected.facts);
    expect(counts.parked).toBeGreaterThan(0);
    await caughtUp(shuffledTwice.product);
    expect(await totalsOf(shuffledTwice.product)).toEqual({ customers, points, entries, tiers });
    expect(await canonicalStates(shuffledTwice.product)).toEqual(await canonicalStates(once.product));
    expect(await readModelHash(shuffledTwice.product)).toBe(await readModelHash(once.product));
  });
});
