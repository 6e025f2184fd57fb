import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonEvent } from '@eventstore/db-client';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { EventStoreDouble } from '@retention/testing';
import { batchOf, feedAfter, newName, noted, notes, onto, said, streamOf } from '../contract/story.spec-support.js';
import { shardOf } from '../port.js';
import { EventStoreDbConnection } from './connection.js';
import type { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { failureOf, QUICK } from './faults.spec-support.js';

let opened: EventStoreDbForSpec;
let store: EventStoreDbEventStore;
let double: EventStoreDouble;
/** Somebody else at the same server. */
let other: EventStoreDbConnection;
let client: EventStoreDBClient;

beforeAll(async () => {
  opened = await openEventStoreDbForSpec({ withDouble: true, timing: QUICK });
  ({ store } = opened);
  double = opened.double!;
  other = new EventStoreDbConnection(opened.eventStoreUrl, QUICK);
  ({ client } = other);
});
afterAll(async () => {
  await other.close();
  await opened.close();
});

async function written(events: number): Promise<string> {
  const streamId = newName('stream');
  await store.append(batchOf(onto(streamId, 0, notes(events))));
  return streamId;
}

/** Fails unless every way to read the stream says that the two stores came apart, and names it. */
async function expectApart(streamId: string, message: RegExp): Promise<void> {
  const beside = await written(1);
  for (const read of [
    () => store.loadStreams([beside, streamId], 1),
    () => store.readStream(streamId, 0, 100),
    async () => (await opened.openAnother()).loadStreams([streamId], 1),
  ]) {
    const { error } = await failureOf(read());
    expect(error).toMatchObject({ name: 'StoresApart', message: expect.stringMatching(message) });
    expect(error.message).toContain(streamId);
  }
  expect(said(await streamOf(store, beside))).toEqual([1]);
}

async function expectAppendApart(streamId: string, version: number): Promise<void> {
  const beside = newName('stream');
  const { error } = await failureOf(
    store.append(batchOf(onto(streamId, version, [noted('on')]), onto(beside, 0, notes(1)))),
  );
  expect(error).toMatchObject({ name: 'StoresApart', message: expect.stringContaining(streamId) });
  expect(said(await streamOf(store, beside))).toEqual([1]);
}

describe('a stream that was deleted in EventStoreDB', () => {
  it('is refused to its readers', async () => {
    const streamId = await written(3);
    await client.deleteStream(opened.prefix + streamId);
    await expectApart(streamId, /ends at version 0 in EventStoreDB, PostgreSQL knows it up to 3/);
  });

  it('takes what follows for a writer who knew it, and is then refused to its readers', async () => {
    // The server says nothing of it to who appends at the right revision. What was decided is kept; the rest is gone.
    const streamId = await written(3);
    await client.deleteStream(opened.prefix + streamId);
    await store.append(batchOf(onto(streamId, 3, [noted('on')])));
    await expectApart(streamId, /has lost its events before version 4/);
    // The feed still has them, as long as nobody scavenges.
    const events = await feedAfter(store, new Map([[shardOf(streamId, 16), 0]]), 100);
    expect(said(events.filter((event) => event.streamId === streamId))).toEqual([1, 2, 3, 'on']);
  });

  it('before the product ever wrote to it is refused to writers', async () => {
    const streamId = newName('stream');
    await client.appendToStream(opened.prefix + streamId, jsonEvent({ type: 'alien', data: {} }));
    await client.deleteStream(opened.prefix + streamId);
    await expectAppendApart(streamId, 0);
  });

  it('for good is refused to everybody', async () => {
    const streamId = await written(3);
    await client.tombstoneStream(opened.prefix + streamId);
    await expectApart(streamId, /was deleted for good in EventStoreDB/);
    await expectAppendApart(streamId, 3);
  });
});

describe('a stream that was truncated in EventStoreDB', () => {
  it.each([
    ['before its second event', { truncateBefore: 1 }, /has lost its events before version 2/],
    ['before an event that is still to come', { truncateBefore: 9 }, /ends at version 0/],
    ['to its last event', { maxCount: 1 }, /has lost its events before version 3/],
  ])('%s is refused to its readers', async (_, metadata, message) => {
    const streamId = await written(3);
    await client.setStreamMetadata(opened.prefix + streamId, metadata);
    await expectApart(streamId, message);
    double.scavenge();
    await expectApart(streamId, /has lost its events|ends at version 0/);
  });

  it('behind a snapshot is read from there', async () => {
    const streamId = newName('stream');
    await store.append(batchOf(onto(streamId, 0, notes(5), { version: 5, form: 1, state: 'five' })));
    await client.setStreamMetadata(opened.prefix + streamId, { truncateBefore: 5 });
    await store.append(batchOf(onto(streamId, 5, notes(2))));
    expect(said((await store.loadStreams([streamId], 1)).get(streamId)!.events)).toEqual([1, 2]);
    const { error } = await failureOf(store.loadStreams([streamId], 2));
    expect(error).toMatchObject({ name: 'StoresApart' });
  });
});

describe('a stream into which somebody else has written', () => {
  it('is refused to its readers and writers, from there on', async () => {
    const streamId = await written(3);
    await client.appendToStream(opened.prefix + streamId, jsonEvent({ type: 'noted', data: { note: 'alien' } }));
    // What is committed is there, and all of it.
    expect(said(await streamOf(store, streamId))).toEqual([1, 2, 3]);
    await expectAppendApart(streamId, 3);
    await expectApart(streamId, /holds other events in EventStoreDB after version 3|did not write/);
  });

  it('is refused also where the other one went on at the right revision', async () => {
    const streamId = await written(2);
    await client.appendToStream(opened.prefix + streamId, jsonEvent({ type: 'noted', data: { note: 'alien' } }));
    await opened.pool.query('UPDATE store.stream_head SET version = 3 WHERE stream_id = $1', [streamId]);
    await expectApart(streamId, /holds an event the product did not write/);
  });
});

describe('a long stream with a snapshot near its end', () => {
  it('is loaded without what lies before the snapshot', async () => {
    const streamId = newName('stream');
    for (let version = 0; version < 10_000; version += 1000) {
      const snapshot = version === 9000 ? { version: 9990, form: 1, state: 'nearly all' } : null;
      await store.append(batchOf(onto(streamId, version, notes(1000), snapshot)));
    }
    const cold = await opened.openAnother();
    // A read that fails halfway fails behind half of what there is to send.
    double.faults.next('read', { kind: 'error-halfway' }, opened.prefix + streamId);
    const before = double.calls().get('Streams/Read')!;
    const loaded = (await cold.loadStreams([streamId], 1)).get(streamId)!;
    expect(loaded.snapshot?.version).toBe(9990);
    expect(loaded.events.map(({ version }) => version)).toEqual([
      9991, 9992, 9993, 9994, 9995, 9996, 9997, 9998, 9999, 10_000,
    ]);
    expect(double.calls().get('Streams/Read')! - before).toBe(2);
    expect(await cold.readStream(streamId, 4000, 3)).toHaveLength(3);
    expect((await cold.loadStreams([streamId], 2)).get(streamId)!.events).toHaveLength(10_000);
  });

  it.each(['error-before', 'error-halfway', 'never', 'late', 'drop-connections', 'not-leader'] as const)(
    'is read whole though reading it meets %s',
    async (kind) => {
      const streamId = await written(500);
      for (let round = 0; round < 2; round += 1) {
        double.faults.next('read', { kind, ms: 600 }, opened.prefix + streamId);
        expect(said(await streamOf(store, streamId))).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
      }
    },
  );
});
