import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AppendExpectedRevision, AppendResult, EventStoreDBClient, JSONEventData } from '@eventstore/db-client';
import {
  append,
  cleanUpAfterEach,
  connect,
  connectAgain,
  errorOf,
  event,
  events,
  revisionsOf,
  started,
} from './double.spec-support.js';
import type { EventStoreDouble } from './event-store-double.js';
import { startEventStoreDouble } from './start-event-store.js';

type Append = (
  stream: string,
  toAppend: JSONEventData[],
  expectedRevision: AppendExpectedRevision,
) => Promise<AppendResult>;

const CALLS = [
  ['Streams/Append', (client: EventStoreDBClient): Append => append.bind(null, client)],
  [
    'Streams/BatchAppend',
    (client: EventStoreDBClient): Append =>
      (stream, toAppend, expectedRevision) =>
        client.appendToStream(stream, toAppend, { expectedRevision }),
  ],
] as const;

describe.each(CALLS)('an append by %s', (call, appending) => {
  cleanUpAfterEach();
  let double: EventStoreDouble;
  let client: EventStoreDBClient;
  let write: Append;

  beforeEach(async () => {
    double = await started(startEventStoreDouble());
    client = connect(double.url);
    write = appending(client);
  });

  async function restart(): Promise<void> {
    await double.restart();
    write = appending(await connectAgain(double.url));
  }

  const conflict = { type: 'wrong-expected-version' };
  const ids = (stream: string): string[] => double.stream(stream).map(({ id }) => id);

  it('comes by this call', async () => {
    await write('s', [event()], 'any');
    expect(double.calls().get(call)).toBe(1);
  });

  it('is written where the stream does not exist yet, as expected', async () => {
    const result = await write('s', events(2), 'no_stream');
    const [, last] = double.stream('s');
    expect(result).toEqual({
      success: true,
      nextExpectedRevision: 1n,
      position: { commit: BigInt(last!.position), prepare: BigInt(last!.position) },
    });
  });

  it('is written at the expected revision, and ids are not checked there', async () => {
    const twice = events(2);
    await write('s', twice, 'no_stream');
    expect(await write('s', twice, 1n)).toMatchObject({ nextExpectedRevision: 3n });
    expect(ids('s')).toEqual([...twice, ...twice].map(({ id }) => id));
  });

  it('is idempotent below the current revision when every id follows there, whatever its age', async () => {
    const first = await write('s', events(1), 'no_stream');
    const repeated = events(2);
    const original = await write('s', repeated, first.nextExpectedRevision);
    await write('s', events(3), 2n);
    await restart();
    expect(await write('s', repeated, 0n)).toEqual(original);
    expect(ids('s')).toHaveLength(6);
  });

  it('is idempotent for a stream that it created itself', async () => {
    const repeated = events(2);
    const original = await write('s', repeated, 'no_stream');
    expect(await write('s', repeated, 'no_stream')).toEqual(original);
  });

  it('conflicts below the current revision when the first id is another', async () => {
    await write('s', events(2), 'no_stream');
    expect(await errorOf(write('s', events(1), 0n))).toMatchObject({
      ...conflict,
      streamName: 's',
      expectedVersion: 0n,
      actualVersion: 1n,
    });
    expect(await errorOf(write('s', events(1), 'no_stream'))).toMatchObject({ expectedVersion: 'no_stream' });
  });

  it('conflicts when the first ids match and a later one does not', async () => {
    const [first, second] = events(2);
    await write('s', [first!, second!], 'no_stream');
    expect(await errorOf(write('s', [first!, event()], 'no_stream'))).toMatchObject(conflict);
    expect(await errorOf(write('s', [first!, second!, event()], 'no_stream'))).toMatchObject(conflict);
    expect(ids('s')).toHaveLength(2);
  });

  it('conflicts above the current revision', async () => {
    await write('s', events(1), 'no_stream');
    expect(await errorOf(write('s', events(1), 5n))).toMatchObject({ ...conflict, actualVersion: 0n });
    expect(await errorOf(write('new', events(1), 0n))).toMatchObject({ ...conflict, actualVersion: 'no_stream' });
  });

  it.each(['any', 'stream_exists'] as const)(
    'is idempotent for "%s" while its ids are remembered',
    async (expected) => {
      const repeated = events(2);
      const original = await write('s', repeated, 'no_stream');
      await write('s', events(1), 1n);
      expect(await write('s', repeated, expected)).toEqual(original);
      expect(ids('s')).toHaveLength(3);
    },
  );

  it('is written again for "any" by a process that does not remember its ids', async () => {
    const repeated = events(2);
    await write('s', repeated, 'no_stream');
    await restart();
    expect(await write('s', repeated, 'any')).toMatchObject({ nextExpectedRevision: 3n });
  });

  it('conflicts for "any" when some ids are remembered and then one is not', async () => {
    const [known] = events(1);
    await write('s', [known!], 'no_stream');
    expect(await errorOf(write('s', [known!, event()], 'any'))).toMatchObject({ ...conflict, expectedVersion: 'any' });
  });

  it('conflicts for "stream exists" when it does not', async () => {
    expect(await errorOf(write('s', events(1), 'stream_exists'))).toMatchObject({
      ...conflict,
      expectedVersion: 'stream_exists',
      actualVersion: 'no_stream',
    });
  });

  it.each([
    ['no stream', 'no_stream'],
    ['the old last revision', 1n],
    ['any', 'any'],
  ] as const)('goes on behind the old last revision of a soft-deleted stream, expecting %s', async (_, expected) => {
    await write('s', events(2), 'no_stream');
    await client.deleteStream('s');
    expect(await write('s', events(2), expected)).toMatchObject({ nextExpectedRevision: 3n });
    expect(await revisionsOf(client.readStream('s'))).toEqual([2, 3]);
    expect(double.all().map(({ stream }) => stream)).toEqual(['s', 's', '$$s', 's', 's', '$$s']);
  });

  it('fails for "stream exists" on a soft-deleted stream', async () => {
    await write('s', events(1), 'no_stream');
    await client.deleteStream('s');
    expect(await errorOf(write('s', events(1), 'stream_exists'))).toMatchObject({ type: 'stream-deleted' });
  });

  it.each(['no_stream', 'any', 'stream_exists', 0n] as const)(
    'fails for good on a tombstone, expecting %s',
    async (expected) => {
      await write('s', events(1), 'no_stream');
      await client.tombstoneStream('s');
      expect(await errorOf(write('s', events(1), expected))).toMatchObject({ type: 'stream-deleted', streamName: 's' });
      expect(await errorOf(write('$$s', events(1), 'any'))).toMatchObject({ type: 'stream-deleted' });
    },
  );

  it('is refused when all of it is too large, and nothing is written', async () => {
    const half = { text: 'x'.repeat(600 * 1024) };
    const tooLarge = [event('large', half), event('large', half)];
    expect(await errorOf(write('s', tooLarge, 'no_stream'))).toMatchObject({
      type: 'maximum-append-size-exceeded',
      maxAppendSize: 1024 * 1024,
    });
    expect(double.all()).toEqual([]);
    expect(await write('s', [event('large', half)], 'no_stream')).toMatchObject({ success: true });
  });

  it('without events changes nothing', async () => {
    expect(await write('s', [], 'any')).toMatchObject({ success: true, position: undefined });
    expect(double.all()).toEqual([]);
  });

  it('keeps data, metadata and ids as they came', async () => {
    const sent = { ...event('noted', { amount: '12.50', name: '李娜' }), metadata: { source: '/loans' } };
    await write('s', [sent], 'any');
    for await (const { event: read } of client.readStream('s')) {
      expect(read).toMatchObject({
        id: sent.id,
        type: 'noted',
        isJson: true,
        data: sent.data,
        metadata: sent.metadata,
      });
      expect(Math.abs(Date.now() - read!.created.getTime())).toBeLessThan(60_000);
    }
  });
});

describe('a batch append', () => {
  cleanUpAfterEach();

  it('is put together from its frames', async () => {
    const double = await started(startEventStoreDouble());
    const client = connect(double.url);
    await client.appendToStream('s', events(20), { expectedRevision: 'no_stream', batchAppendSize: 200 });
    expect(double.stream('s')).toHaveLength(20);
    expect(double.calls().get('Streams/BatchAppend:append')).toBe(1);
  });

  it('is not written when its deadline has passed', async () => {
    const double = await started(startEventStoreDouble());
    const client = connect(double.url);
    const late = client.appendToStream('s', events(1), { deadline: -1000 });
    expect(await errorOf(late)).toMatchObject({ type: 'deadline-exceeded' });
    expect(double.all()).toEqual([]);
  });

  it('shares its call with others, and each gets its own answer', async () => {
    const double = await started(startEventStoreDouble());
    const client = connect(double.url);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => client.appendToStream(`s-${index % 10}`, events(2))),
    );
    expect(results.every(({ success }) => success)).toBe(true);
    expect(double.all()).toHaveLength(100);
    expect(double.calls().get('Streams/BatchAppend')).toBe(1);
  });
});
