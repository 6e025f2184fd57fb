import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome } from '../message.js';
import { chunksOf, lifeOf, shuffled } from './lender-lines.spec-support.js';
import { canonicalOf, factIdsOf, openIngestionForSpec, statuses, whatFollows } from './writer-for-spec.spec-support.js';
import type { IngestionForSpec, WriterForSpec } from './writer-for-spec.spec-support.js';

const CUSTOMER_IDS = Array.from({ length: 50 }, (_, index) => `C-${String(index).padStart(2, '0')}`);
const LINES = CUSTOMER_IDS.flatMap(lifeOf);
const REJECTIONS_MIN = 60;

let ingestion: IngestionForSpec;
afterAll(() => ingestion.close());

/** Everything each customer's stream should be, and nothing of it twice. */
async function expectWhatFollows(): Promise<void> {
  for (const customerId of CUSTOMER_IDS) {
    const factIds = await factIdsOf(ingestion.store, customerId);
    expect([customerId, new Set(factIds).size, factIds.length]).toEqual([customerId, 11, 11]);
  }
  expect(await canonicalOf(ingestion.store, CUSTOMER_IDS)).toEqual(whatFollows(LINES));
  const { rowCount } = await ingestion.database.query('SELECT FROM ingestion.pending_fact');
  expect(rowCount).toBe(0);
}

describe('two writers that take the same facts of the same customers at once', () => {
  const outcomes: Outcome[] = [];
  let writers: WriterForSpec[];

  beforeAll(async () => {
    ingestion = await openIngestionForSpec();
    writers = [await ingestion.open({ batchFacts: 40 }), await ingestion.open({ batchFacts: 60 })];
    const told = await Promise.all(
      writers.flatMap(({ submit }, seed) => chunksOf(shuffled(LINES, seed + 1), 7).map((some) => submit(some))),
    );
    outcomes.push(...told.flat());
    await Promise.all(writers.map(({ writer }) => writer.drain()));
  });
  afterAll(() => ingestion.close());

  it('take each fact once, and know it the other time', () => {
    const taken = statuses(outcomes).filter((status) => status === 'accepted' || status === 'parked');
    expect(taken).toHaveLength(LINES.length);
    expect(statuses(outcomes).filter((status) => status === 'duplicate')).toHaveLength(LINES.length);
  });

  it('meet each other, and come to what one alone comes to', async () => {
    expect(writers[0]!.writer.statistics().conflicts + writers[1]!.writer.statistics().conflicts).toBeGreaterThan(0);
    await expectWhatFollows();
  });

  it('say so to a third who starts afterwards and is told everything again', async () => {
    const third = await ingestion.open();
    expect(new Set(statuses(await third.submit(LINES)))).toEqual(new Set(['duplicate']));
  });
});

describe('writers whose connections are cut while they write', () => {
  beforeAll(async () => {
    ingestion = await openIngestionForSpec();
  });

  it('answer every submission, and come to the same when they are told again', async () => {
    const writers = [
      await ingestion.open({ batchFacts: 20, applicationName: 'cut off' }),
      await ingestion.open({ batchFacts: 30, applicationName: 'cut off' }),
    ];
    let rejected = 0;
    let isCutting = true;
    const cut = async (): Promise<void> => {
      while (rejected < REJECTIONS_MIN) {
        await delay(5 + Math.random() * 30);
        await ingestion.database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'cut off'`,
        );
      }
      isCutting = false;
    };
    const tell = async ({ submit }: WriterForSpec, seed: number): Promise<void> => {
      for (let told = 0; isCutting; told += 1) {
        const submissions = chunksOf(shuffled(LINES, seed + told), 5).map((some) => submit(some));
        const answers = await Promise.allSettled(submissions);
        rejected += answers.filter(({ status }) => status === 'rejected').length;
      }
    };
    await Promise.all([cut(), ...writers.map((writer, seed) => tell(writer, seed * 1000))]);
    for (const { submit } of writers) await submit(LINES);
    for (const { writer } of writers) await writer.sweepPending();
    await expectWhatFollows();
  });
});
