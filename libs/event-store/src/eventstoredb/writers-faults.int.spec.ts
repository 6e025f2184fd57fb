import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@retention/platform';
import type { RandomFaults } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { newName, noted, onto, said, streamOf, taking, versionOf } from '../contract/story.spec-support.js';
import { AppendConflict } from '../port.js';
import type { EventStore, FeedPositions } from '../port.js';
import { cutConnections } from '../postgres/postgres-store.spec-support.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { expectNothingUnfinished, expectStory, FROM_THE_START, meanwhile, QUICK } from './faults.spec-support.js';

const WRITERS = 6;
const BATCHES = 12;
const SHARED = 8;

const RATES: RandomFaults['rates'] = {
  append: {
    'error-before': 0.03,
    'error-after': 0.03,
    late: 0.03,
    never: 0.01,
    'drop-connections': 0.005,
    'not-replicated': 0.005,
    'not-leader': 0.01,
  },
  read: { 'error-before': 0.03, 'error-halfway': 0.03, late: 0.02, never: 0.005, 'drop-connections': 0.003 },
  subscription: { end: 0.2, error: 0.2, freeze: 0.2, 'drop-connections': 0.05 },
};

let opened: EventStoreDbForSpec;
let beside: pg.Pool;

beforeEach(async () => {
  const timing = { ...QUICK, patienceMs: 3000, readPatienceMs: 3000, giveUpAfterMs: 20_000 };
  opened = await openEventStoreDbForSpec({ withDouble: true, timing });
  beside = createPool(opened.url, { max: 2, applicationName: 'beside the store' });
});
afterEach(async () => {
  await beside.end();
  await opened.close();
});

interface Told {
  /** What each stream was told, whatever the order in which writers came to it. */
  readonly byStream: Map<string, unknown[]>;
  conflicts: number;
  unknown: number;
}

/** Appends batches to streams of its own and to some that all writers share, as a consumer does that may be cut off. */
async function write(store: EventStore, writer: number, shared: readonly string[], told: Told): Promise<void> {
  const own = Array.from({ length: 5 }, () => newName('stream'));
  const source = { consumer: `writer ${writer}`, source: 's' };
  for (let next = 1; next <= BATCHES; next += 1) {
    const one = shared[(writer + next) % SHARED]!;
    const other = shared[(writer * 3 + next * 5) % SHARED]!;
    const streamIds = [...new Set([...own, one, other])];
    const note = `${writer}.${next}`;
    const isAppended = async (): Promise<boolean> =>
      (await store.offsets(source.consumer).catch(() => new Map<string, number>())).get('s') === next;
    while (!(await isAppended())) {
      try {
        const versions = await Promise.all(streamIds.map((streamId) => versionOf(store, streamId)));
        const streams = streamIds.map((streamId, index) => onto(streamId, versions[index]!, [noted(note)]));
        await store.append(taking([{ ...source, expected: next === 1 ? null : next - 1, next }], ...streams));
        break;
      } catch (error) {
        expect(error).not.toMatchObject({ name: 'StoresApart' });
        // A conflict on its own offset: the append had an outcome it did not hear of.
        const isConflict = error instanceof AppendConflict && error.on === 'stream';
        if (isConflict) expect(shared).toEqual(expect.arrayContaining([...error.streams]));
        told[isConflict ? 'conflicts' : 'unknown'] += 1;
      }
    }
    for (const streamId of streamIds) {
      const notes = told.byStream.get(streamId) ?? [];
      if (notes.length === 0) told.byStream.set(streamId, notes);
      notes.push(note);
    }
  }
}

/** Follows the feed through whatever happens, without a hole and in the order of each stream. */
async function follow(store: EventStore, isOver: () => boolean): Promise<number> {
  let after: FeedPositions = FROM_THE_START;
  const versions = new Map<string, number>();
  let count = 0;
  for (;;) {
    const isLast = isOver();
    const page = await store.readFeed({ after, limitPerShard: 20, types: null }).catch((error: unknown) => {
      expect(error).not.toMatchObject({ name: 'StoresApart' });
      return null;
    });
    if (page === null) continue;
    const reached = new Map(after);
    for (const { shard, position, streamId, version } of page.events) {
      expect(position).toBe(reached.get(shard)! + 1);
      reached.set(shard, position);
      expect([streamId, version]).toEqual([streamId, (versions.get(streamId) ?? 0) + 1]);
      versions.set(streamId, version);
    }
    expect(page.upTo).toEqual(reached);
    after = page.upTo;
    count += page.events.length;
    if (isLast && page.events.length === 0) return count;
    if (page.events.length === 0) await delay(5);
  }
}

async function run(seed: number, cut: () => Promise<unknown>): Promise<Told> {
  const stores = [opened.store, await opened.openAnother()];
  const shared = Array.from({ length: SHARED }, () => newName('stream'));
  const told: Told = { byStream: new Map(), conflicts: 0, unknown: 0 };
  const double = opened.double!;
  double.faults.randomly({ seed, longestMs: 600, mostEventsBefore: 200, rates: RATES });
  const cutting = meanwhile(cut);
  let isOver = false;
  const readers = [follow(stores[0]!, () => isOver), follow(stores[1]!, () => isOver)];
  try {
    await Promise.all(Array.from({ length: WRITERS }, (_, index) => write(stores[index % 2]!, index, shared, told)));
  } finally {
    await cutting.end();
    double.faults.stop();
    isOver = true;
  }
  const events = [...told.byStream.values()].reduce((sum, notes) => sum + notes.length, 0);
  expect(await Promise.all(readers)).toEqual([events, events]);
  const found = new Map<string, unknown[]>();
  for (const [streamId, notes] of told.byStream) {
    found.set(streamId, said(await streamOf(stores[1]!, streamId)));
    if (shared.includes(streamId)) expect([...found.get(streamId)!].sort()).toEqual([...notes].sort());
    else expect(found.get(streamId)).toEqual(notes);
  }
  expect(await expectStory(opened, await opened.openAnother(), found)).toHaveLength(events);
  await expectNothingUnfinished(opened);
  return told;
}

describe('many writers and readers, with a server that fails at random', () => {
  it.each([1, 2])('all get through, each event exactly once (seed %i)', async (seed) => {
    const told = await run(seed, () => delay(20));
    expect(told.conflicts).toBeGreaterThan(0);
  });

  it('and PostgreSQL ending connections meanwhile', async () => {
    const told = await run(11, async () => {
      await delay(150);
      await cutConnections(beside);
    });
    expect(told.unknown).toBeGreaterThan(0);
  });

  it('and restarting again and again', async () => {
    const double = opened.double!;
    await run(21, async () => {
      await delay(400);
      await double.restart();
    });
  });
});
