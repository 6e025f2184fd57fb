import { expect } from '@jest/globals';
import type { EventStoreDouble } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { expectDense, said, streamOf } from '../contract/story.spec-support.js';
import type { AppendBatch, EventStore, StoredEvent } from '../port.js';
import { inTransaction } from '../transaction.js';
import { commitBatch } from './commit-batch.js';
import type { Unfinished } from './commit-batch.js';
import type { EventStoreDbForSpec } from './eventstoredb-store.spec-support.js';
import { inFlight } from './in-flight.js';
import type { Timing } from './timing.js';

export const FROM_THE_START = new Map(Array.from({ length: 16 }, (_, shard) => [shard, 0]));

const STREAMS_AT_ONCE = 50;

/** As in the product, in the proportions of a spec. */
export const QUICK: Timing = {
  patienceMs: 8000,
  openPatienceMs: 5000,
  readPatienceMs: 8000,
  callMs: 400,
  finishAfterMs: 50,
  abandonedAfterMs: 100,
  brokenForMs: 200,
  resubscribeAfterMs: 300,
  giveUpAfterMs: 1000,
};

/** What a writer leaves that is killed between the two databases. */
export function commitOnly(opened: EventStoreDbForSpec, batch: AppendBatch): Promise<Unfinished> {
  return inTransaction(opened.pool, (client) => commitBatch(client, batch, opened.store.shards));
}

/** What the streams are to say, by stream. */
export type Story = ReadonlyMap<string, readonly unknown[]>;

/** Fails unless every stream says just this, in all ways there are to read it, and EventStoreDB holds each event once. */
export async function expectStory(
  opened: EventStoreDbForSpec,
  store: EventStore,
  story: Story,
): Promise<StoredEvent[]> {
  const told = [...story];
  const loaded = await store.loadStreams([...story.keys()], 1);
  expect(told.map(([streamId]) => [streamId, said(loaded.get(streamId)?.events ?? [])])).toEqual(told);
  const read: [string, unknown[]][] = [];
  await inFlight([...story.keys()], STREAMS_AT_ONCE, async (streamId) => {
    read.push([streamId, said(await streamOf(store, streamId))]);
  });
  expect(new Map(read)).toEqual(story);
  const events = await expectDense(store, FROM_THE_START);
  const fed = new Map<string, StoredEvent[]>();
  for (const event of events) fed.set(event.streamId, [...(fed.get(event.streamId) ?? []), event]);
  expect(told.map(([streamId]) => [streamId, said(fed.get(streamId) ?? [])])).toEqual(told);
  expectOnce(opened.double!, opened.prefix, events.length);
  return events;
}

/** Fails unless the double holds so many events of the store, none of them twice and every stream without a hole. */
export function expectOnce(double: EventStoreDouble, prefix: string, count: number): void {
  const own = double.all().filter(({ stream }) => stream.startsWith(prefix));
  expect(own).toHaveLength(count);
  expect(new Set(own.map(({ id }) => id)).size).toBe(count);
  const last = new Map<string, number>();
  for (const { stream, revision } of own) {
    expect(revision).toBe((last.get(stream) ?? -1) + 1);
    last.set(stream, revision);
  }
}

export async function expectNothingUnfinished({ pool }: EventStoreDbForSpec): Promise<void> {
  await until(async () => (await pool.query('SELECT FROM store.unfinished_append')).rows.length === 0);
}

export async function until(holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error('it never came to that');
    await delay(5);
  }
}

/** The error something ends with, and after how long. */
export async function failureOf(work: Promise<unknown>): Promise<{ readonly error: Error; readonly ms: number }> {
  const startedAt = Date.now();
  try {
    await work;
  } catch (error) {
    return { error: error as Error, ms: Date.now() - startedAt };
  }
  throw new Error('it did not fail');
}

/** Does the same again and again until it is ended. */
export function meanwhile(work: () => Promise<unknown>): { readonly end: () => Promise<void> } {
  const state = { isOver: false };
  const going = (async () => {
    while (!state.isOver) await work();
  })();
  return {
    end: () => {
      state.isOver = true;
      return going;
    },
  };
}
