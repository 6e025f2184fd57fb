import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonEvent } from '@eventstore/db-client';
import type { EventStoreDouble } from '@retention/testing';
import { batchOf, feedAfter, newName, newStreamIn, notes, onto, said } from '../contract/story.spec-support.js';
import { streamOf, taking, versionOf } from '../contract/story.spec-support.js';
import { shardOf } from '../port.js';
import type { AppendBatch, EventStore } from '../port.js';
import { EventStoreDbConnection } from './connection.js';
import type { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { commitOnly, expectNothingUnfinished, expectStory, failureOf, FROM_THE_START } from './faults.spec-support.js';
import { QUICK, until } from './faults.spec-support.js';
import type { Timing } from './timing.js';
import { UnfinishedAppends } from './unfinished-appends.js';

/** Nobody waits long for a server that is away. */
const IMPATIENT = { ...QUICK, patienceMs: 1000, openPatienceMs: 1500, readPatienceMs: 4000, callMs: 1000 };
/** Nor gives up one that is there and slow, as on a machine with much to do. */
const PATIENT = { ...IMPATIENT, patienceMs: 10_000, openPatienceMs: 5000, callMs: 5000 };

let opened: EventStoreDbForSpec;
let store: EventStoreDbEventStore;
let double: EventStoreDouble;

async function begin(timing: Timing): Promise<void> {
  opened = await openEventStoreDbForSpec({ withDouble: true, timing });
  ({ store } = opened);
  double = opened.double!;
}

function batchOver(streamIds: readonly string[], version = 0, count = 2): AppendBatch {
  return batchOf(...streamIds.map((streamId) => onto(streamId, version, notes(count))));
}

/** How somebody may come upon what was left. Each resolves when all of it is to be found. */
const WAYS: [string, (by: EventStore, streamIds: readonly string[]) => Promise<unknown>][] = [
  ['loads the streams', (by, streamIds) => by.loadStreams(streamIds, 1)],
  ['reads one of them after the other', (by, streamIds) => Promise.all(streamIds.map((id) => streamOf(by, id)))],
  ['reads the feed', (by) => feedAfter(by, FROM_THE_START, 100)],
];

function isUnavailable(error: unknown): false {
  expect(error).toMatchObject({ name: 'EventStoreDbUnavailable' });
  return false;
}

describe('a server that is away for longer than anybody waits', () => {
  beforeAll(() => begin(IMPATIENT));
  afterAll(() => opened.close());
  let streamIds: string[];
  const advance = { consumer: 'a consumer', source: 's' };
  let next = 0;

  beforeEach(async () => {
    streamIds = Array.from({ length: 40 }, () => newName('stream'));
    await double.stop();
  });
  afterEach(async () => {
    if (!double.isRunning) await double.start();
    // This store is impatient, and a busy machine slow to take what was left.
    const isBack = () => store.append(batchOver([newName('stream')])).then(() => true, isUnavailable);
    await until(isBack, 60_000);
    await expectNothingUnfinished(opened);
  });

  async function appendInVain(): Promise<void> {
    const expected = next === 0 ? null : next;
    next += 1;
    const batch = taking([{ ...advance, expected, next }], ...batchOver(streamIds).streams);
    const { error, ms } = await failureOf(store.append(batch));
    expect(error).toMatchObject({ name: 'EventStoreDbUnavailable' });
    expect(ms).toBeLessThan(3 * IMPATIENT.patienceMs);
    expect(await store.offsets(advance.consumer)).toEqual(new Map([['s', next]]));
  }

  async function expectAll(by: EventStore): Promise<void> {
    const loaded = await by.loadStreams(streamIds, 1);
    expect(streamIds.filter((id) => said(loaded.get(id)!.events).join() !== '1,2')).toEqual([]);
  }

  it.each(WAYS)('leaves a committed batch, which is there for the same process when it %s', async (_, read) => {
    await appendInVain();
    await double.start();
    await read(store, streamIds);
    await expectAll(store);
  });

  it.each(WAYS)('leaves a committed batch, which is there for another process when it %s', async (_, read) => {
    await double.start();
    const other = await opened.openAnother();
    await double.stop();
    await appendInVain();
    await double.start();
    await read(other, streamIds);
    await expectAll(other);
  });

  it('leaves a committed batch, which is there for a process that starts then', async () => {
    await appendInVain();
    await expect(opened.openAnother()).rejects.toMatchObject({ name: 'EventStoreDbUnavailable' });
    await double.start();
    const other = await opened.openAnother();
    await expectNothingUnfinished(opened);
    await expectAll(other);
  });

  it('fails a batch after its patience, however many streams it has', async () => {
    const { error, ms } = await failureOf(
      store.append(batchOver(Array.from({ length: 800 }, () => newName('stream')))),
    );
    expect(error).toMatchObject({ name: 'EventStoreDbUnavailable' });
    expect(ms).toBeLessThan(3 * IMPATIENT.patienceMs);
  });

  it('lets a writer commit no more than that batch, and go on when the server is back', async () => {
    await appendInVain();
    const more = Array.from({ length: 3 }, () => newName('stream'));
    for (let round = 0; round < 2; round += 1) {
      const { error } = await failureOf(store.append(batchOver(more)));
      expect(error).toMatchObject({ name: 'EventStoreDbUnavailable' });
    }
    expect((await opened.pool.query('SELECT FROM store.unfinished_append')).rows).toHaveLength(1);
    await double.start();
    await store.append(batchOver(streamIds.slice(0, 2), 2, 1));
    await store.append(batchOver(more));
    expect(await Promise.all([streamIds[0]!, more[0]!].map((id) => versionOf(store, id)))).toEqual([3, 2]);
  });

  it('in the end has lost and doubled nothing', async () => {
    await double.start();
    await expectStory(opened, store, new Map());
  });
});

describe('a process that was killed between the two databases', () => {
  beforeAll(() => begin(PATIENT));
  afterAll(() => opened.close());

  it.each(WAYS)('has its batch finished by another one that %s', async (_, read) => {
    const other = await opened.openAnother();
    const streamIds = Array.from({ length: 50 }, () => newName('stream'));
    await commitOnly(opened, batchOver(streamIds));
    await read(other, streamIds);
    for (const streamId of streamIds) expect(double.stream(opened.prefix + streamId)).toHaveLength(2);
  });

  it('has its batch finished by one that starts', async () => {
    const streamIds = Array.from({ length: 50 }, () => newName('stream'));
    await commitOnly(opened, batchOver(streamIds));
    await opened.openAnother();
    for (const streamId of streamIds) expect(double.stream(opened.prefix + streamId)).toHaveLength(2);
    await expectNothingUnfinished(opened);
  });

  it('has batches after one another of the same streams finished in their order', async () => {
    const streamIds = Array.from({ length: 5 }, () => newName('stream'));
    for (let version = 0; version < 10; version += 1) await commitOnly(opened, batchOver(streamIds, version, 1));
    const loaded = await store.loadStreams(streamIds, 1);
    for (const streamId of streamIds) expect(loaded.get(streamId)!.events).toHaveLength(10);
  });

  it('holds up nobody who appends to its streams without having read them', async () => {
    const [one, other] = [newName('stream'), newName('stream')];
    await commitOnly(opened, batchOver([one]));
    await commitOnly(opened, batchOver([other]));
    await store.append(batchOf(onto(one, 2, notes(3)), onto(other, 2, notes(1)), onto(newName('stream'), 0, notes(1))));
    expect(said(await streamOf(store, one))).toEqual([1, 2, 1, 2, 3]);
    expect(said(await streamOf(store, other))).toEqual([1, 2, 1]);
  });

  it('has only the streams written that somebody reads, while it may be alive', async () => {
    const streamIds = Array.from({ length: 300 }, () => newName('stream'));
    await commitOnly(opened, batchOver(streamIds));
    const before = double.calls().get('Streams/Append')!;
    expect(await versionOf(store, streamIds[7]!)).toBe(2);
    expect(double.calls().get('Streams/Append')! - before).toBe(1);
    await feedAfter(store, FROM_THE_START, 1000);
  });

  it('may be finished by many at once', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => opened.openAnother()));
    for (let round = 0; round < 5; round += 1) {
      const streamIds = Array.from({ length: 40 }, () => newName('stream'));
      const left = await commitOnly(opened, batchOver(streamIds));
      const own = new UnfinishedAppends({ ...connected(), database: opened.pool });
      const ways = stores.map((by, index) => WAYS[index % WAYS.length]![1](by, streamIds));
      await Promise.all([...ways, own.finish(left!), own.finishAll(0), opened.openAnother()]);
    }
    await expectNothingUnfinished(opened);
  });

  it('in the end has lost and doubled nothing', async () => {
    await expectStory(opened, store, new Map());
  });

  const connections: EventStoreDbConnection[] = [];
  function connected(): { connection: EventStoreDbConnection; prefix: string } {
    const connection = new EventStoreDbConnection(opened.eventStoreUrl, PATIENT);
    connections.push(connection);
    return { connection, prefix: opened.prefix };
  }
  afterAll(() => Promise.all(connections.map((connection) => connection.close())));
});

describe('a batch that cannot be written', () => {
  beforeAll(() => begin(PATIENT));
  afterAll(() => opened.close());

  it('stops what touches its broken streams, and nothing else', async () => {
    const broken = newStreamIn(3, 16);
    const [beside, apart] = [newStreamIn(3, 16), newStreamIn(4, 16)];
    const connection = new EventStoreDbConnection(opened.eventStoreUrl, PATIENT);
    await connection.client.appendToStream(opened.prefix + broken, jsonEvent({ type: 'alien', data: {} }));
    await connection.close();
    const { error } = await failureOf(store.append(batchOver([broken, beside, apart])));
    expect(error).toMatchObject({ name: 'StoresApart', message: expect.stringContaining(`${broken} holds`) });

    const other = await opened.openAnother();
    for (const by of [store, other]) {
      // The other streams of the batch are written, and go on.
      expect(await Promise.all([beside, apart].map((id) => versionOf(by, id)))).toEqual([2, 2]);
      await by.append(batchOver([newStreamIn(4, 16), newStreamIn(3, 16)]));
      await expect(by.loadStreams([apart, broken], 1)).rejects.toMatchObject({
        name: 'StoresApart',
        message: expect.stringContaining(broken),
      });
      // Other shards are read to their heads; its own as far as it goes.
      const shards = [...FROM_THE_START].filter(([shard]) => shard !== 3);
      const head = await by.head();
      const events = await feedAfter(by, new Map(shards), 100);
      expect(events).toHaveLength([...head].reduce((sum, [shard, last]) => sum + (shard === 3 ? 0 : last), 0));
      const { error: ofFeed, ms } = await failureOf(feedAfter(by, FROM_THE_START, 100));
      expect(ofFeed).toMatchObject({ name: 'StoresApart', message: expect.stringContaining(broken) });
      expect(ms).toBeLessThan(IMPATIENT.giveUpAfterMs);
    }
  });

  it('keeps no other batch from being finished', async () => {
    const streamIds = Array.from({ length: 20 }, () => newName('stream')).filter((id) => shardOf(id, 16) !== 3);
    await commitOnly(opened, batchOver(streamIds));
    const after = new Map([...FROM_THE_START].filter(([shard]) => shard !== 3));
    const events = await feedAfter(store, after, 100);
    expect(events.filter(({ streamId }) => streamIds.includes(streamId))).toHaveLength(2 * streamIds.length);
    await until(async () => (await opened.pool.query('SELECT FROM store.unfinished_append')).rows.length === 1);
  });

  it('is not mended by deleting what stands in its way, and that is said', async () => {
    const { rows } = await opened.pool.query<{ content: string }>('SELECT content FROM store.unfinished_append');
    const [[broken]] = JSON.parse(rows[0]!.content) as [[string]];
    const connection = new EventStoreDbConnection(opened.eventStoreUrl, PATIENT);
    await connection.client.deleteStream(opened.prefix + broken);
    await connection.close();
    const { error } = await failureOf(versionOf(store, broken));
    expect(error).toMatchObject({ name: 'StoresApart', message: expect.stringContaining(broken) });
  });
});
