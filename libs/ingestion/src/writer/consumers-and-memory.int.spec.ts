import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SNAPSHOT_FORM } from '@retention/customer';
import type { ConsumerAdvance } from '@retention/event-store';
import { streamOf } from '../aggregates.js';
import { retryParkedCustomer } from '../operations/retry-parked-customer.js';
import { parkedCustomer } from '../queries.js';
import { chunksOf, contacted, disbursed, factId, lifeOf, registered, shuffled } from './lender-lines.spec-support.js';
import { ConsumerFenced } from './fact-writer.js';
import {
  canonicalOf,
  eventsOf,
  factIdsOf,
  openIngestionForSpec,
  statuses,
  whatFollows,
} from './writer-for-spec.spec-support.js';
import type { IngestionForSpec, WriterForSpec } from './writer-for-spec.spec-support.js';

let ingestion: IngestionForSpec;
let one: WriterForSpec;
let other: WriterForSpec;

beforeAll(async () => {
  ingestion = await openIngestionForSpec();
  one = await ingestion.open();
  other = await ingestion.open();
});
afterAll(() => ingestion.close());

function advance(source: string, expected: number | null, next: number): ConsumerAdvance {
  return { consumer: 'kafka:g', source, expected, next };
}

async function offsetOf(source: string): Promise<number | undefined> {
  return (await ingestion.store.offsets('kafka:g')).get(source);
}

describe('what a consumer has taken', () => {
  it('moves with its facts', async () => {
    await one.submit([registered('A1')], [advance('t-0', null, 10)]);
    await one.submit([contacted('A1', 1)], [advance('t-0', 10, 20)]);
    expect(await offsetOf('t-0')).toBe(20);
  });

  it('moves when there is nothing to write but duplicates, and when there is nothing at all', async () => {
    await one.submit([registered('A1')], [advance('t-0', 20, 21)]);
    expect(await one.submit([], [advance('t-0', 21, 30)])).toEqual([]);
    expect(await offsetOf('t-0')).toBe(30);
  });

  it.each([
    ['behind', 10],
    ['ahead', 99],
    ['nowhere yet', null],
  ])('fences a consumer that believes it to be %s: nothing of its facts is written', async (_, expected) => {
    const fenced = one.submit([registered('A2'), 'not json'], [advance('t-0', expected, 200)]);
    await expect(fenced).rejects.toBeInstanceOf(ConsumerFenced);
    expect(await eventsOf(ingestion.store, 'A2')).toEqual([]);
    expect(await offsetOf('t-0')).toBe(30);
    const { rowCount } = await ingestion.database.query(
      `SELECT FROM ingestion.dead_letter WHERE code = 'invalid-json'`,
    );
    expect(rowCount).toBe(0);
  });

  it('fences only the one that was overtaken, not those it was joined with', async () => {
    const submissions = [
      one.submit([registered('B1')]),
      one.submit([registered('B2')], [advance('t-0', 5, 6)]),
      one.submit([registered('B3')], [advance('t-3', null, 7)]),
      one.submit([registered('B4')], [advance('t-4', 3, 9)]),
      one.submit([registered('B1'), registered('B2')]),
    ];
    const settled = await Promise.allSettled(submissions);
    expect(
      settled.map((answer) => (answer.status === 'fulfilled' ? statuses(answer.value) : (answer.reason as Error))),
    ).toEqual([
      ['accepted'],
      expect.any(ConsumerFenced),
      ['accepted'],
      expect.any(ConsumerFenced),
      ['duplicate', 'accepted'],
    ]);
    expect(await Promise.all(['t-3', 't-4'].map(offsetOf))).toEqual([7, undefined]);
    expect(await factIdsOf(ingestion.store, 'B4')).toEqual([]);
  });

  it('moves step by step when a consumer submits ahead of the answers', async () => {
    const steps = Array.from({ length: 12 }, (_, index) => ({
      lines: [registered(`C${index}`)],
      move: advance('t-5', index === 0 ? null : index * 10, (index + 1) * 10),
    }));
    const outcomes = await Promise.all(steps.map(({ lines, move }) => one.submit(lines, [move])));
    expect(outcomes.map(statuses)).toEqual(steps.map(() => ['accepted']));
    expect(await offsetOf('t-5')).toBe(120);
  });

  it('lets only one of two processes through that took the same partition', async () => {
    await one.submit([], [advance('t-6', null, 0)]);
    let fenced = 0;
    for (let turn = 0; turn < 15; turn += 1) {
      const lines = [registered(`D${turn}`), disbursed(`D${turn}-L`, `D${turn}`)];
      const both = [one, other].map(({ submit }) => submit(lines, [advance('t-6', turn, turn + 1)]));
      const answers = await Promise.allSettled(both);
      fenced += answers.filter(
        (answer) => answer.status === 'rejected' && answer.reason instanceof ConsumerFenced,
      ).length;
      expect(await factIdsOf(ingestion.store, `D${turn}`)).toHaveLength(2);
    }
    expect([fenced, await offsetOf('t-6')]).toEqual([15, 15]);
  });
});

describe('a writer with little memory', () => {
  it('writes to the byte what one with much memory writes', async () => {
    const customerIds = Array.from({ length: 12 }, (_, index) => `M${index}`);
    const lines = shuffled(customerIds.flatMap(lifeOf), 3);
    const streams: string[][] = [];
    for (const cacheCustomers of [1, 10_000]) {
      const apart = await openIngestionForSpec();
      try {
        const { submit, writer } = await apart.open({ cacheCustomers });
        for (const some of chunksOf(lines, 4)) {
          await submit(some);
          await writer.drain();
        }
        expect(await canonicalOf(apart.store, customerIds)).toEqual(whatFollows(lines));
        const events = await Promise.all(customerIds.map((customerId) => eventsOf(apart.store, customerId)));
        streams.push(events.flat().map(({ streamId, version, payload }) => `${streamId} ${version} ${payload}`));
      } finally {
        await apart.close();
      }
    }
    expect(streams[0]).toEqual(streams[1]);
  });
});

describe('a snapshot', () => {
  const many = Array.from({ length: 120 }, (_, index) => contacted('S1', index));

  async function snapshotOf(customerId: string): Promise<{ version: number; form: number } | undefined> {
    const { rows } = await ingestion.database.query<{ version: number; form: number }>(
      'SELECT version, form FROM store.snapshot WHERE stream_id = $1',
      [streamOf(customerId)],
    );
    return rows[0];
  }

  it('is written when a stream has grown by fifty, and again', async () => {
    await one.submit([registered('S1')]);
    expect(await snapshotOf('S1')).toBeUndefined();
    for (const some of chunksOf(many, 10)) await one.submit(some);
    const { version, form } = (await snapshotOf('S1'))!;
    expect(form).toBe(SNAPSHOT_FORM);
    expect(version).toBeGreaterThan(100);
    expect((await eventsOf(ingestion.store, 'S1')).length).toBeGreaterThanOrEqual(version);
  });

  it('is what a cold writer starts from', async () => {
    const move = (by: number) =>
      ingestion.database.query('UPDATE store.snapshot SET version = version + $2 WHERE stream_id = $1', [
        streamOf('S1'),
        by,
      ]);
    await move(-1);
    const cold = await ingestion.open();
    expect(statuses(await cold.submit([contacted('S1', 500)]))).toEqual(['refused']);
    expect((await parkedCustomer(ingestion.database, 'S1'))?.error).toMatch(/events are missing/);
    await move(1);
    const note = { by: 'spec', because: 'the snapshot was put right' };
    const retried = await retryParkedCustomer(cold.writer, ingestion.database, 'S1', note, { dryRun: false });
    expect(statuses(retried.letters.map(({ outcome }) => outcome))).toEqual(['accepted']);
  });

  it('of another form is not read, and replaced in time', async () => {
    await ingestion.database.query(
      `UPDATE store.snapshot SET form = form + 1, state = 'of a later version' WHERE stream_id = $1`,
      [streamOf('S1')],
    );
    const cold = await ingestion.open();
    await cold.submit([disbursed('S1-L', 'S1')]);
    const lines = [registered('S1'), ...many, contacted('S1', 500), disbursed('S1-L', 'S1')];
    expect(await canonicalOf(ingestion.store, ['S1'])).toEqual(whatFollows(lines));
    expect((await snapshotOf('S1'))!.form).toBe(SNAPSHOT_FORM);
  });

  it('gives the same state as all events', async () => {
    const cold = await ingestion.open({ cacheCustomers: 1 });
    const lines = [...lifeOf('S2'), ...Array.from({ length: 70 }, (_, index) => contacted('S2', index + 10))];
    for (const some of chunksOf(lines, 9)) {
      await cold.submit(some);
      await cold.submit([registered('S2-other')]);
    }
    await cold.writer.drain();
    expect(await snapshotOf('S2')).toBeDefined();
    expect(await canonicalOf(ingestion.store, ['S2'])).toEqual(whatFollows(lines));
    expect(await factIdsOf(ingestion.store, 'S2')).toContain(factId('registered-S2'));
  });
});
