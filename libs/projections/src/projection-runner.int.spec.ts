import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { describeWithEventRows } from '@retention/testing';
import {
  ALL_SHARDS,
  catchUp,
  checkpointsOf,
  headOf,
  lineRows,
  lines,
  openNotesForSpec,
  runnerOf,
  streamIn,
} from './notes.spec-support.js';
import { sumRows, sums } from './notes.spec-support.js';
import type { NotesForSpec } from './notes.spec-support.js';

let notes: NotesForSpec;
beforeAll(async () => {
  notes = await openNotesForSpec();
});
afterAll(() => notes.close());
beforeEach(() => notes.reset());

async function parked(): Promise<unknown[]> {
  const { rows } = await notes.database.query(
    'SELECT projection, stream_id, shard, error FROM projection.parked_stream ORDER BY projection, stream_id',
  );
  return rows as unknown[];
}

/** Changes events as no program can: the trigger that refuses it is switched off for the statement. */
async function tamper(statement: string, values: unknown[]): Promise<void> {
  await notes.database.query('ALTER TABLE store.event DISABLE TRIGGER events_are_never_changed');
  await notes.database.query(statement, values);
  await notes.database.query('ALTER TABLE store.event ENABLE TRIGGER events_are_never_changed');
}

describe('a projection', () => {
  it('applies the feed of all shards in order, in batches as small as told', async () => {
    const streamIds = [0, 0, 3, 7, 15].map((shard) => streamIn(shard));
    for (const streamId of streamIds) await notes.note(streamId, 1, 2, 3);
    await notes.note(streamIds[0]!, 4);
    expect(await catchUp(runnerOf(notes, [sums(), lines()], 2))).toBe(16);
    expect(Object.values(await sumRows(notes)).sort()).toEqual([
      ...Array.from({ length: 4 }, () => '3 notes, 6'),
      '4 notes, 10',
    ]);
    expect(await lineRows(notes)).toHaveLength(16);
    expect(await checkpointsOf(notes, 'sums')).toEqual(await headOf(notes));
  });

  it('goes on where it stopped, also in another process', async () => {
    const streamId = streamIn(2);
    await notes.note(streamId, 1, 2);
    await catchUp(runnerOf(notes, [sums(), lines()]));
    await notes.note(streamId, 3);
    const next = runnerOf(notes, [sums(), lines()]);
    expect(await catchUp(next)).toBe(1);
    await notes.note(streamId, 4);
    expect(await catchUp(next)).toBe(1);
    expect(await sumRows(notes)).toEqual({ [streamId]: '4 notes, 10' });
    expect(next.reached().get(2)).toBe(4);
  });

  it('moves its checkpoint over events that say nothing to it', async () => {
    await notes.note(streamIn(2, 'silent'), 1, 2);
    await notes.note(streamIn(3), 0);
    expect(await catchUp(runnerOf(notes, [sums()]))).toBe(3);
    expect(await sumRows(notes)).toEqual({});
    expect(await checkpointsOf(notes, 'sums')).toEqual(await headOf(notes));
  });

  it('follows only the shards it is given', async () => {
    const [mine, theirs] = [streamIn(1), streamIn(2)];
    await notes.note(mine, 1);
    await notes.note(theirs, 1);
    const runner = runnerOf(notes, [sums()]);
    expect(await catchUp(runner, new Set([1]))).toBe(1);
    expect(await sumRows(notes)).toEqual({ [mine]: '1 notes, 1' });
    expect(await runner.applyNext(new Set())).toBe(0);
    expect(await catchUp(runner, new Set([1, 2]))).toBe(1);
  });

  it('that is new beside an old one catches up, and the old one applies nothing twice', async () => {
    const streamId = streamIn(5);
    await notes.note(streamId, 1, 2);
    await catchUp(runnerOf(notes, [lines()]));
    await notes.note(streamId, 3);
    await catchUp(runnerOf(notes, [lines(), sums()], 1));
    expect([await sumRows(notes), await lineRows(notes)]).toEqual([
      { [streamId]: '3 notes, 6' },
      [1, 2, 3].map((number) => `${streamId} ${number} ${number}`),
    ]);
  });
});

describe('rows and checkpoint', () => {
  it('move together or not at all: a crash in the middle of a save leaves everything as it was', async () => {
    const streamId = streamIn(4);
    await notes.note(streamId, 1, 2);
    let crashes = 2;
    const crashing = sums(() => {
      crashes -= 1;
      if (crashes >= 0) throw new Error('the power went off');
    });
    const runner = runnerOf(notes, [lines(), crashing]);
    for (const _ of [1, 2]) {
      await expect(runner.applyNext(ALL_SHARDS)).rejects.toThrow('the power went off');
      expect([await sumRows(notes), await lineRows(notes)]).toEqual([{}, []]);
      expect(await checkpointsOf(notes, 'sums')).toEqual(new Map());
      expect(await checkpointsOf(notes, 'lines')).toEqual(new Map());
      expect(await parked()).toEqual([]);
    }
    expect(await catchUp(runner)).toBe(2);
    expect([await sumRows(notes), await lineRows(notes)]).toEqual([
      { [streamId]: '2 notes, 3' },
      [`${streamId} 1 1`, `${streamId} 2 2`],
    ]);
  });

  it('move together when the connection is cut in the middle of a save', async () => {
    const streamId = streamIn(4);
    await notes.note(streamId, 1, 2);
    let isCut = false;
    const cut = sums(async (_, transaction) => {
      if (isCut) return;
      isCut = true;
      const { rows } = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await notes.database.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    });
    const runner = runnerOf(notes, [cut, lines()]);
    await expect(runner.applyNext(ALL_SHARDS)).rejects.toThrow();
    expect([await sumRows(notes), await checkpointsOf(notes, 'sums')]).toEqual([{}, new Map()]);
    expect(await catchUp(runner)).toBe(2);
    expect(await sumRows(notes)).toEqual({ [streamId]: '2 notes, 3' });
  });

  it('are written by one of two workers that follow the same shards: every row is applied once', async () => {
    const streamIds = Array.from({ length: 24 }, (_, index) => streamIn(index % 16));
    const runners = [1, 2, 3].map(() => runnerOf(notes, [sums(), lines()], 20));
    let isWriting = true;
    const write = async (): Promise<void> => {
      for (let turn = 1; turn <= 10; turn += 1)
        await Promise.all(streamIds.map((streamId) => notes.note(streamId, turn)));
      isWriting = false;
    };
    const follow = async (runner: (typeof runners)[number]): Promise<void> => {
      while (isWriting) await runner.applyNext(ALL_SHARDS);
    };
    await Promise.all([write(), ...runners.map(follow)]);
    await catchUp(runnerOf(notes, [sums(), lines()], 20));
    expect(await sumRows(notes)).toEqual(Object.fromEntries(streamIds.map((streamId) => [streamId, '10 notes, 55'])));
    expect(await lineRows(notes)).toHaveLength(240);
    expect(await checkpointsOf(notes, 'lines')).toEqual(await headOf(notes));
  });

  it('survive a worker that sleeps through what another did, and wakes with old rows in memory', async () => {
    const streamId = streamIn(6);
    const [sleeper, other] = [runnerOf(notes, [sums()]), runnerOf(notes, [sums()])];
    await notes.note(streamId, 1);
    await catchUp(sleeper);
    await notes.note(streamId, 10);
    await catchUp(other);
    await notes.note(streamId, 100);
    expect(await sleeper.applyNext(ALL_SHARDS)).toBe(0);
    expect(await catchUp(sleeper)).toBe(1);
    expect(await sumRows(notes)).toEqual({ [streamId]: '3 notes, 111' });
  });
});

describeWithEventRows('a feed with a hole', () => {
  it.each([
    ['in the middle', 2],
    ['at its beginning', 1],
    ['at its end', 3],
  ])('is noticed, %s: nothing is applied, again and again', async (_, position) => {
    const [holed, whole] = [streamIn(8), streamIn(9)];
    await notes.note(holed, 1, 2, 3);
    await notes.note(whole, 1);
    await tamper('DELETE FROM store.event WHERE shard = 8 AND position = $1', [position]);
    const runner = runnerOf(notes, [sums(), lines()]);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(runner.applyNext(ALL_SHARDS)).rejects.toMatchObject({ name: 'FeedGap' });
    }
    expect([await sumRows(notes), await lineRows(notes), await checkpointsOf(notes, 'sums')]).toEqual([
      {},
      [],
      new Map(),
    ]);
  });

  it('does not hold up a worker that follows other shards', async () => {
    const [holed, whole] = [streamIn(8), streamIn(9)];
    await notes.note(holed, 1, 2, 3);
    await notes.note(whole, 1);
    await tamper('DELETE FROM store.event WHERE stream_id = $1 AND version = 2', [holed]);
    expect(await catchUp(runnerOf(notes, [sums()]), new Set([9]))).toBe(1);
    expect(await sumRows(notes)).toEqual({ [whole]: '1 notes, 1' });
  });

  it('is noticed when the store is older than what was applied of it, as after a restore', async () => {
    const streamId = streamIn(8);
    await notes.note(streamId, 1, 2, 3);
    await catchUp(runnerOf(notes, [sums()]));
    await tamper('DELETE FROM store.event WHERE stream_id = $1 AND version > 1', [streamId]);
    await notes.database.query('UPDATE store.feed_shard SET head = 1 WHERE shard = 8');
    const restarted = runnerOf(notes, [lines(), sums()]);
    await expect(restarted.applyNext(ALL_SHARDS)).rejects.toMatchObject({
      name: 'FeedGap',
      message: 'feed of shard 8: ends at 1, but sums has applied it up to 3',
    });
    expect(await lineRows(notes)).toEqual([]);
  });
});

describe('an event that cannot be applied', () => {
  it('parks its stream for that projection, from there on, and all others go on', async () => {
    const [poisoned, neighbour, distant] = [streamIn(10), streamIn(10), streamIn(11)];
    await notes.note(poisoned, 1, 2, Number.NaN, 4);
    await notes.note(neighbour, 5);
    await notes.note(distant, 6);
    const runner = runnerOf(notes, [sums(), lines()]);
    await catchUp(runner);
    await notes.note(poisoned, 8);
    await notes.note(neighbour, 7);
    await catchUp(runner);
    expect(await sumRows(notes)).toEqual({
      [poisoned]: '2 notes, 3',
      [neighbour]: '2 notes, 12',
      [distant]: '1 notes, 6',
    });
    const error = 'TypeError: the note holds no number';
    const where = { stream_id: poisoned, shard: 10, error };
    expect(await parked()).toEqual([
      { projection: 'lines', ...where },
      { projection: 'sums', ...where },
    ]);
    expect(await checkpointsOf(notes, 'sums')).toEqual(await headOf(notes));
  });

  it('leaves its stream parked after a restart', async () => {
    const poisoned = streamIn(10);
    await notes.note(poisoned, 1, Number.NaN);
    await catchUp(runnerOf(notes, [sums()]));
    await notes.note(poisoned, 4);
    expect(await catchUp(runnerOf(notes, [sums()]))).toBe(1);
    expect(await sumRows(notes)).toEqual({ [poisoned]: '1 notes, 1' });
    expect(await parked()).toHaveLength(1);
  });

  it('parks it for one projection only, where the other can apply it', async () => {
    const streamId = streamIn(12, 'silent');
    await notes.note(streamId, Number.NaN, 2);
    await catchUp(runnerOf(notes, [sums(), lines()]));
    expect(await parked()).toMatchObject([{ projection: 'lines', stream_id: streamId }]);
  });

  it('is parked once when two workers meet it', async () => {
    const poisoned = streamIn(13);
    await notes.note(poisoned, Number.NaN);
    const runners = [1, 2].map(() => runnerOf(notes, [sums()]));
    await Promise.all(runners.map((runner) => runner.applyNext(ALL_SHARDS)));
    expect(await parked()).toHaveLength(1);
  });
});

describe('a rebuild from the beginning', () => {
  it('gives the rows that following live gave, parked streams included', async () => {
    const streamIds = Array.from({ length: 40 }, (_, index) => streamIn(index % 16));
    const live = runnerOf(notes, [sums(), lines()], 30);
    for (let turn = 1; turn <= 6; turn += 1) {
      for (const [index, streamId] of streamIds.entries()) {
        await notes.note(streamId, turn === 4 && index % 10 === 0 ? Number.NaN : turn * index);
      }
      await catchUp(live);
    }
    const before = [await sumRows(notes), await lineRows(notes), await parked()];
    expect((before[2] as unknown[]).length).toBe(8);
    await notes.database.query('TRUNCATE sum, line, projection.checkpoint, projection.parked_stream');
    expect(await catchUp(runnerOf(notes, [sums(), lines()], 1000))).toBe(240);
    expect([await sumRows(notes), await lineRows(notes), await parked()]).toEqual(before);
  });

  it('is what a new version does by itself', async () => {
    const streamId = streamIn(14);
    await notes.note(streamId, 1, 2);
    await catchUp(runnerOf(notes, [sums()]));
    await notes.database.query('TRUNCATE sum');
    expect(await catchUp(runnerOf(notes, [sums(undefined, 2)]))).toBe(2);
    expect(await sumRows(notes)).toEqual({ [streamId]: '2 notes, 3' });
  });
});
