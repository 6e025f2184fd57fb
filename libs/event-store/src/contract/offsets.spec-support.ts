import { describe, expect, it } from '@jest/globals';
import { batchOf, expectConflict, expectNothingWritten, newName, notes, onto } from './story.spec-support.js';
import { taking, versionOf } from './story.spec-support.js';
import type { StoreUnderTest } from './story.spec-support.js';

export function describeOffsets(opened: StoreUnderTest): void {
  describe('what a consumer has taken', () => {
    it('is nothing for a consumer nobody has heard of', async () => {
      expect(await opened().offsets(newName('consumer'))).toEqual(new Map());
    });

    it('moves with the events, the first time from nothing', async () => {
      const store = opened();
      const consumer = newName('consumer');
      const streamId = newName('stream');
      await store.append(taking([{ consumer, source: 't-0', expected: null, next: 10 }], onto(streamId, 0, notes(1))));
      expect(await store.offsets(consumer)).toEqual(new Map([['t-0', 10]]));
      await store.append(taking([{ consumer, source: 't-0', expected: 10, next: 25 }], onto(streamId, 1, notes(1))));
      expect(await store.offsets(consumer)).toEqual(new Map([['t-0', 25]]));
      expect(await versionOf(store, streamId)).toBe(2);
    });

    it('moves without events too, and from one source apart from another', async () => {
      const store = opened();
      const consumer = newName('consumer');
      const other = newName('consumer');
      const first = (source: string, next: number) => ({ consumer, source, expected: null, next });
      await store.append(taking([first('t-0', 1), first('t-1', 2), first('t-10', 3)]));
      await store.append(taking([{ consumer: other, source: 't-0', expected: null, next: 77 }]));
      await store.append(taking([{ consumer, source: 't-1', expected: 2, next: 9 }, first('t-2', 4)]));
      expect(await store.offsets(consumer)).toEqual(
        new Map(Object.entries({ 't-0': 1, 't-1': 9, 't-10': 3, 't-2': 4 })),
      );
      expect(await store.offsets(other)).toEqual(new Map([['t-0', 77]]));
    });

    it('holds positions beyond 32 bits', async () => {
      const store = opened();
      const consumer = newName('consumer');
      await store.append(taking([{ consumer, source: 's', expected: null, next: 9_007_199_254_740_000 }]));
      await store.append(
        taking([{ consumer, source: 's', expected: 9_007_199_254_740_000, next: 9_007_199_254_740_991 }]),
      );
      expect(await store.offsets(consumer)).toEqual(new Map([['s', 9_007_199_254_740_991]]));
    });

    it.each([
      ['stands further', 5],
      ['stands less far', 50],
      ['has been taken by somebody else already', null],
    ])('stays, and nothing is written, when the source %s than expected', async (_, expected) => {
      const store = opened();
      const consumer = newName('consumer');
      const streamId = newName('stream');
      await store.append(taking([{ consumer, source: 't-0', expected: null, next: 10 }]));
      const stale = taking([{ consumer, source: 't-0', expected, next: 60 }], onto(streamId, 0, notes(2)));
      await expectNothingWritten(store, () => expectConflict(store.append(stale), 'offset'));
      expect(await store.offsets(consumer)).toEqual(new Map([['t-0', 10]]));
      expect(await versionOf(store, streamId)).toBe(0);
    });

    it('stays when something was expected of a source nothing was ever taken from', async () => {
      const store = opened();
      const consumer = newName('consumer');
      await expectConflict(store.append(taking([{ consumer, source: 't-0', expected: 0, next: 5 }])), 'offset');
      expect(await store.offsets(consumer)).toEqual(new Map());
    });

    it('stays for every source when one of them has moved', async () => {
      const store = opened();
      const consumer = newName('consumer');
      const first = ['a', 'b', 'c'].map((source) => ({ consumer, source, expected: null, next: 1 }));
      await store.append(taking(first));
      const moves = first.map((advance) => ({ ...advance, expected: advance.source === 'b' ? 0 : 1, next: 2 }));
      await expectConflict(store.append(taking(moves)), 'offset');
      expect([...(await store.offsets(consumer)).values()]).toEqual([1, 1, 1]);
    });

    it('stays when the stream beside it has moved', async () => {
      const store = opened();
      const consumer = newName('consumer');
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(1))));
      const stale = taking([{ consumer, source: 's', expected: null, next: 3 }], onto(streamId, 0, notes(1)));
      await expectConflict(store.append(stale), 'stream');
      expect(await store.offsets(consumer)).toEqual(new Map());
    });

    it('is moved by exactly one of many who try at once', async () => {
      const store = opened();
      const consumer = newName('consumer');
      for (const expected of [null, 1]) {
        const next = (expected ?? 0) + 1;
        const streamIds = Array.from({ length: 6 }, () => newName('stream'));
        const tries = await Promise.allSettled(
          streamIds.map((streamId) =>
            store.append(taking([{ consumer, source: 's', expected, next }], onto(streamId, 0, notes(1)))),
          ),
        );
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const versions = await Promise.all(streamIds.map((streamId) => versionOf(store, streamId)));
        expect(versions).toEqual(tries.map(({ status }) => (status === 'fulfilled' ? 1 : 0)));
      }
    });
  });
}
