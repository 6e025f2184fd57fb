import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStoreDouble } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import {
  batchOf,
  expectDense,
  feedAfter,
  newStreamIn,
  noted,
  notes,
  onto,
  said,
} from '../contract/story.spec-support.js';
import { EventStoreDbConnection } from './connection.js';
import type { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { commitOnly, failureOf, FROM_THE_START, meanwhile, QUICK, until } from './faults.spec-support.js';
import { HELD_EVENTS_MAX } from './feed-session.js';
import { UnfinishedAppends } from './unfinished-appends.js';

let opened: EventStoreDbForSpec;
let store: EventStoreDbEventStore;
let double: EventStoreDouble;

beforeEach(async () => {
  opened = await openEventStoreDbForSpec({ withDouble: true, timing: QUICK });
  ({ store } = opened);
  double = opened.double!;
});
afterEach(() => opened.close());

const BOTH = new Map([
  [3, 0],
  [4, 0],
]);
const ALL_OF = { limitPerShard: 100_000, types: null };

function inShard(shard: number, count: number): ReturnType<typeof batchOf> {
  return batchOf(onto(newStreamIn(shard, 16), 0, notes(count)));
}

/** Commits a batch, and has PostgreSQL forget that it was never written. */
async function lose(shard: number, count: number): Promise<void> {
  await commitOnly(opened, inShard(shard, count));
  await opened.pool.query('DELETE FROM store.unfinished_append');
}

describe('an event that is committed and nowhere', () => {
  it('is named after a while, and no page goes past it', async () => {
    await store.append(inShard(3, 5));
    await lose(3, 2);
    await store.append(inShard(3, 4));
    const page = await store.readFeed({ after: new Map([[3, 0]]), ...ALL_OF });
    expect([page.events.length, page.upTo.get(3)]).toEqual([5, 5]);
    for (const by of [store, await opened.openAnother()]) {
      const { error, ms } = await failureOf(by.readFeed({ after: page.upTo, ...ALL_OF }));
      expect(error).toMatchObject({
        name: 'StoresApart',
        message: 'position 6 of shard 3 of the feed is committed and does not come from EventStoreDB',
      });
      expect(ms).toBeGreaterThanOrEqual(QUICK.giveUpAfterMs);
    }
  });

  it('is named as well where it would be the last', async () => {
    await store.append(inShard(3, 1));
    await lose(3, 1);
    const { error } = await failureOf(expectDense(store, FROM_THE_START));
    expect(error).toMatchObject({ name: 'StoresApart', message: expect.stringContaining('position 2 of shard 3') });
  });

  it('holds up no other shard, for its readers and for those of both', async () => {
    await lose(3, 1);
    for (let round = 1; round <= 5; round += 1) {
      await store.append(inShard(4, 10));
      const alone = await store.readFeed({ after: new Map([[4, 0]]), ...ALL_OF });
      const both = await store.readFeed({ after: BOTH, ...ALL_OF });
      expect([alone.events.length, both.events.length]).toEqual([10 * round, 10 * round]);
      expect(both.upTo).toEqual(
        new Map([
          [3, 0],
          [4, 10 * round],
        ]),
      );
    }
  });

  it('is named while others go on writing', async () => {
    await lose(3, 1);
    const writing = meanwhile(() => store.append(inShard(4, 1)));
    const { error } = await failureOf(store.readFeed({ after: new Map([[3, 0]]), ...ALL_OF }));
    await writing.end();
    expect(error).toMatchObject({ name: 'StoresApart', message: expect.stringContaining('position 1 of shard 3') });
  });
});

describe('a batch whose writer is dead', () => {
  it('is finished for a reader of its shard, however busy the others are', async () => {
    await commitOnly(opened, inShard(3, 2));
    const writing = meanwhile(() => store.append(inShard(4, 1)).then(() => delay(10)));
    const startedAt = Date.now();
    let after = BOTH;
    while (after.get(3) !== 2) after = new Map((await store.readFeed({ after, ...ALL_OF })).upTo);
    await writing.end();
    expect(Date.now() - startedAt).toBeLessThan(4000);
  });

  /** Finishing a batch takes longer than an event may be missing. */
  const SLOW = { giveUpAfterMs: 200, callMs: 5000, abandonedAfterMs: 0 };

  it('is not given up while it is being written, however long the server takes for it', async () => {
    const reader = await opened.openAnother(SLOW);
    await store.append(inShard(4, 1));
    await commitOnly(opened, inShard(3, 2));
    double.faults.next('append', { kind: 'late', ms: 600 });
    expect((await reader.readFeed({ after: new Map([[3, 0]]), ...ALL_OF })).events).toHaveLength(2);
    expect(double.faults.counts()).toEqual({ 'append:late': 1 });
  });

  it('is not given up while another one is being written, for another reader', async () => {
    const reader = await opened.openAnother(SLOW);
    await commitOnly(opened, inShard(4, 1));
    double.faults.next('append', { kind: 'late', ms: 600 });
    const other = reader.readFeed({ after: new Map([[4, 0]]), ...ALL_OF });
    await until(() => double.faults.counts()['append:late'] === 1);
    await commitOnly(opened, inShard(3, 2));
    expect((await reader.readFeed({ after: new Map([[3, 0]]), ...ALL_OF })).events).toHaveLength(2);
    expect((await other).events).toHaveLength(1);
  });
});

describe('a server that does not answer', () => {
  it('is unavailable for a reader of the feed, and nothing is said to be lost', async () => {
    const impatient = await opened.openAnother({ patienceMs: 700, readPatienceMs: 700 });
    await store.append(inShard(3, 2));
    await double.stop();
    const { error, ms } = await failureOf(impatient.readFeed({ after: BOTH, ...ALL_OF }));
    expect(error).toMatchObject({ name: 'EventStoreDbUnavailable' });
    expect(ms).toBeLessThan(3000);
    await double.start();
    expect((await impatient.readFeed({ after: BOTH, ...ALL_OF })).events).toHaveLength(2);
  });

  it('is unavailable too where it keeps the connection and says nothing', async () => {
    const impatient = await opened.openAnother({ patienceMs: 700, readPatienceMs: 700 });
    await store.append(inShard(3, 2));
    double.freezeAll(60_000);
    const { error, ms } = await failureOf(impatient.readFeed({ after: BOTH, ...ALL_OF }));
    expect(error).toMatchObject({ name: 'EventStoreDbUnavailable' });
    expect(ms).toBeLessThan(QUICK.giveUpAfterMs + 3000);
    await double.restart();
    expect((await impatient.readFeed({ after: BOTH, ...ALL_OF })).events).toHaveLength(2);
  });

  it('is waited for where it comes back in time', async () => {
    await store.append(inShard(3, 2));
    await double.stop();
    const reading = store.readFeed({ after: BOTH, ...ALL_OF });
    await delay(1500);
    await double.start();
    expect((await reading).events).toHaveLength(2);
  });
});

describe('PostgreSQL, set back to what it was before', () => {
  it('is noticed by whoever reads the feed, when the place of an event was given away again', async () => {
    const forgotten = newStreamIn(3, 16);
    await store.append(inShard(3, 2));
    await store.append(batchOf(onto(forgotten, 0, notes(2))));
    await opened.pool.query('UPDATE store.feed_shard SET head = 2 WHERE shard = 3');
    await opened.pool.query('DELETE FROM store.stream_head WHERE stream_id = $1', [forgotten]);
    const other = newStreamIn(3, 16);
    await store.append(batchOf(onto(other, 0, notes(3))));
    await store.append(inShard(4, 1));
    for (let round = 0; round < 2; round += 1) {
      const { error } = await failureOf(feedAfter(store, FROM_THE_START, 100));
      expect(error).toMatchObject({
        name: 'StoresApart',
        message: expect.stringMatching(/^position 3 of shard 3 .* taken twice in EventStoreDB, .* in stream-\d+/),
      });
      expect(await feedAfter(store, new Map([[4, 0]]), 100)).toHaveLength(1);
    }
  });

  it('is noticed by whoever appends to a stream it has forgotten the end of', async () => {
    const streamId = newStreamIn(3, 16);
    await store.append(batchOf(onto(streamId, 0, notes(3))));
    await opened.pool.query('UPDATE store.feed_shard SET head = 2 WHERE shard = 3');
    await opened.pool.query('UPDATE store.stream_head SET version = 2 WHERE stream_id = $1', [streamId]);
    const { error } = await failureOf(store.append(batchOf(onto(streamId, 2, [noted('another')]))));
    expect(error).toMatchObject({
      name: 'StoresApart',
      message: `${streamId} holds other events in EventStoreDB after version 2 than PostgreSQL knows`,
    });
  });

  it('does not matter where the same is appended again in the same place at the same time', async () => {
    const streamId = newStreamIn(3, 16);
    const left = await commitOnly(opened, batchOf(onto(streamId, 0, notes(3))));
    const connection = new EventStoreDbConnection(opened.eventStoreUrl, QUICK);
    const unfinished = new UnfinishedAppends({ connection, database: opened.pool, prefix: opened.prefix });
    await unfinished.finish(left!);
    await unfinished.finish(left!);
    await connection.close();
    expect(said(await expectDense(store, FROM_THE_START))).toEqual([1, 2, 3]);
  });

  it('keeps a process from starting', async () => {
    await store.append(inShard(3, 4));
    for (let count = 0; count < 5000; count += 1) double.writeSystemEvent();
    await opened.pool.query('UPDATE store.feed_shard SET head = 3 WHERE shard = 3');
    await expect(opened.openAnother()).rejects.toMatchObject({
      name: 'StoresApart',
      message: expect.stringContaining('EventStoreDB holds position 4 of shard 3, PostgreSQL ends at 3'),
    });
  });
});

describe('a shard that lags behind', () => {
  const many = async (shard: number, events: number): Promise<void> => {
    for (let left = events; left > 0; left -= 1000) await store.append(inShard(shard, Math.min(left, 1000)));
  };

  it('lets its readers hold no more of the others than they may, and lose nothing', async () => {
    await many(4, HELD_EVENTS_MAX + 7000);
    await store.append(inShard(3, 5));
    const events = await feedAfter(await opened.openAnother(), BOTH, 300);
    expect(events).toHaveLength(HELD_EVENTS_MAX + 7005);
  });

  it('leaves no hole where more of the others came meanwhile than may be held', async () => {
    const slow = await opened.openAnother({ abandonedAfterMs: 600_000, giveUpAfterMs: 60_000 });
    await many(4, 100);
    const late = await commitOnly(opened, inShard(3, 5));
    const reading = slow.readFeed({ after: new Map([...BOTH, [4, 100]]), ...ALL_OF });
    await delay(100);
    await many(4, HELD_EVENTS_MAX + 3000);
    const connection = new EventStoreDbConnection(opened.eventStoreUrl, QUICK);
    await new UnfinishedAppends({ connection, database: opened.pool, prefix: opened.prefix }).finish(late!);
    await connection.close();
    const page = await reading;
    const events = [...page.events, ...(await feedAfter(slow, page.upTo, 700))];
    const positions = (shard: number) =>
      events.filter((event) => event.shard === shard).map(({ position }) => position);
    expect(positions(3)).toEqual([1, 2, 3, 4, 5]);
    expect(positions(4)).toEqual(Array.from({ length: HELD_EVENTS_MAX + 3000 }, (_, index) => 101 + index));
  });

  it('comes in the end to a reader that had no room for it', async () => {
    const slow = await opened.openAnother({ abandonedAfterMs: 600_000, giveUpAfterMs: 60_000 });
    await many(4, 100);
    const late = await commitOnly(opened, inShard(3, 5));
    const reading = (async () => {
      const events = [];
      let after = BOTH;
      while (after.get(3) !== 5 || after.get(4) !== HELD_EVENTS_MAX + 3100) {
        // Small pages: what arrives behind them is held.
        const page = await slow.readFeed({ after, limitPerShard: 50, types: null });
        events.push(...page.events);
        after = new Map(page.upTo);
      }
      return events;
    })();
    await many(4, HELD_EVENTS_MAX + 3000);
    const connection = new EventStoreDbConnection(opened.eventStoreUrl, QUICK);
    await new UnfinishedAppends({ connection, database: opened.pool, prefix: opened.prefix }).finish(late!);
    await connection.close();
    const events = await reading;
    expect(events).toHaveLength(HELD_EVENTS_MAX + 3105);
    const reached = new Map(BOTH);
    for (const { shard, position } of events) {
      expect(position).toBe(reached.get(shard)! + 1);
      reached.set(shard, position);
    }
  });
});
