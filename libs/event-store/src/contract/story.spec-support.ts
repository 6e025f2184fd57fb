import { expect } from '@jest/globals';
import { shardOf } from '../port.js';
import type {
  AppendBatch,
  ConflictOn,
  ConsumerAdvance,
  EventStore,
  FeedPositions,
  NewEvent,
  Snapshot,
  StoredEvent,
  StreamAppend,
} from '../port.js';

/** Gives the store under test to the cases; it is opened once for all of them, so each case uses streams of its own. */
export type StoreUnderTest = () => EventStore;

let named = 0;

/** A name no other case has used: of a stream, a consumer, a row. */
export function newName(what: string): string {
  named += 1;
  return `${what}-${named}`;
}

export function newStreamIn(shard: number, shards: number): string {
  for (;;) {
    const streamId = newName('stream');
    if (shardOf(streamId, shards) === shard) return streamId;
  }
}

export function noted(note: unknown, type = 'noted'): NewEvent {
  return { type, payload: JSON.stringify({ note }), origin: null };
}

/** `count` events that say which of them they are. */
export function notes(count: number, type = 'noted'): NewEvent[] {
  return Array.from({ length: count }, (_, index) => noted(index + 1, type));
}

export function onto(
  streamId: string,
  expectedVersion: number,
  events: readonly NewEvent[],
  snapshot: Snapshot | null = null,
): StreamAppend {
  return { streamId, expectedVersion, events, snapshot };
}

export function batchOf(...streams: StreamAppend[]): AppendBatch {
  return { streams, advances: [], companions: [] };
}

export function taking(advances: readonly ConsumerAdvance[], ...streams: StreamAppend[]): AppendBatch {
  return { streams, advances, companions: [] };
}

export async function expectConflict(appending: Promise<void>, on: ConflictOn): Promise<void> {
  await expect(appending).rejects.toMatchObject({ name: 'AppendConflict', on });
}

export async function streamOf(store: EventStore, streamId: string): Promise<StoredEvent[]> {
  return store.readStream(streamId, 0, 1_000_000);
}

export async function versionOf(store: EventStore, streamId: string): Promise<number> {
  return (await streamOf(store, streamId)).length;
}

/** What the events of `notes` and `noted` say, in the order given. */
export function said(events: readonly { readonly payload: string }[]): unknown[] {
  return events.map(({ payload }) => (JSON.parse(payload) as { note: unknown }).note);
}

/** The feed of all shards after the positions given, read page by page to its head. */
export async function feedAfter(
  store: EventStore,
  start: FeedPositions,
  limitPerShard: number,
  types: readonly string[] | null = null,
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let after = start;
  for (;;) {
    const page = await store.readFeed({ after, limitPerShard, types });
    events.push(...page.events);
    const hasMoved = [...page.upTo].some(([shard, upTo]) => upTo > (after.get(shard) ?? 0));
    if (!hasMoved) return events;
    after = page.upTo;
  }
}

/** Fails unless the positions of each shard go 1, 2, 3 … from where `start` says up to the head. */
export async function expectDense(store: EventStore, start: FeedPositions): Promise<StoredEvent[]> {
  const events = await feedAfter(store, start, 1000);
  const reached = new Map(start);
  for (const { shard, position } of events) {
    expect(position).toBe((reached.get(shard) ?? 0) + 1);
    reached.set(shard, position);
  }
  expect(reached).toEqual(await store.head());
  return events;
}

/** Fails unless `act` leaves every head where it is. */
export async function expectNothingWritten(store: EventStore, act: () => Promise<void>): Promise<void> {
  const before = await store.head();
  await act();
  expect(await store.head()).toEqual(before);
}
