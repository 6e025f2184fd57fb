import { beforeEach, describe, expect, it } from '@jest/globals';
import { BACKWARDS, binaryEvent, END, type EventStoreDBClient, START } from '@eventstore/db-client';
import {
  append,
  cleanUpAfterEach,
  collect,
  connect,
  connectAgain,
  CREDENTIALS,
  errorOf,
  event,
  events,
  revisionsOf,
  started,
} from './double.spec-support.js';
import type { EventStoreDouble } from './event-store-double.js';
import { startEventStoreDouble } from './start-event-store.js';

cleanUpAfterEach();
let double: EventStoreDouble;
let client: EventStoreDBClient;

beforeEach(async () => {
  double = await started(startEventStoreDouble());
  client = connect(double.url);
});

const at = (position: number) => ({ commit: BigInt(position), prepare: BigInt(position) });
const positions = () => double.all().map(({ position }) => position);

async function positionsOf(options: Parameters<EventStoreDBClient['readAll']>[0]): Promise<number[]> {
  return (await collect(client.readAll(options))).map(({ event: read }) => Number(read?.position.commit));
}

describe('a read of a stream', () => {
  const read = (options?: Parameters<EventStoreDBClient['readStream']>[1]) =>
    revisionsOf(client.readStream('s', options));

  it('goes forwards and backwards, from a revision or an end, up to a count', async () => {
    await append(client, 's', events(5));
    expect(await read()).toEqual([0, 1, 2, 3, 4]);
    expect(await read({ fromRevision: 2n })).toEqual([2, 3, 4]);
    expect(await read({ fromRevision: 1n, maxCount: 2 })).toEqual([1, 2]);
    expect(await read({ fromRevision: 9n })).toEqual([]);
    expect(await read({ direction: BACKWARDS, fromRevision: END })).toEqual([4, 3, 2, 1, 0]);
    expect(await read({ direction: BACKWARDS, fromRevision: 2n })).toEqual([2, 1, 0]);
    expect(await read({ direction: BACKWARDS, fromRevision: END, maxCount: 1 })).toEqual([4]);
    expect(await read({ direction: BACKWARDS, fromRevision: START })).toEqual([0]);
  });

  it('of many events is complete and in order', async () => {
    for (let batch = 0; batch < 5; batch += 1) await append(client, 's', events(1000));
    expect(await read()).toEqual(Array.from({ length: 5000 }, (_, revision) => revision));
  });

  it('finds nothing where nothing was written', async () => {
    expect(await errorOf(read())).toMatchObject({ type: 'stream-not-found' });
  });

  it('leaves out what its metadata truncates', async () => {
    await append(client, 's', events(5));
    await client.setStreamMetadata('s', { truncateBefore: 3 });
    expect(await read()).toEqual([3, 4]);
    expect(await read({ direction: BACKWARDS, fromRevision: END })).toEqual([4, 3]);
    await client.setStreamMetadata('s', { maxCount: 1 });
    expect(await read()).toEqual([4]);
    expect((await client.getStreamMetadata('s')).metadata).toEqual({ maxCount: 1 });
  });

  it('does not find a soft-deleted stream until it is written again', async () => {
    await append(client, 's', events(2));
    await client.deleteStream('s', { expectedRevision: 1n });
    expect(await errorOf(read())).toMatchObject({ type: 'stream-not-found' });
    await append(client, 's', event());
    expect(await read()).toEqual([2]);
  });

  it('fails on a tombstone', async () => {
    await append(client, 's', events(2));
    await client.tombstoneStream('s');
    expect(await errorOf(read())).toMatchObject({ type: 'stream-deleted', streamName: 's' });
  });
});

describe('a link', () => {
  const linked = async (resolveLinkTos: boolean) =>
    (await collect(client.readStream('links', { resolveLinkTos }))).map(({ event: read, link }) => [
      read?.streamId,
      link?.type,
    ]);

  it('is resolved for who wants it, and to nothing where its event is gone', async () => {
    await append(client, 's', events(2));
    const links = ['0@s', '1@s'].map((text) => binaryEvent({ type: '$>', data: Buffer.from(text) }));
    await client.appendToStream('links', links, { credentials: CREDENTIALS });
    await client.setStreamMetadata('s', { truncateBefore: 1 });
    expect(await linked(true)).toEqual([
      [undefined, '$>'],
      ['s', '$>'],
    ]);
    expect(await linked(false)).toEqual([
      ['links', undefined],
      ['links', undefined],
    ]);
    const received = new Promise((resolve) => {
      client.subscribeToStream('links', { resolveLinkTos: true, fromRevision: 0n }).once('data', resolve);
    });
    expect(await received).toMatchObject({ event: { streamId: 's', revision: 1n }, link: { streamId: 'links' } });
  });
});

describe('a delete', () => {
  it('of another revision than the last conflicts', async () => {
    await append(client, 's', events(2));
    const conflict = { type: 'wrong-expected-version', streamName: 's', expectedVersion: 0n, actualVersion: 1n };
    expect(await errorOf(client.deleteStream('s', { expectedRevision: 0n }))).toMatchObject(conflict);
    expect(await errorOf(client.tombstoneStream('s', { expectedRevision: 0n }))).toMatchObject(conflict);
  });

  it('answers with the position it was written at', async () => {
    await append(client, 's', events(2));
    const deleted = await client.deleteStream('s');
    expect(deleted.position).toEqual(at(positions().at(-1)!));
    const tombstone = await client.tombstoneStream('s');
    expect(tombstone.position).toEqual(at(positions().at(-1)!));
  });
});

describe('a read of $all', () => {
  it('includes the event at its position forwards and leaves it out backwards', async () => {
    await append(client, 'a', events(2));
    await append(client, 'b', events(2));
    const [first, second, third, fourth] = positions();
    expect(await positionsOf({})).toEqual([first, second, third, fourth]);
    expect(await positionsOf({ fromPosition: at(second!) })).toEqual([second, third, fourth]);
    expect(await positionsOf({ fromPosition: at(second! + 1) })).toEqual([third, fourth]);
    expect(await positionsOf({ fromPosition: at(third!), direction: BACKWARDS })).toEqual([second, first]);
    expect(await positionsOf({ fromPosition: END, direction: BACKWARDS, maxCount: 1 })).toEqual([fourth]);
    expect(await positionsOf({ fromPosition: END })).toEqual([]);
  });

  it('has positions that rise, but not one by one', async () => {
    await append(client, 'a', events(50));
    const gaps = positions().map((position, index, every) => position - (every[index - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(1);
  });

  it('shows metadata, system events, and deleted streams until they are scavenged', async () => {
    await append(client, 'deleted', events(3));
    await append(client, 'gone', events(3));
    await append(client, 'kept', events(2));
    await client.setStreamMetadata('kept', { truncateBefore: 1 });
    double.writeSystemEvent();
    await client.deleteStream('deleted');
    await client.tombstoneStream('gone');
    const read = async () =>
      (await collect(client.readAll())).map(({ event: one }) => `${String(one?.streamId)} ${String(one?.type)}`);
    const stats = `$stats-127.0.0.1:${double.port} $statsCollected`;
    const late = ['$$kept $metadata', stats, '$$deleted $metadata', 'gone $streamDeleted'];
    const [deleted, gone, kept] = ['deleted noted', 'gone noted', 'kept noted'];
    expect(await read()).toEqual([deleted, deleted, deleted, gone, gone, gone, kept, kept, ...late]);
    double.scavenge();
    expect(await read()).toEqual([deleted, kept, ...late]);
    expect(await errorOf(collect(client.readStream('gone')))).toMatchObject({ type: 'stream-deleted' });
    expect(await revisionsOf(client.readStream('kept'))).toEqual([1]);
    await append(client, 'deleted', event(), 'no_stream');
    expect(await revisionsOf(client.readStream('deleted'))).toEqual([3]);
  });

  it('is the same after a restart', async () => {
    await append(client, 's', events(3));
    const before = double.all();
    await double.restart();
    client = await connectAgain(double.url);
    expect(await positionsOf({})).toEqual(before.map(({ position }) => position));
  });
});
