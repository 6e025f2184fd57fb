import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, FeedPositions, StoredEvent } from '../port.js';
import { batchOf, expectDense, newName, notes, onto, said, streamOf, taking, versionOf } from './story.spec-support.js';

/** What a store is opened with, besides itself. */
export interface Interruptible {
  readonly store: EventStore;
  /** Cuts whatever the store has open to its servers, as a failing network does. */
  interrupt(): Promise<void>;
  /** The store of another process, on the same servers. */
  openAnother(): Promise<EventStore>;
}

const INTERRUPTIONS = 15;

/** Interrupts again and again until told that it is enough. */
async function interruptWhile(opened: Interruptible, work: (isOver: () => boolean) => Promise<void>): Promise<void> {
  let interruptions = 0;
  const interrupting = (async () => {
    for (; interruptions < INTERRUPTIONS; interruptions += 1) {
      await delay(5 + Math.random() * 60);
      await opened.interrupt();
    }
  })();
  await work(() => interruptions >= INTERRUPTIONS);
  await interrupting;
}

/** Makes the call until it does not fail. What was cut while it was idle is noticed by whoever takes it next. */
async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    const tried = await call().then(
      (value) => ({ value }),
      () => null,
    );
    if (tried !== null) return tried.value;
    await delay(5);
  }
}

async function readOn(
  store: EventStore,
  after: FeedPositions,
  limitPerShard: number,
): Promise<[StoredEvent[], FeedPositions]> {
  const page = await insist(() => store.readFeed({ after, limitPerShard, types: null }));
  return [[...page.events], page.upTo];
}

export function describeInterruption(opened: () => Interruptible): void {
  describe('an append whose outcome is not known', () => {
    it('has happened whole or not at all, and what was read tells which', async () => {
      const { store } = opened();
      const start = await store.head();
      const consumer = newName('consumer');
      const written: string[] = [];
      await interruptWhile(opened(), async (isOver) => {
        for (let next = 1; !isOver(); next += 1) {
          const streamIds = Array.from({ length: 30 }, () => newName('stream'));
          const advance = { consumer, source: 's', expected: next === 1 ? null : next - 1, next };
          const batch = taking([advance], ...streamIds.map((streamId) => onto(streamId, 0, notes(2))));
          for (let isWritten = false; !isWritten;) {
            await store.append(batch).catch(() => undefined);
            isWritten = (await insist(() => store.offsets(consumer))).get('s') === next;
            const loaded = await insist(() => store.loadStreams(streamIds, 1));
            expect([...loaded.values()].map(({ events }) => events.length)).toEqual(
              isWritten ? streamIds.map(() => 2) : [],
            );
          }
          written.push(...streamIds);
        }
      });
      const events = await insist(() => expectDense(store, start));
      expect(events.map(({ streamId, version }) => `${streamId}@${version}`).sort()).toEqual(
        written.flatMap((streamId) => [`${streamId}@1`, `${streamId}@2`]).sort(),
      );
    });

    it('is a conflict when it is made again after it has happened', async () => {
      const { store } = opened();
      const streamId = newName('stream');
      const batch = batchOf(onto(streamId, 0, notes(3)));
      await store.append(batch);
      await expect(store.append(batch)).rejects.toMatchObject({ name: 'AppendConflict', on: 'stream' });
      expect(said(await streamOf(store, streamId))).toEqual([1, 2, 3]);
    });

    it('is a conflict for another process as well, whatever part of it that repeats', async () => {
      const { store, openAnother } = opened();
      const another = await openAnother();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(3))));
      for (const count of [1, 3, 5]) {
        await expect(another.append(batchOf(onto(streamId, 0, notes(count))))).rejects.toMatchObject({ on: 'stream' });
      }
      await another.append(batchOf(onto(streamId, 3, notes(1))));
      expect(said(await streamOf(store, streamId))).toEqual([1, 2, 3, 1]);
    });
  });

  describe('a reader that is cut off', () => {
    it('goes on where it was, and sees each event once', async () => {
      const { store, openAnother } = opened();
      const reader = await openAnother();
      const start = await store.head();
      const streamIds = Array.from({ length: 60 }, () => newName('stream'));
      const seen: StoredEvent[] = [];
      let after = start;
      await interruptWhile(opened(), async (isOver) => {
        for (let round = 0; round < 8 || !isOver(); round += 1) {
          // One writer, which sees after each failure how far it has come.
          const version = await insist(() => versionOf(store, streamIds[0]!));
          const streams = streamIds.map((streamId) => onto(streamId, version, notes(1)));
          await store.append(batchOf(...streams)).catch(() => undefined);
          const [events, upTo] = await readOn(reader, after, 50);
          seen.push(...events);
          after = upTo;
        }
      });
      const head = await insist(() => store.head());
      while ([...head].some(([shard, last]) => (after.get(shard) ?? 0) < last)) {
        const [events, upTo] = await readOn(reader, after, 50);
        seen.push(...events);
        after = upTo;
      }
      const version = await insist(() => versionOf(store, streamIds[0]!));
      for (const streamId of streamIds) {
        const versions = seen.filter((event) => event.streamId === streamId).map((event) => event.version);
        expect(versions).toEqual(Array.from({ length: version }, (_, index) => index + 1));
      }
    });

    it('catches up from the beginning to what another process writes meanwhile', async () => {
      const { store, openAnother } = opened();
      const reader = await openAnother();
      const start = await store.head();
      let isWriting = true;
      const write = async (): Promise<number> => {
        for (let round = 0; round < 30; round += 1) {
          await store.append(batchOf(...Array.from({ length: 20 }, () => onto(newName('stream'), 0, notes(2)))));
        }
        isWriting = false;
        return 30 * 20 * 2;
      };
      const read = async (): Promise<number> => {
        let events = 0;
        let after = start;
        for (let isLast = false; !isLast;) {
          isLast = !isWriting;
          const [page, upTo] = await readOn(reader, after, 1000);
          events += page.length;
          after = upTo;
        }
        return events;
      };
      const [written, seen] = await Promise.all([write(), read()]);
      expect(seen).toBe(written);
      await expectDense(reader, start);
    });
  });
}
