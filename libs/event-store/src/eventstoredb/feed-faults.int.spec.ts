import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import type { EventStoreDouble, SubscriptionFault } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import {
  batchOf,
  expectDense,
  feedAfter,
  newName,
  newStreamIn,
  notes,
  onto,
  said,
} from '../contract/story.spec-support.js';
import type { EventStore, FeedPositions, StoredEvent } from '../port.js';
import type { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { commitOnly, FROM_THE_START, QUICK } from './faults.spec-support.js';
import { UnfinishedAppends } from './unfinished-appends.js';
import { EventStoreDbConnection } from './connection.js';

let opened: EventStoreDbForSpec;
let store: EventStoreDbEventStore;
let double: EventStoreDouble;

async function begin(): Promise<void> {
  opened = await openEventStoreDbForSpec({ withDouble: true, timing: QUICK });
  ({ store } = opened);
  double = opened.double!;
}

/** Appends so many notes to new streams over all shards, two to each. */
async function write(events: number, by: EventStore = store): Promise<void> {
  for (let left = events / 2; left > 0; left -= 200) {
    const streams = Array.from({ length: Math.min(200, left) }, () => onto(newName('stream'), 0, notes(2)));
    await by.append(batchOf(...streams));
  }
}

/** A connection beside the stores. */
async function beside<T>(use: (connection: EventStoreDbConnection) => Promise<T>): Promise<T> {
  const connection = new EventStoreDbConnection(opened.eventStoreUrl, QUICK);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** Follows the feed until `isOver`, and then to its head; fails at the first hole. */
async function follow(by: EventStore, start: FeedPositions, isOver: () => boolean, limit = 50): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let after = start;
  for (;;) {
    const isLast = isOver();
    const page = await by.readFeed({ after, limitPerShard: limit, types: null });
    const reached = new Map(after);
    for (const { shard, position } of page.events) {
      expect(position).toBe(reached.get(shard)! + 1);
      reached.set(shard, position);
    }
    expect(page.upTo).toEqual(reached);
    events.push(...page.events);
    after = page.upTo;
    if (isLast && page.events.length === 0) return events;
    if (page.events.length === 0) await delay(2);
  }
}

function sorted(events: readonly StoredEvent[]): StoredEvent[] {
  return [...events].sort((one, other) => one.shard - other.shard || one.position - other.position);
}

const FAULTS: [string, SubscriptionFault][] = [
  ['is ended by the server', { kind: 'end' }],
  ['fails', { kind: 'error' }],
  ['is cancelled by the server', { kind: 'error', code: 'CANCELLED' }],
  ['fails for no known reason', { kind: 'error', code: 'UNKNOWN' }],
  ['falls silent for good', { kind: 'freeze' }],
  ['pauses', { kind: 'freeze', ms: 150 }],
  ['loses its connection', { kind: 'drop-connections' }],
];

describe('a subscription', () => {
  let all: StoredEvent[];
  beforeAll(async () => {
    await begin();
    await write(1200);
    all = sorted(await expectDense(store, FROM_THE_START));
  });
  afterAll(() => opened.close());

  it.each(FAULTS)('that %s while the reader catches up leaves no hole', async (_, fault) => {
    for (const afterEvents of [0, 1, 777, 1199]) {
      const reader = await opened.openAnother();
      double.faults.next('subscription', { ...fault, afterEvents });
      double.faults.next('subscription', { ...fault, afterEvents: 100 });
      expect(sorted(await feedAfter(reader, FROM_THE_START, 70))).toEqual(all);
      double.faults.stop();
      await reader.close();
    }
  });

  it.each(FAULTS)('that %s while the reader follows leaves no hole', async (_, fault) => {
    const reader = await opened.openAnother();
    const start = await store.head();
    let isOver = false;
    for (let round = 0; round < 4; round += 1)
      double.faults.next('subscription', { ...fault, afterEvents: round * 30 });
    const following = follow(reader, start, () => isOver);
    for (let round = 0; round < 10; round += 1) await write(40);
    isOver = true;
    expect(await following).toHaveLength(400);
    double.faults.stop();
    await reader.close();
  });

  it('is begun again where the server restarts, again and again, while the reader catches up', async () => {
    all = sorted(await expectDense(store, FROM_THE_START));
    const reader = await opened.openAnother();
    const reading = follow(reader, FROM_THE_START, () => true, 20);
    for (let round = 0; round < 5; round += 1) {
      await delay(60);
      if (round % 2 === 0) await double.restart();
      else double.dropConnections();
    }
    expect(sorted(await reading)).toEqual(all);
    await reader.close();
  });

  it('may be struck at random while writers write and readers of other shards read', async () => {
    const start = await store.head();
    double.faults.randomly({
      seed: 7,
      longestMs: 300,
      mostEventsBefore: 100,
      rates: { subscription: { end: 0.2, error: 0.2, freeze: 0.2, 'drop-connections': 0.05 } },
    });
    let isOver = false;
    const shardsOf = (reader: number): FeedPositions =>
      new Map([...start].filter(([shard]) => reader === 0 || (shard * 7 + reader) % 4 === 0));
    const reading = Array.from({ length: 9 }, (_, reader) => follow(store, shardsOf(reader), () => isOver));
    await Promise.all(
      [0, 1].map(async () => {
        for (let round = 0; round < 25; round += 1) await write(40);
      }),
    );
    isOver = true;
    const read = await Promise.all(reading);
    double.faults.stop();
    const written = await expectDense(store, start);
    expect(written).toHaveLength(2000);
    for (const [reader, events] of read.entries()) {
      const wanted = shardsOf(reader);
      expect(events).toHaveLength(written.filter(({ shard }) => wanted.has(shard)).length);
      expect(new Set(events.map(({ shard, position }) => `${shard}/${position}`)).size).toBe(events.length);
    }
  });
});

describe('a log in which others write as well', () => {
  beforeAll(begin);
  afterAll(() => opened.close());

  /** Where the subscriptions begin that `use` makes. */
  async function startsOf(reader: EventStoreDbEventStore, use: () => Promise<unknown>): Promise<(bigint | null)[]> {
    const { client } = (reader as unknown as { connection: EventStoreDbConnection }).connection;
    const starts: (bigint | null)[] = [];
    const subscribe = client.subscribeToAll.bind(client);
    client.subscribeToAll = (...[options, ...rest]: Parameters<typeof subscribe>) => {
      const from = options?.fromPosition;
      starts.push(typeof from === 'object' ? from.commit : null);
      return subscribe(options, ...rest);
    };
    await use();
    return starts;
  }

  const end = (): number => double.all().at(-1)!.position;

  it('is read past what is not of the store, of whatever kind', async () => {
    const own = newName('stream');
    await store.append(batchOf(onto(own, 0, notes(2))));
    await beside(async ({ client }) => {
      const foreign = { metadata: { position: 1, recordedAt: 1 } };
      await client.appendToStream(`x${opened.prefix}${own}`, jsonEvent({ type: 'noted', data: {}, ...foreign }));
      await client.appendToStream('gone', jsonEvent({ type: 'noted', data: {} }));
      await client.deleteStream('gone');
      await client.appendToStream('gone for good', jsonEvent({ type: 'noted', data: {} }));
      await client.tombstoneStream('gone for good');
      // Under the prefix of the store, but nothing it has written: links to its events, to nothing, and an event.
      const links = `${opened.prefix}links`;
      for (const to of [`0@${opened.prefix}${own}`, '7@nowhere', '0@gone']) {
        await client.appendToStream(links, binaryEvent({ type: '$>', data: Buffer.from(to) }));
      }
      await client.appendToStream(links, jsonEvent({ type: 'noted', data: { note: 'not ours' } }));
      await client.appendToStream(links, jsonEvent({ type: 'noted', data: {}, metadata: { position: 'x' } }));
    });
    for (let count = 0; count < 300; count += 1) double.writeSystemEvent();
    await store.append(batchOf(onto(own, 2, notes(1))));
    const reader = await opened.openAnother();
    const events = await expectDense(reader, FROM_THE_START);
    expect(said(events.filter(({ streamId }) => streamId === own))).toEqual([1, 2, 1]);
    double.scavenge();
    expect(await expectDense(await opened.openAnother(), FROM_THE_START)).toEqual(events);
  });

  it('is not read again from where a mark says that there is nothing', async () => {
    await write(2);
    for (let count = 0; count < 40_000; count += 1) double.writeSystemEvent();
    const before = end();
    await write(2);
    await expectDense(store, FROM_THE_START);
    const head = await store.head();
    for (let count = 0; count < 40_000; count += 1) double.writeSystemEvent();
    await write(2);
    await feedAfter(store, head, 100);

    const reader = await opened.openAnother();
    const starts = await startsOf(reader, () => feedAfter(reader, head, 100));
    expect(starts).toHaveLength(1);
    expect(Number(starts[0])).toBeGreaterThanOrEqual(before);
    // And from the very beginning nothing is missing.
    await expectDense(reader, FROM_THE_START);
  });

  it('has a mark every thousand events, however often and by however many it is read', async () => {
    await opened.pool.query('TRUNCATE store.feed_mark');
    await write(5000);
    await Promise.all(
      [store, await opened.openAnother(), await opened.openAnother()].map((by) => expectDense(by, FROM_THE_START)),
    );
    const { rows } = await opened.pool.query('SELECT FROM store.feed_mark');
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(rows.length).toBeLessThanOrEqual(14);
    const again = await opened.openAnother();
    const half = new Map([...(await store.head())].map(([shard, last]) => [shard, Math.floor(last * 0.8)]));
    const starts = await startsOf(again, () => expectDense(again, half));
    expect(Number(starts[0])).toBeGreaterThan(end() / 2);
  });
});

describe('batches that arrive in another order than they were committed', () => {
  beforeAll(begin);
  afterAll(() => opened.close());

  it('are put back in order, and none is skipped', async () => {
    await beside(async (connection) => {
      const unfinished = new UnfinishedAppends({ connection, database: opened.pool, prefix: opened.prefix });
      const slow = await opened.openAnother({ abandonedAfterMs: 60_000 });
      for (let round = 0; round < 20; round += 1) {
        const start = await store.head();
        const streamIds = Array.from({ length: 4 }, () => newStreamIn(round % 16, 16));
        const left = [];
        for (const id of streamIds) left.push(await commitOnly(opened, batchOf(onto(id, 0, notes(2)))));
        const reading = expectDense(slow, start);
        for (const batch of left.reverse()) {
          await unfinished.finish(batch!);
          await delay(5);
        }
        const events = await reading;
        expect(events.map(({ streamId }) => streamId)).toEqual(streamIds.flatMap((id) => [id, id]));
      }
    });
  });

  it('leave no mark behind which one of them would be missed', async () => {
    const start = await store.head();
    const slow = await opened.openAnother({ abandonedAfterMs: 600_000, giveUpAfterMs: 60_000 });
    const late = await commitOnly(opened, batchOf(onto(newStreamIn(3, 16), 0, notes(2))));
    await store.append(batchOf(onto(newStreamIn(3, 16), 0, notes(10))));
    await write(3000);
    const inShard3 = (await store.head()).get(3)! - start.get(3)! - 12;
    await slow.readFeed({ after: start, limitPerShard: 1000, types: null });
    await beside((connection) =>
      new UnfinishedAppends({ connection, database: opened.pool, prefix: opened.prefix }).finish(late!),
    );
    for (const by of [slow, await opened.openAnother()]) {
      expect(await feedAfter(by, new Map([[3, start.get(3)!]]), 1000)).toHaveLength(12 + inShard3);
    }
  });
});
