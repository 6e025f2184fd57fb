import { afterEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@retention/platform';
import { createDatabaseForSpec, startEventStoreCluster, startEventStoreDouble } from '@retention/testing';
import type { EventStoreCluster } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  batchOf,
  expectDense,
  feedAfter,
  newName,
  notes,
  onto,
  said,
  streamOf,
} from '../contract/story.spec-support.js';
import type { FeedPositions } from '../port.js';
import { migrate } from '../postgres/postgres-store.spec-support.js';
import { EventStoreDbConnection } from './connection.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec, EventStoreDbSpecOptions } from './eventstoredb-store.spec-support.js';
import { failureOf, FROM_THE_START, meanwhile, QUICK, until } from './faults.spec-support.js';
import { startProxy } from './proxy.spec-support.js';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function open(options: EventStoreDbSpecOptions = {}): Promise<EventStoreDbForSpec> {
  const opened = await openEventStoreDbForSpec({ withDouble: true, timing: QUICK, ...options });
  endings.push(() => opened.close());
  return opened;
}

async function startCluster(): Promise<EventStoreCluster> {
  const cluster = await startEventStoreCluster(3);
  endings.push(() => cluster.stop());
  return cluster;
}

const WAYS: [string, (cluster: EventStoreCluster) => string][] = [
  ['all of its hosts', ({ url }) => url],
  ['a name to discover them by', ({ discoverUrl }) => discoverUrl],
  ['all of its hosts, followers first', ({ url }) => `${url}&nodePreference=follower`],
];

describe.each(WAYS)('a cluster given by %s', (_, urlOf) => {
  it('takes appends and gives the feed while its leader changes', async () => {
    const cluster = await startCluster();
    const { store } = await open({ at: urlOf(cluster) });
    const moving = meanwhile(async () => {
      await delay(200);
      cluster.moveLeader();
    });
    let after: FeedPositions = FROM_THE_START;
    let seen = 0;
    const reading = meanwhile(async () => {
      const page = await store.readFeed({ after, limitPerShard: 100, types: null });
      after = page.upTo;
      seen += page.events.length;
      await delay(5);
    });
    for (let round = 0; round < 15; round += 1) {
      const some = Array.from({ length: 20 }, () => newName('stream'));
      await store.append(batchOf(...some.map((streamId) => onto(streamId, 0, notes(2)))));
      const loaded = await store.loadStreams(some, 1);
      for (const streamId of some) expect(said(loaded.get(streamId)!.events)).toEqual([1, 2]);
    }
    await moving.end();
    await until(() => seen >= 600);
    await reading.end();
    expect(seen).toBe(600);
    expect(await expectDense(store, FROM_THE_START)).toHaveLength(600);
  });

  it('goes on where its members go away and come back one after the other', async () => {
    const cluster = await startCluster();
    const { store } = await open({ at: urlOf(cluster) });
    const [first] = cluster.members;
    let count = 0;
    const writing = meanwhile(async () => {
      await store.append(batchOf(...Array.from({ length: 20 }, () => onto(newName('stream'), 0, notes(2)))));
      count += 40;
    });
    // The one that a name leads to stays.
    for (const member of cluster.members.filter((one) => one !== first)) {
      if (cluster.leader === member) cluster.moveLeader(first);
      await member.stop();
      await delay(150);
      await member.start();
      cluster.moveLeader(member);
      await delay(150);
    }
    await writing.end();
    expect(await expectDense(store, FROM_THE_START)).toHaveLength(count);
  });

  it('that is away in whole is unavailable, ends nothing, and is found again', async () => {
    const cluster = await startCluster();
    const { store, openAnother } = await open({ at: urlOf(cluster), timing: { ...QUICK, readPatienceMs: 1500 } });
    const streamId = newName('stream');
    await store.append(batchOf(onto(streamId, 0, notes(2))));
    await feedAfter(store, FROM_THE_START, 100);
    const reader = await openAnother({ patienceMs: 1500 });
    const appending = failureOf(
      reader.append(batchOf(...Array.from({ length: 300 }, () => onto(newName('stream'), 0, notes(1))))),
    );
    const reading = meanwhile(() => reader.loadStreams([streamId], 1).catch(() => undefined));
    const following = meanwhile(() =>
      reader.readFeed({ after: FROM_THE_START, limitPerShard: 1, types: null }).catch(() => undefined),
    );
    await Promise.all(cluster.members.map((member) => member.stop()));
    expect((await appending).error).toMatchObject({ name: 'EventStoreDbUnavailable' });
    // The client's own search for a node goes on for a while, with nobody waiting for it.
    await delay(1500);
    await Promise.all(cluster.members.map((member) => member.start()));
    await until(async () => (await reader.readStream(streamId, 0, 9).catch(() => [])).length === 2);
    await Promise.all([reading.end(), following.end()]);
    await reader.append(batchOf(onto(streamId, 2, notes(1))));
    expect(await expectDense(store, FROM_THE_START)).toHaveLength(303);
    await reader.close();
  });
});

describe('a login', () => {
  const PASSWORD = 'p@ss:w/rd? #%';
  const url = async (password = PASSWORD): Promise<string> => {
    const credentials = { username: 'app', password: PASSWORD };
    const double = await startEventStoreDouble({ tls: true, credentials });
    endings.push(() => double.stop());
    return double.url.replace(encodeURIComponent(PASSWORD), encodeURIComponent(password));
  };

  it('over TLS is given with everything that is asked', async () => {
    const { store } = await open({ at: await url() });
    const streamId = newName('stream');
    await store.append(batchOf(onto(streamId, 0, notes(2))));
    expect(said(await streamOf(store, streamId))).toEqual([1, 2]);
    expect(await expectDense(store, FROM_THE_START)).toHaveLength(2);
    await store.ping();
  });

  it.each([
    ['a wrong password', (right: string) => right.replace(encodeURIComponent(PASSWORD), 'hunter2-secret')],
    ['no login', (right: string) => right.replace(/\/\/.*@/, '//')],
    ['a login and an option nobody knows', (right: string) => `${right.replace('app:', 'nobody:')}&shoeSize=43`],
  ])('is refused at once where there is %s, and the password is nowhere', async (_, wrong) => {
    const printed: unknown[] = [];
    const { warn } = console;
    console.warn = (...what) => void printed.push(...what);
    const database = await createDatabaseForSpec();
    await migrate(database.url);
    const pool = createPool(database.url, { max: 2, applicationName: 'login' });
    const at = wrong(await url());
    const { error, ms } = await failureOf(EventStoreDbEventStore.open(pool, { url: at, prefix: 'p.' }));
    console.warn = warn;
    await pool.end();
    await database.drop();
    expect(error).toMatchObject({ name: 'LoginRefused', message: expect.stringContaining('EVENTSTORE_URL') });
    expect(ms).toBeLessThan(3000);
    const everything = inspect([error, printed], { depth: 20, showHidden: true });
    for (const secret of [
      PASSWORD,
      encodeURIComponent(PASSWORD),
      'hunter2',
      Buffer.from(PASSWORD).toString('base64'),
    ]) {
      expect(everything).not.toContain(secret);
    }
  });
});

describe('a connection', () => {
  it('is gone with the store, also when it was lost and made again', async () => {
    const double = await startEventStoreDouble();
    endings.push(() => double.stop());
    const proxy = await startProxy(double.url);
    endings.push(() => proxy.close());
    const { store, close } = await openEventStoreDbForSpec({ at: proxy.url, timing: QUICK });
    for (let round = 0; round < 5; round += 1) {
      await store.append(batchOf(...Array.from({ length: 30 }, () => onto(newName('stream'), 0, notes(2)))));
      await store.readFeed({ after: new Map([[round, 0]]), limitPerShard: 1, types: null });
      double.dropConnections();
    }
    await expectDense(store, FROM_THE_START);
    expect(proxy.connections()).toBeGreaterThan(0);
    await close();
    await until(() => proxy.connections() === 0, 2000);
  });

  it('keeps nothing of readings that were given up', async () => {
    const { store, prefix, eventStoreUrl } = await open();
    const streamIds = Array.from({ length: 30 }, () => newName('stream'));
    await store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(60)))));
    // Their first event is gone: reading them ends there, with the rest on its way or already here.
    const beside = new EventStoreDbConnection(eventStoreUrl, QUICK);
    for (const streamId of streamIds) {
      await beside.client.setStreamMetadata(prefix + streamId, { truncateBefore: 1 });
    }
    await beside.close();
    for (const streamId of streamIds) await failureOf(store.readStream(streamId, 0, 100));
    await Promise.all(streamIds.map((streamId) => failureOf(store.loadStreams([streamId], 1))));
    for (let from = 0; from < 10; from += 1) {
      await store.readFeed({ after: new Map([[from, 1]]), limitPerShard: 1, types: null });
    }
    const { client } = (store as unknown as { connection: EventStoreDbConnection }).connection;
    const { disposableStreams } = client as unknown as { disposableStreams: ReadonlySet<unknown> };
    // What is left are the subscriptions that readers may go on with.
    await until(() => disposableStreams.size <= 6, 1000);
  });

  it('that is cut without a word is noticed, and nothing is lost', async () => {
    const double = await startEventStoreDouble();
    endings.push(() => double.stop());
    const proxy = await startProxy(double.url);
    endings.push(() => proxy.close());
    // Without these gRPC looks for a sign of life each 10 seconds, and waits for it as long.
    const at = `${proxy.url}&keepAliveInterval=2000&keepAliveTimeout=2000`;
    const { store } = await open({ at, timing: { ...QUICK, patienceMs: 30_000, giveUpAfterMs: 60_000 } });
    await store.append(batchOf(onto(newName('stream'), 0, notes(2))));
    await feedAfter(store, FROM_THE_START, 100);
    const start = await store.head();
    proxy.cut();
    const appending = store.append(batchOf(...Array.from({ length: 300 }, () => onto(newName('stream'), 0, notes(2)))));
    const reading = until(async () => (await store.head()).get(0) !== start.get(0)).then(() =>
      feedAfter(store, start, 1000),
    );
    await delay(500);
    proxy.restore();
    await appending;
    await reading;
    expect(await expectDense(store, start)).toHaveLength(600);
  });
});
