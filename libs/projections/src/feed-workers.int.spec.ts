import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { FeedWorker } from './feed-worker.js';
import { projectionLag } from './lag.js';
import {
  ALL_SHARDS,
  catchUp,
  openNotesForSpec,
  runnerOf,
  streamIn,
  sumRows,
  sums,
  lineRows,
  lines,
} from './notes.spec-support.js';
import type { NotesForSpec } from './notes.spec-support.js';
import { shardLeases } from './shard-leases.js';
import type { ShardLeases } from './shard-leases.js';

const LONG_MS = 60_000;

let notes: NotesForSpec;
beforeAll(async () => {
  notes = await openNotesForSpec();
});
afterAll(() => notes.close());
beforeEach(() => notes.reset());

function held(...leases: ShardLeases[]): number[] {
  return leases.flatMap((one) => [...one.held]).sort((one, other) => one - other);
}

const EVERY = [...ALL_SHARDS];

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let turn = 0; turn < 400; turn += 1) {
    if (await holds()) return;
    await delay(25);
  }
  throw new Error('it never came to hold');
}

describe('leases of the shards', () => {
  it('are all one worker’s when it is alone', async () => {
    const alone = shardLeases(notes.database, 'alone', LONG_MS);
    expect(held(alone)).toEqual([]);
    await alone.renew();
    expect(held(alone)).toEqual(EVERY);
    await alone.renew();
    expect(held(alone)).toEqual(EVERY);
  });

  it('are shared fairly with a second and a third worker, each shard with one', async () => {
    const workers = ['a', 'b', 'c'].map((name) => shardLeases(notes.database, name, LONG_MS));
    for (const alive of [1, 2, 3]) {
      for (let turn = 0; turn < 3; turn += 1) for (const worker of workers.slice(0, alive)) await worker.renew();
      expect(held(...workers)).toEqual(EVERY);
      for (const worker of workers) expect(worker.held.size).toBeLessThanOrEqual(Math.ceil(EVERY.length / alive));
    }
  });

  it('go to the others when a worker gives its own back', async () => {
    const [stays, leaves] = ['stays', 'leaves'].map((name) => shardLeases(notes.database, name, LONG_MS)) as [
      ShardLeases,
      ShardLeases,
    ];
    for (let turn = 0; turn < 2; turn += 1) for (const worker of [stays, leaves]) await worker.renew();
    expect(held(stays, leaves)).toEqual(EVERY);
    expect(leaves.held.size).toBe(8);
    await leaves.release();
    expect(held(leaves)).toEqual([]);
    await stays.renew();
    expect(held(stays)).toEqual(EVERY);
  });

  it('go to the others when a worker dies and its term is over, and not before', async () => {
    const dies = shardLeases(notes.database, 'dies', 300);
    await dies.renew();
    const waits = shardLeases(notes.database, 'waits', LONG_MS);
    await waits.renew();
    expect(held(waits)).toEqual([]);
    await delay(350);
    await waits.renew();
    expect(held(waits)).toEqual(EVERY);
    await dies.renew();
    expect(held(dies)).toEqual([]);
  });

  it('are never two workers’, however they renew at once', async () => {
    const workers = Array.from({ length: 4 }, (_, index) => shardLeases(notes.database, `w${index}`, LONG_MS));
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.all(workers.map((worker) => worker.renew()));
      const { rows } = await notes.database.query<{ worker: string; shards: number[] }>(
        'SELECT worker, array_agg(shard ORDER BY shard) AS shards FROM projection.shard_lease WHERE worker IS NOT NULL GROUP BY worker',
      );
      const all = rows.flatMap(({ shards }) => shards);
      expect(new Set(all).size).toBe(all.length);
    }
    for (let turn = 0; turn < 3; turn += 1) for (const worker of workers) await worker.renew();
    expect(held(...workers)).toEqual(EVERY);
    expect(workers.map((worker) => worker.held.size)).toEqual([4, 4, 4, 4]);
  });
});

describe('workers that follow the feed', () => {
  function startWorker(name: string, failures: unknown[], termMs = 600): FeedWorker {
    const runner = runnerOf(notes, [sums(), lines()], 50);
    return new FeedWorker({
      leases: shardLeases(notes.database, name, termMs),
      leaseTermMs: termMs,
      followers: [{ name: 'projections', everyMs: 0, follow: (shards) => runner.applyNext(shards) }],
      onFailure: (follower, error) => failures.push([follower, error]),
    });
  }

  it('share the work, and one takes over all of it when the other stops', async () => {
    const failures: unknown[] = [];
    const workers = ['one', 'other'].map((name) => startWorker(name, failures));
    for (const worker of workers) await worker.start();
    const streamIds = EVERY.map((shard) => streamIn(shard));
    const everyoneHas = (row: string) => async () => {
      const rows = await sumRows(notes);
      return streamIds.every((streamId) => rows[streamId] === row);
    };
    try {
      for (const streamId of streamIds) await notes.note(streamId, 1);
      await until(everyoneHas('1 notes, 1'));
      await until(async () => {
        const { rowCount } = await notes.database.query(
          'SELECT worker FROM projection.shard_lease GROUP BY worker HAVING count(*) = 8',
        );
        return rowCount === 2;
      });
      await workers[1]!.stop();
      for (const streamId of streamIds) await notes.note(streamId, 2);
      await until(everyoneHas('2 notes, 3'));
      expect(await lineRows(notes)).toHaveLength(32);
      expect(failures).toEqual([]);
    } finally {
      for (const worker of workers) await worker.stop();
    }
  });

  it('say what they fail at, go on trying, and are well again when it is mended', async () => {
    const failures: unknown[] = [];
    const worker = startWorker('one', failures);
    const streamId = streamIn(3);
    await notes.note(streamId, 1);
    await notes.database.query('ALTER TABLE sum RENAME TO lost');
    await worker.start();
    try {
      await until(() => failures.length > 0);
      expect(worker.health()).toEqual([
        { follower: 'leases', failing: null },
        { follower: 'projections', failing: expect.stringContaining('"sum" does not exist') },
      ]);
      await notes.database.query('ALTER TABLE lost RENAME TO sum');
      await until(() => worker.health().every(({ failing }) => failing === null));
      expect(await sumRows(notes)).toEqual({ [streamId]: '1 notes, 1' });
    } finally {
      await worker.stop();
    }
  });
});

describe('a worker that is to end', () => {
  it('tells a step that waits for somebody outside, and ends what its followers hold open', async () => {
    const ended: string[] = [];
    const failures: unknown[] = [];
    const waiting = {
      name: 'waiting',
      everyMs: 0,
      follow: (_: ReadonlySet<number>, stopping?: AbortSignal) =>
        new Promise<number>((resolve) => {
          stopping?.addEventListener('abort', () => {
            ended.push('step');
            resolve(0);
          });
        }),
      close: async () => {
        ended.push('connection');
      },
    };
    const clumsy = {
      name: 'clumsy',
      everyMs: 0,
      follow: async () => 0,
      close: () => Promise.reject(new Error('stuck')),
    };
    const leases = shardLeases(notes.database, 'ends', LONG_MS);
    const worker = new FeedWorker({
      leases,
      leaseTermMs: LONG_MS,
      followers: [waiting, clumsy],
      onFailure: (follower, error) => failures.push([follower, String(error)]),
    });
    await worker.start();
    expect(held(leases)).toEqual(EVERY);
    await worker.stop();
    expect(ended).toEqual(['step', 'connection']);
    expect(failures).toEqual([['clumsy', 'Error: stuck']]);
    expect(held(leases)).toEqual([]);
  });
});

describe('the lag of a projection', () => {
  it('counts the events not applied, and the age of the oldest of them', async () => {
    const runner = runnerOf(notes, [sums(), lines()]);
    const streamIds = [1, 2].map((shard) => streamIn(shard));
    for (const streamId of streamIds) await notes.note(streamId, 1, Number.NaN);
    await catchUp(runner);
    const current = { version: 1, lagEvents: 0, lagSeconds: 0, parkedStreams: 2 };
    expect(await projectionLag(notes.database, notes.store)).toEqual([
      { projection: 'lines', ...current },
      { projection: 'sums', ...current },
    ]);
    await notes.note(streamIds[0]!, 3, 4, 5);
    await delay(120);
    await notes.note(streamIds[1]!, 6);
    const [behind] = await projectionLag(notes.database, notes.store);
    expect(behind).toMatchObject({ projection: 'lines', lagEvents: 4, parkedStreams: 2 });
    expect(behind!.lagSeconds).toBeGreaterThan(0.11);
    expect(behind!.lagSeconds).toBeLessThan(30);
  });

  it('counts the shards nobody has followed yet', async () => {
    await notes.note(streamIn(1), 1);
    await notes.note(streamIn(9), 1, 2, 3);
    await catchUp(runnerOf(notes, [sums()]), new Set([1]));
    expect(await projectionLag(notes.database, notes.store)).toMatchObject([{ projection: 'sums', lagEvents: 3 }]);
  });

  it('is nothing where no projection was ever run', async () => {
    expect(await projectionLag(notes.database, notes.store)).toEqual([]);
  });
});
