import { describe, expect, it } from '@jest/globals';
import { AppendConflict } from '../port.js';
import type { EventStore } from '../port.js';
import { batchOf, expectDense, newName, newStreamIn, noted, notes, onto, said } from './story.spec-support.js';
import { streamOf, versionOf } from './story.spec-support.js';
import type { StoreUnderTest } from './story.spec-support.js';

const ROUNDS_MAX = 1000;

/** Appends one note to each of the streams, reading them anew after every conflict. Returns the conflicts met. */
async function insist(store: EventStore, streamIds: readonly string[], note: string): Promise<number> {
  for (let conflicts = 0; conflicts < ROUNDS_MAX; conflicts += 1) {
    const versions = await Promise.all(streamIds.map((streamId) => versionOf(store, streamId)));
    const streams = streamIds.map((streamId, index) => onto(streamId, versions[index]!, [noted(note)]));
    try {
      await store.append(batchOf(...streams));
      return conflicts;
    } catch (error) {
      if (!(error instanceof AppendConflict)) throw error;
    }
  }
  throw new Error('never got through');
}

export function describeWriters(opened: StoreUnderTest): void {
  describe('writers at the same time', () => {
    it('on one stream: exactly one wins each version, and none is lost who tries again', async () => {
      const store = opened();
      const streamId = newName('stream');
      const start = await store.head();
      for (let version = 0; version < 20; version += 1) {
        const tries = await Promise.allSettled(
          ['one', 'other'].map((writer) => store.append(batchOf(onto(streamId, version, [noted(writer)])))),
        );
        expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        for (const lost of tries) if (lost.status === 'rejected') expect(lost.reason).toMatchObject({ on: 'stream' });
      }
      await Promise.all(Array.from({ length: 8 }, (_, writer) => insist(store, [streamId], `late ${writer}`)));
      const events = await streamOf(store, streamId);
      expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 28 }, (_, index) => index + 1));
      expect(new Set(said(events.slice(20))).size).toBe(8);
      await expectDense(store, start);
    });

    it('on streams of their own over all shards never refuse each other, and leave no hole', async () => {
      const store = opened();
      const start = await store.head();
      const write = async (writer: number): Promise<void> => {
        const streamIds = Array.from({ length: store.shards }, (_, shard) => newStreamIn(shard, store.shards));
        // Each writer names the shards in another order: locks taken in that order would wait in a circle.
        const turned = [...streamIds.slice(writer), ...streamIds.slice(0, writer)];
        for (let version = 0; version < 15; version += 1) {
          const ordered = version % 2 === 0 ? turned : [...turned].reverse();
          await store.append(batchOf(...ordered.map((streamId) => onto(streamId, version, notes(1)))));
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
      expect(await expectDense(store, start)).toHaveLength(8 * 15 * store.shards);
    });

    it('on the same few streams all get through, each exactly once', async () => {
      const store = opened();
      const start = await store.head();
      const streamIds = Array.from({ length: 6 }, () => newName('stream'));
      const write = async (writer: number): Promise<void> => {
        for (let turn = 0; turn < 5; turn += 1) {
          const [one, other] = [streamIds[(writer + turn) % 6]!, streamIds[(writer * 2 + turn + 1) % 6]!];
          await insist(store, one === other ? [one] : [one, other], `${writer}.${turn}`);
        }
      };
      await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer)));
      const events = await expectDense(store, start);
      for (const streamId of streamIds) {
        const notesOfStream = said(events.filter((event) => event.streamId === streamId));
        expect(new Set(notesOfStream).size).toBe(notesOfStream.length);
      }
      expect(new Set(said(events)).size).toBe(30);
    });

    it('leave positions dense after many conflicts', async () => {
      const store = opened();
      const start = await store.head();
      const taken = newStreamIn(1, store.shards);
      await store.append(batchOf(onto(taken, 0, notes(1))));
      for (let turn = 0; turn < 10; turn += 1) {
        const fresh = newStreamIn(1, store.shards);
        await Promise.allSettled([
          store.append(batchOf(onto(fresh, 0, notes(3)), onto(taken, 0, notes(1)))),
          store.append(batchOf(onto(fresh, 0, notes(2)))),
        ]);
      }
      expect(await expectDense(store, start)).toHaveLength(1 + 10 * 2);
    });
  });
}
