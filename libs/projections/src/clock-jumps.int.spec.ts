import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ALL_SHARDS, catchUp, openNotesForSpec, runnerOf, streamIn, sumRows, sums } from './notes.spec-support.js';
import type { NotesForSpec } from './notes.spec-support.js';
import { shardLeases } from './shard-leases.js';
import type { ShardLeases } from './shard-leases.js';

const TERM_MS = 60_000;

let notes: NotesForSpec;
beforeAll(async () => {
  notes = await openNotesForSpec();
});
afterAll(() => notes.close());
beforeEach(() => notes.reset());
afterEach(() => {
  jest.restoreAllMocks();
});

/** Moves what the database has written down of times, as its clock does when it jumps the other way. */
async function moveTimes(by: string): Promise<void> {
  await notes.database.query(`UPDATE projection.shard_lease SET held_until = held_until + $1::interval`, [by]);
  await notes.database.query(`UPDATE projection.worker SET alive_until = alive_until + $1::interval`, [by]);
}

async function renewInTurn(workers: readonly ShardLeases[], turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) for (const worker of workers) await worker.renew();
}

function openWorkers(): [ShardLeases, ShardLeases] {
  return [shardLeases(notes.database, 'one', TERM_MS), shardLeases(notes.database, 'other', TERM_MS)];
}

function expectShared(workers: readonly ShardLeases[]): void {
  const held = workers.flatMap((worker) => [...worker.held]);
  expect(held.toSorted((one, other) => one - other)).toEqual([...ALL_SHARDS]);
  expect(workers.map((worker) => worker.held.size)).toEqual([8, 8]);
}

describe('leases', () => {
  it.each([-1, 1])('are shared by workers of whom one has a clock that is %i years off', async (years) => {
    const [one, other] = openWorkers();
    const now = Date.now();
    for (let turn = 0; turn < 3; turn += 1) {
      jest.spyOn(Date, 'now').mockReturnValue(now + years * 365 * 86_400_000);
      await one.renew();
      jest.restoreAllMocks();
      await other.renew();
    }
    expectShared([one, other]);
  });

  it('are shared again by those who live when the clock of the database jumps ahead over all of their terms', async () => {
    const workers = openWorkers();
    await renewInTurn(workers, 3);
    await moveTimes('-1 hour');
    await renewInTurn(workers, 3);
    expectShared(workers);
  });

  it('stay with those who live when it jumps back, and last no longer than a term from their next renewal', async () => {
    const workers = openWorkers();
    await renewInTurn(workers, 3);
    await moveTimes('1 hour');
    await renewInTurn(workers, 1);
    expectShared(workers);
    const { rows } = await notes.database.query<{ longest: boolean }>(
      `SELECT bool_and(held_until <= now() + $1::interval) AS longest FROM projection.shard_lease`,
      [`${TERM_MS} milliseconds`],
    );
    expect(rows).toEqual([{ longest: true }]);
  });

  it('of a dead worker last no longer than a term when the clock has jumped back', async () => {
    const [dead, alive] = openWorkers();
    await renewInTurn([dead, alive], 3);
    await moveTimes('1 hour');
    await alive.renew();
    // All of a term passes, and no more.
    await moveTimes(`-${TERM_MS + 1} milliseconds`);
    await renewInTurn([alive], 2);
    expect([...alive.held].toSorted((one, other) => one - other)).toEqual([...ALL_SHARDS]);
  });

  it('two workers believe in at once, because a clock has jumped between them, let only one of them write', async () => {
    const [one, other] = openWorkers();
    await one.renew();
    await moveTimes('-1 hour');
    await other.renew();
    const both = [...one.held].filter((shard) => other.held.has(shard));
    expect(both.length).toBeGreaterThan(0);
    const streamId = streamIn(both[0]!);
    const runners = [runnerOf(notes, [sums()]), runnerOf(notes, [sums()])];
    for (let number = 1; number <= 5; number += 1) {
      await notes.note(streamId, number);
      await Promise.all(runners.map((runner) => runner.applyNext(new Set(both))));
    }
    await catchUp(runners[0]!, new Set(both));
    expect(await sumRows(notes)).toEqual({ [streamId]: '5 notes, 15' });
  });
});
