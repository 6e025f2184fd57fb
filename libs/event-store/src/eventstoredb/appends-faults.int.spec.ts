import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AppendFault, EventStoreDouble } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { batchOf, expectConflict, expectNothingWritten, newName, noted } from '../contract/story.spec-support.js';
import { newStreamIn, notes, onto, said, streamOf, taking } from '../contract/story.spec-support.js';
import type { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { openEventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { expectNothingUnfinished, expectStory, failureOf, QUICK, until } from './faults.spec-support.js';

let opened: EventStoreDbForSpec;
let store: EventStoreDbEventStore;
let double: EventStoreDouble;
/** What all streams of the spec have to say in the end. */
const story = new Map<string, unknown[]>();

beforeAll(async () => {
  opened = await openEventStoreDbForSpec({ withDouble: true, timing: QUICK });
  ({ store } = opened);
  double = opened.double!;
});
afterAll(() => opened.close());

/** Streams that will say 1 to `count`. */
function streams(howMany: number, count = 2): string[] {
  const streamIds = Array.from({ length: howMany }, () => newName('stream'));
  const said = Array.from({ length: count }, (_, index) => index + 1);
  for (const streamId of streamIds) story.set(streamId, said);
  return streamIds;
}

async function expectWritten(streamIds: readonly string[], by = store): Promise<void> {
  const loaded = await by.loadStreams(streamIds, 1);
  for (const streamId of streamIds) expect(said(loaded.get(streamId)!.events)).toEqual(story.get(streamId));
  await expectNothingUnfinished(opened);
}

const UNKNOWN_OUTCOMES: [string, AppendFault][] = [
  ['fails before it is written', { kind: 'error-before' }],
  ['is cancelled before it is written', { kind: 'error-before', code: 'CANCELLED' }],
  ['fails for no known reason', { kind: 'error-before', code: 'UNKNOWN' }],
  ['fails inside the server', { kind: 'error-before', code: 'INTERNAL' }],
  ['fails after it was written', { kind: 'error-after' }],
  ['runs out of time after it was written', { kind: 'error-after', code: 'DEADLINE_EXCEEDED' }],
  ['is answered when nobody waits any more', { kind: 'late', ms: 600 }],
  ['is never answered and was not written', { kind: 'never', written: false }],
  ['is never answered and was written', { kind: 'never', written: true }],
  ['loses its connection before it is written', { kind: 'drop-connections', written: false }],
  ['loses its connection after it was written', { kind: 'drop-connections', written: true }],
  ['is written and not replicated for a while, so that its repetition is dropped', { kind: 'not-replicated', ms: 700 }],
  ['comes to a server that does not lead', { kind: 'not-leader' }],
];

describe('an append of a batch whose outcome is unknown', () => {
  it.each(UNKNOWN_OUTCOMES)('because it %s, is made again until it is written once', async (_, fault) => {
    const streamIds = streams(5);
    for (let round = 0; round < 2; round += 1) double.faults.next('append', fault, opened.prefix + streamIds[2]!);
    await store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(2)))));
    await expectWritten(streamIds);
  });

  it('again and again leaves the others alone, and is written in the end', async () => {
    const streamIds = streams(60);
    const [unlucky] = streamIds;
    for (let round = 0; round < 6; round += 1) {
      double.faults.next(
        'append',
        { kind: round % 2 === 0 ? 'error-before' : 'error-after' },
        opened.prefix + unlucky!,
      );
    }
    const appending = store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(2)))));
    await until(() => streamIds.slice(1).every((streamId) => double.stream(opened.prefix + streamId).length === 2));
    await appending;
    await expectWritten(streamIds);
  });
});

describe('a batch of many streams', () => {
  const isUnderWay = (streamIds: readonly string[], share: number): Promise<void> =>
    until(
      () => streamIds.filter((id) => double.stream(opened.prefix + id).length > 0).length >= share * streamIds.length,
    );

  it.each([0.1, 0.5, 0.9])('is written in whole when all connections break after %d of it', async (share) => {
    const streamIds = streams(400);
    const appending = store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(2)))));
    await isUnderWay(streamIds, share);
    double.dropConnections();
    await appending;
    await expectWritten(streamIds);
  });

  it('is written in whole when the server is away in the middle of it', async () => {
    const streamIds = streams(400);
    const appending = store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(2)))));
    await isUnderWay(streamIds, 0.3);
    await double.stop();
    await delay(700);
    await double.start();
    await isUnderWay(streamIds, 0.6);
    await double.restart();
    await appending;
    await expectWritten(streamIds);
  });

  it('is written in whole when the server stands still in the middle of it', async () => {
    const streamIds = streams(400);
    const appending = store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(2)))));
    await isUnderWay(streamIds, 0.3);
    double.freezeAll(900);
    await appending;
    await expectWritten(streamIds);
  });
});

describe('an append of more than the server takes at once', () => {
  const big = (note: number) => noted({ note, text: 'x'.repeat(200_000) });
  const bigOnes = Array.from({ length: 20 }, (_, index) => big(index));
  const bigNotes = bigOnes.map(({ payload }) => (JSON.parse(payload) as { note: unknown }).note);

  it.each(UNKNOWN_OUTCOMES)('of which a part %s, is completed without doubling', async (_, fault) => {
    const streamId = newName('stream');
    story.set(streamId, bigNotes);
    const name = opened.prefix + streamId;
    const appending = store.append(batchOf(onto(streamId, 0, bigOnes)));
    await until(() => double.stream(name).length > 0);
    double.faults.next('append', fault, name);
    double.faults.next('append', fault, name);
    await appending;
    double.faults.stop();
    expect(double.stream(name)).toHaveLength(20);
    await expectWritten([streamId]);
  });

  it.each([
    ['payload', { ...noted('x'.repeat(1024 * 1024)), origin: null }],
    ['origin', { ...noted(1), origin: JSON.stringify('x'.repeat(1024 * 1024)) }],
    ['origin that grows when it is quoted', { ...noted(1), origin: `[ ${'"",'.repeat(200_000)}1]` }],
  ])('is refused where a single event is too large because of its %s, and nothing is written', async (_, event) => {
    const [one, other] = [newName('stream'), newName('stream')];
    await expectNothingWritten(store, async () => {
      const advance = { consumer: newName('consumer'), source: 's', expected: null, next: 1 };
      const appending = store.append(taking([advance], onto(one, 0, notes(1)), onto(other, 0, [...notes(2), event])));
      await expect(appending).rejects.toMatchObject({ name: 'EventTooLarge', code: '54000' });
      expect(await store.offsets(advance.consumer)).toEqual(new Map());
      expect(await streamOf(store, one)).toEqual([]);
    });
  });

  it.each([
    ['payload', { ...noted('x'.repeat(1024 * 1024 - 5000)), origin: null }],
    ['origin', { ...noted('small'), origin: JSON.stringify('x'.repeat(500 * 1024)) }],
    ['origin that is quoted', { ...noted('small'), origin: `[ ${'"",'.repeat(160_000)}1]` }],
  ])('is taken where its greatest event just fits because of its %s', async (_, event) => {
    const streamId = newName('stream');
    await store.append(batchOf(onto(streamId, 0, [event, event])));
    story.set(streamId, said([event, event]));
    expect((await store.readStream(streamId, 0, 9)).map(({ origin }) => origin)).toEqual([event.origin, event.origin]);
  });
});

describe('an append that is refused', () => {
  it('names the streams that have moved, whatever the server does', async () => {
    const [one, other, third] = streams(3, 1);
    await store.append(batchOf(...[one!, other!].map((streamId) => onto(streamId, 0, notes(1)))));
    await double.stop();
    const again = [one!, third!, other!].map((streamId) => onto(streamId, 0, notes(1)));
    const { error } = await failureOf(store.append(batchOf(...again)));
    await double.start();
    expect(error).toMatchObject({ name: 'AppendConflict', on: 'stream', streams: [one, other] });
    await store.append(batchOf(onto(third!, 0, notes(1))));
  });

  it('by a companion or an offset sends nothing to the server', async () => {
    const before = double.calls().get('Streams/Append');
    const streamId = newStreamIn(3, 16);
    const advance = { consumer: 'nobody', source: 's', expected: 7, next: 8 };
    await expectConflict(store.append(taking([advance], onto(streamId, 0, notes(1)))), 'offset');
    const companion = { text: 'SELECT 1', values: [], rows: 2 };
    const streamsOfIt = [onto(streamId, 0, notes(1))];
    await expectConflict(store.append({ streams: streamsOfIt, advances: [], companions: [companion] }), 'companion');
    expect(double.calls().get('Streams/Append')).toBe(before);
  });
});

describe('after all of this', () => {
  it('every stream says what it was told, once, and the feed has it all', async () => {
    await expectStory(opened, store, story);
  });
});
