import { describe, expect, it } from '@jest/globals';
import { shardOf } from '../port.js';
import { batchOf, expectConflict, expectNothingWritten, newName, newStreamIn, noted } from './story.spec-support.js';
import { notes, onto, said, streamOf, versionOf } from './story.spec-support.js';
import type { StoreUnderTest } from './story.spec-support.js';

export function describeVersions(opened: StoreUnderTest): void {
  describe('versions of a stream', () => {
    it('begin at 1 and go on without holes over several appends', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(3))));
      await store.append(batchOf(onto(streamId, 3, notes(2))));
      const events = await streamOf(store, streamId);
      expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
      expect(said(events)).toEqual([1, 2, 3, 1, 2]);
      expect(new Set(events.map(({ shard }) => shard))).toEqual(new Set([shardOf(streamId, store.shards)]));
    });

    it('refuse an expected version that is too low, whether by one or by all', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(3))));
      await expectNothingWritten(store, async () => {
        await expectConflict(store.append(batchOf(onto(streamId, 2, notes(1)))), 'stream');
        await expectConflict(store.append(batchOf(onto(streamId, 1, notes(5)))), 'stream');
      });
      expect(await versionOf(store, streamId)).toBe(3);
    });

    it('refuse an expected version that is too high, which would leave a hole', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(3))));
      await expectNothingWritten(store, async () => {
        await expectConflict(store.append(batchOf(onto(streamId, 4, notes(1)))), 'stream');
        await expectConflict(store.append(batchOf(onto(streamId, 400, notes(2)))), 'stream');
      });
      expect(await versionOf(store, streamId)).toBe(3);
    });

    it('refuse to go on with a stream that does not exist', async () => {
      const store = opened();
      const streamId = newName('stream');
      await expectNothingWritten(store, () =>
        expectConflict(store.append(batchOf(onto(streamId, 1, notes(1)))), 'stream'),
      );
      expect(await streamOf(store, streamId)).toEqual([]);
    });

    it('refuse to create a stream that somebody else has created meanwhile', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, [noted('theirs')])));
      await expectNothingWritten(store, () =>
        expectConflict(store.append(batchOf(onto(streamId, 0, [noted('ours')]))), 'stream'),
      );
      expect(said(await streamOf(store, streamId))).toEqual(['theirs']);
    });

    it('go on after a conflict from where the stream really stands', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, [noted('theirs')])));
      await expectConflict(store.append(batchOf(onto(streamId, 0, [noted('ours')]))), 'stream');
      await store.append(batchOf(onto(streamId, 1, [noted('ours')])));
      expect(said(await streamOf(store, streamId))).toEqual(['theirs', 'ours']);
    });
  });

  describe('an append to several streams', () => {
    it('writes all of them', async () => {
      const store = opened();
      const streamIds = Array.from({ length: store.shards }, (_, shard) => newStreamIn(shard, store.shards));
      await store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(2)))));
      for (const streamId of streamIds) expect(said(await streamOf(store, streamId))).toEqual([1, 2]);
    });

    it.each(['first', 'last'] as const)('writes none of them when the %s one has moved', async (which) => {
      const store = opened();
      const moved = newStreamIn(3, store.shards);
      await store.append(batchOf(onto(moved, 0, notes(1))));
      const others = [0, 3, 7].map((shard) => newStreamIn(shard, store.shards));
      const sound = others.map((streamId) => onto(streamId, 0, notes(3)));
      const stale = onto(moved, 0, notes(1));
      const streams = which === 'first' ? [stale, ...sound] : [...sound, stale];
      await expectNothingWritten(store, () => expectConflict(store.append(batchOf(...streams)), 'stream'));
      for (const streamId of others) expect(await streamOf(store, streamId)).toEqual([]);
    });

    it('takes nothing at all without complaint', async () => {
      const store = opened();
      await expectNothingWritten(store, () => store.append(batchOf()));
    });
  });

  describe('a batch', () => {
    it.each([1, 2, 999, 5000])('of %i events in one stream is read back in order', async (count) => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(count))));
      expect(said(await streamOf(store, streamId))).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    });

    it('of 5000 events over 2500 streams is read back whole', async () => {
      const store = opened();
      const streamIds = Array.from({ length: 2500 }, () => newName('stream'));
      await store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(2)))));
      const loaded = await store.loadStreams(streamIds, 1);
      expect(loaded.size).toBe(2500);
      for (const { events } of loaded.values()) expect(said(events)).toEqual([1, 2]);
    });
  });
}
