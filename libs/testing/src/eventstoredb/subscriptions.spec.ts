import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  excludeSystemEvents,
  type Position,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { append, cleanUpAfterEach, connect, event, events, listen, started } from './double.spec-support.js';
import type { EventStoreDouble } from './event-store-double.js';
import { startEventStoreDouble } from './start-event-store.js';

cleanUpAfterEach();
let double: EventStoreDouble;
let client: EventStoreDBClient;

beforeEach(async () => {
  double = await started(startEventStoreDouble());
  client = connect(double.url);
});

const positionAt = (index: number): Position => {
  const position = BigInt(double.all()[index]!.position);
  return { commit: position, prepare: position };
};

describe('a subscription to a stream', () => {
  it('sends what there is, says that it is caught up, and goes on live', async () => {
    await append(client, 's', [event('a'), event('b')]);
    const told = listen(client.subscribeToStream('s'));
    await told.until(3);
    await append(client, 's', event('c'));
    await append(client, 'other', event('d'));
    await append(client, 's', event('e'));
    await told.until(5);
    expect(told.what).toEqual(['a', 'b', 'caughtUp', 'c', 'e']);
  });

  it('begins behind the revision it names', async () => {
    await append(client, 's', [event('a'), event('b'), event('c')]);
    const told = listen(client.subscribeToStream('s', { fromRevision: 1n }));
    await told.until(2);
    expect(told.what).toEqual(['c', 'caughtUp']);
  });

  it('waits for a stream that does not exist', async () => {
    const told = listen(client.subscribeToStream('s'));
    await append(client, 's', event('a'));
    await told.until(2);
    expect(told.what).toEqual(['a', 'caughtUp']);
  });

  it('from the end sends only what comes', async () => {
    await append(client, 's', event('a'));
    const told = listen(client.subscribeToStream('s', { fromRevision: END }));
    await told.until(1);
    await append(client, 's', event('b'));
    await told.until(2);
    expect(told.what).toEqual(['caughtUp', 'b']);
  });

  it('ends with an error when the stream gets a tombstone', async () => {
    await append(client, 's', event('a'));
    const told = listen(client.subscribeToStream('s'));
    await told.until(2);
    await client.tombstoneStream('s');
    expect(await told.over).toMatchObject({ type: 'stream-deleted' });
    expect(await listen(client.subscribeToStream('s')).over).toMatchObject({ type: 'stream-deleted' });
  });
});

describe('a subscription to $all', () => {
  it('begins behind its position, also where that was scavenged', async () => {
    await append(client, 'deleted', [event('a'), event('b')]);
    await append(client, 's', [event('c'), event('d')]);
    const [a, c] = [positionAt(0), positionAt(2)];
    const fromC = listen(client.subscribeToAll({ fromPosition: c }));
    await fromC.until(2);
    expect(fromC.what).toEqual(['d', 'caughtUp']);
    await client.deleteStream('deleted');
    double.scavenge();
    const fromA = listen(client.subscribeToAll({ fromPosition: a }));
    await fromA.until(5);
    expect(fromA.what).toEqual(['b', 'c', 'd', '$metadata', 'caughtUp']);
  });

  it('goes on where it was when the log is scavenged under it', async () => {
    await append(client, 'deleted', events(10, 'old'));
    const told = listen(client.subscribeToAll({ fromPosition: END }));
    await told.until(1);
    await client.deleteStream('deleted');
    await told.until(2);
    double.scavenge();
    await append(client, 's', [event('a'), event('b')]);
    await told.until(4);
    expect(told.what).toEqual(['caughtUp', '$metadata', 'a', 'b']);
  });

  it('sends thousands of events in order, however slowly they are taken', async () => {
    for (let batch = 0; batch < 10; batch += 1) await append(client, `s-${batch}`, events(1000));
    const taken: bigint[] = [];
    const subscription = client.subscribeToAll().on('error', () => undefined);
    for await (const { event: read } of subscription) {
      taken.push(read!.position.commit);
      if (taken.length % 1000 === 0) await new Promise(setImmediate);
      if (taken.length === 10_000) break;
    }
    expect(taken).toEqual(double.all().map(({ position }) => BigInt(position)));
  });

  it('tells a live subscription whose client takes nothing that it fell behind, and loses nothing', async () => {
    const subscription = client.subscribeToAll().on('error', () => undefined);
    const behind = new Promise((resolve) => subscription.once('fellBehind', resolve));
    const told = listen(subscription);
    await told.until(1);
    subscription.pause();
    for (let batch = 0; batch < 20; batch += 1) await append(client, 's', events(500));
    subscription.resume();
    await behind;
    const count = (wanted: string): number => told.what.filter((what) => what === wanted).length;
    await told.until(10_002);
    // It may fall behind more than once, and the client tells of that ahead of the events it holds.
    while (count('noted') < 10_000 || count('caughtUp') < 2) await told.until(told.what.length + 1);
    expect(count('noted')).toBe(10_000);
  });

  it('is forgotten when its client leaves', async () => {
    const subscription = client.subscribeToAll().on('error', () => undefined);
    const told = listen(subscription);
    await told.until(1);
    expect(double.openSubscriptions()).toBe(1);
    await subscription.unsubscribe();
    while (double.openSubscriptions() > 0) await new Promise(setImmediate);
    await append(client, 's', event('a'));
    expect(told.what).toEqual(['caughtUp']);
  });
});

describe('a filter', () => {
  const some = [event('loan.a'), event('loan.b'), event('noise'), event('loan.a')];

  it.each([
    ['prefixes of the type', eventTypeFilter({ prefixes: ['loan.a', 'no'] }), ['loan.a', 'noise', 'loan.a']],
    ['a pattern for the type', eventTypeFilter({ regex: '^loan\\.[b-z]' }), ['loan.b']],
    ['prefixes of the stream', streamNameFilter({ prefixes: ['customer-'] }), some.map(({ type }) => type)],
    ['a pattern for the stream', streamNameFilter({ regex: '^other' }), []],
    ['no system events', excludeSystemEvents(), some.map(({ type }) => type)],
  ])('lets through what it names: %s', async (_, filter, expected) => {
    await append(client, 'customer-1', some);
    await client.setStreamMetadata('customer-1', { maxCount: 100 });
    double.writeSystemEvent();
    const told = listen(client.subscribeToAll({ filter }));
    await told.until(expected.length + 1);
    expect(told.what).toEqual([...expected, 'caughtUp']);
  });

  it('reports a checkpoint every so many events, where nothing matched too, and when it is caught up', async () => {
    await append(client, 's', events(10, 'noise'));
    const checkpoints: Position[] = [];
    const checkpointReached = async (_: unknown, position: Position): Promise<void> => {
      checkpoints.push(position);
    };
    const filter = eventTypeFilter({ prefixes: ['a'], maxSearchWindow: 2, checkpointInterval: 2, checkpointReached });
    const told = listen(client.subscribeToAll({ filter, fromPosition: START }));
    await told.until(1);
    expect(checkpoints).toEqual([positionAt(3), positionAt(7), positionAt(9)]);
    await append(client, 's', events(7, 'noise'));
    await append(client, 's', event('a'));
    await told.until(2);
    expect(checkpoints.slice(3)).toEqual([positionAt(11), positionAt(15)]);
    expect(told.what).toEqual(['caughtUp', 'a']);
  });

  it('goes on from a checkpoint without loss', async () => {
    await append(client, 's', [...events(3, 'noise'), event('a')]);
    const filter = eventTypeFilter({ prefixes: ['a'] });
    const told = listen(client.subscribeToAll({ filter, fromPosition: positionAt(2) }));
    await told.until(2);
    expect(told.what).toEqual(['a', 'caughtUp']);
  });
});
