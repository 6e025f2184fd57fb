import { describe, expect, it } from '@jest/globals';
import {
  batchOf,
  expectDense,
  feedAfter,
  newName,
  newStreamIn,
  noted,
  notes,
  onto,
  said,
} from './story.spec-support.js';
import type { StoreUnderTest } from './story.spec-support.js';

export function describeReading(opened: StoreUnderTest): void {
  describe('reading a stream', () => {
    it('finds nothing in one that does not exist', async () => {
      expect(await opened().readStream(newName('stream'), 0, 10)).toEqual([]);
    });

    it('begins after a version and ends at a limit', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(10))));
      expect(said(await store.readStream(streamId, 0, 3))).toEqual([1, 2, 3]);
      expect(said(await store.readStream(streamId, 3, 3))).toEqual([4, 5, 6]);
      expect(said(await store.readStream(streamId, 8, 100))).toEqual([9, 10]);
      expect(await store.readStream(streamId, 10, 100)).toEqual([]);
      expect(await store.readStream(streamId, 99, 100)).toEqual([]);
    });
  });

  describe('reading the feed', () => {
    it('gives the events of a shard in the order they were appended, whatever stream they are of', async () => {
      const store = opened();
      const start = await store.head();
      const [one, other] = [newStreamIn(5, store.shards), newStreamIn(5, store.shards)];
      for (const version of [0, 1, 2]) {
        for (const streamId of [one, other]) await store.append(batchOf(onto(streamId, version, notes(1))));
      }
      const events = await feedAfter(store, start, 100);
      expect(events.map(({ streamId, version }) => [streamId, version])).toEqual(
        [1, 2, 3].flatMap((version) => [
          [one, version],
          [other, version],
        ]),
      );
      expect(new Set(events.map(({ shard }) => shard))).toEqual(new Set([5]));
    });

    it.each([1, 7, 100_000])('reads the same in pages of %i a shard', async (limitPerShard) => {
      const store = opened();
      const start = await store.head();
      const streamIds = Array.from({ length: 40 }, () => newName('stream'));
      await store.append(batchOf(...streamIds.map((streamId) => onto(streamId, 0, notes(3)))));
      const events = await feedAfter(store, start, limitPerShard);
      expect(events).toHaveLength(120);
      for (const streamId of streamIds) {
        expect(said(events.filter((event) => event.streamId === streamId))).toEqual([1, 2, 3]);
      }
    });

    it('reads only the shards asked for', async () => {
      const store = opened();
      const start = await store.head();
      const [wanted, unwanted] = [newStreamIn(2, store.shards), newStreamIn(9, store.shards)];
      await store.append(batchOf(onto(wanted, 0, notes(2)), onto(unwanted, 0, notes(2))));
      const after = new Map([[2, start.get(2)!]]);
      const page = await store.readFeed({ after, limitPerShard: 100, types: null });
      expect(page.events.map(({ streamId }) => streamId)).toEqual([wanted, wanted]);
      expect(page.upTo).toEqual(new Map([[2, start.get(2)! + 2]]));
    });

    it('says how far it looked where it gives only some types', async () => {
      const store = opened();
      const start = await store.head();
      const [one, other] = [newStreamIn(4, store.shards), newStreamIn(6, store.shards)];
      await store.append(batchOf(onto(one, 0, [...notes(4, 'dull'), ...notes(1, 'rare'), ...notes(2, 'dull')])));
      await store.append(batchOf(onto(other, 0, notes(3, 'dull'))));
      const after = new Map([4, 6].map((shard) => [shard, start.get(shard)!]));
      const page = await store.readFeed({ after, limitPerShard: 6, types: ['rare', 'never'] });
      expect(page.events.map(({ type, version }) => [type, version])).toEqual([['rare', 5]]);
      expect(page.upTo).toEqual(
        new Map([
          [4, start.get(4)! + 6],
          [6, start.get(6)! + 3],
        ]),
      );
      const rest = await store.readFeed({ after: page.upTo, limitPerShard: 6, types: ['rare', 'never'] });
      expect([rest.events, rest.upTo.get(4)]).toEqual([[], start.get(4)! + 7]);
    });

    it('stays where it is at the head, and beyond it', async () => {
      const store = opened();
      const head = await store.head();
      expect(await store.readFeed({ after: head, limitPerShard: 10, types: null })).toEqual({ events: [], upTo: head });
      const beyond = new Map([...head].map(([shard, position]) => [shard, position + 1000]));
      expect(await store.readFeed({ after: beyond, limitPerShard: 10, types: null })).toEqual({
        events: [],
        upTo: beyond,
      });
    });

    it('gives the same with when each event was recorded, as its stream has it', async () => {
      const store = opened();
      const start = await store.head();
      const streamId = newStreamIn(7, store.shards);
      await store.append(
        batchOf(onto(streamId, 0, [...notes(2, 'dull'), { ...noted(3, 'rare'), origin: '{"line":3}' }])),
      );
      await store.append(batchOf(onto(streamId, 3, notes(1, 'rare'))));
      for (const types of [null, ['rare']]) {
        const request = { after: new Map([[7, start.get(7)!]]), limitPerShard: 100, types };
        const plain = await store.readFeed(request);
        const recorded = await store.readRecordedFeed(request);
        expect(recorded.upTo).toEqual(plain.upTo);
        expect(recorded.events.map(({ recordedAt: _, origin: __, ...event }) => event)).toEqual(plain.events);
        const ofStream = await store.readStream(streamId, 0, 100);
        expect(recorded.events).toEqual(ofStream.filter(({ type }) => types?.includes(type) ?? true));
      }
    });

    it('reads nothing of no shards', async () => {
      const page = await opened().readFeed({ after: new Map(), limitPerShard: 10, types: null });
      expect(page).toEqual({ events: [], upTo: new Map() });
    });

    it('knows every shard from the start', async () => {
      const store = opened();
      const shards = [...(await store.head()).keys()].sort((one, other) => one - other);
      expect(shards).toEqual(Array.from({ length: store.shards }, (_, shard) => shard));
    });

    it('has a position for every event ever appended, and no other', async () => {
      const store = opened();
      await expectDense(store, new Map([...(await store.head()).keys()].map((shard) => [shard, 0])));
    });
  });

  describe('loading streams', () => {
    const snapshot = { version: 2, form: 3, state: '{"sum":"小 😀"}' };

    it('leaves out those that do not exist', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(2))));
      const loaded = await store.loadStreams([newName('stream'), streamId, newName('stream')], 3);
      expect([...loaded.keys()]).toEqual([streamId]);
      expect(await store.loadStreams([], 3)).toEqual(new Map());
    });

    it('gives all events of a stream without a snapshot', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(5))));
      const loaded = (await store.loadStreams([streamId], 3)).get(streamId)!;
      expect([loaded.snapshot, said(loaded.events)]).toEqual([null, [1, 2, 3, 4, 5]]);
    });

    it('gives the snapshot and the events after it', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(2), snapshot)));
      expect((await store.loadStreams([streamId], 3)).get(streamId)).toEqual({ snapshot, events: [] });
      await store.append(batchOf(onto(streamId, 2, notes(2))));
      const loaded = (await store.loadStreams([streamId], 3)).get(streamId)!;
      expect(loaded.snapshot).toEqual(snapshot);
      expect(loaded.events.map(({ version }) => version)).toEqual([3, 4]);
    });

    it('gives all events to a reader that knows another form', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(3), snapshot)));
      for (const form of [2, 4]) {
        const loaded = (await store.loadStreams([streamId], form)).get(streamId)!;
        expect([loaded.snapshot, said(loaded.events)]).toEqual([null, [1, 2, 3]]);
      }
    });

    it('gives the latest snapshot', async () => {
      const store = opened();
      const streamId = newName('stream');
      const later = { version: 4, form: 5, state: 'later' };
      await store.append(batchOf(onto(streamId, 0, notes(2), snapshot)));
      await store.append(batchOf(onto(streamId, 2, notes(3), later)));
      const loaded = (await store.loadStreams([streamId], 5)).get(streamId)!;
      expect([loaded.snapshot, loaded.events.map(({ version }) => version)]).toEqual([later, [5]]);
    });

    it('gives no snapshot of an append that was refused', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(1))));
      await expect(store.append(batchOf(onto(streamId, 0, notes(2), snapshot)))).rejects.toThrow();
      expect((await store.loadStreams([streamId], 3)).get(streamId)!.snapshot).toBeNull();
    });
  });
}
