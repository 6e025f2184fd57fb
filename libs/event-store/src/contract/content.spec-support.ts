import { describe, expect, it } from '@jest/globals';
import { batchOf, expectNothingWritten, feedAfter, newName, notes, onto, streamOf } from './story.spec-support.js';
import type { StoreUnderTest } from './story.spec-support.js';

const ODD_STREAM_IDS = [
  '$all',
  '$system-settings',
  '__proto__',
  'constructor',
  'toString',
  'customer-张三 😀',
  'e\u0301 is not \u00e9',
  "'; DROP TABLE event; --",
  '{"a,b"}\\',
  'NULL',
  ' ',
  'a/b?c=d&e#f%00',
  `long-${'x'.repeat(500)}`,
];

export function describeContent(opened: StoreUnderTest): void {
  describe('what an event holds', () => {
    it('comes back as it was written, its origin and the time it was taken included', async () => {
      const store = opened();
      const streamId = newName('stream');
      const origin = '{"door":"kafka","topic":"t","partition":3,"offset":"9007199254740993"}';
      const before = Date.now();
      await store.append(batchOf(onto(streamId, 0, [{ type: 'taken', payload: '{"b":1,"a":[1.50,"x"]}', origin }])));
      const [event] = await store.readStream(streamId, 0, 10);
      expect(event).toMatchObject({ streamId, version: 1, type: 'taken', payload: '{"b":1,"a":[1.50,"x"]}', origin });
      expect(event!.recordedAt).toBeGreaterThan(before - 60_000);
      expect(event!.recordedAt).toBeLessThan(Date.now() + 60_000);
    });

    it('may have no origin', async () => {
      const store = opened();
      const streamId = newName('stream');
      await store.append(batchOf(onto(streamId, 0, notes(1))));
      expect((await store.readStream(streamId, 0, 10))[0]!.origin).toBeNull();
    });

    it.each([
      ['Chinese, emoji and combining characters', { note: '小额贷款 😀👩‍👩‍👧 e\u0301 \u200f\u202e' }],
      ['control characters and escapes', { note: '\u0001\u001f\t\r\n"\\/\u2028\u2029\u007f' }],
      ['the character U+0000, escaped', { note: 'a\u0000b' }],
      ['half of a surrogate pair, escaped', { note: 'a\ud83dz' }],
      ['keys every object has already', JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as unknown],
      ['numbers at the edge', { note: [Number.MAX_SAFE_INTEGER, -0.1, 1e-7, 1e300] }],
      ['a text instead of an object', 'text'],
    ])('may be %s', async (_, content) => {
      const store = opened();
      const streamId = newName('stream');
      const payload = JSON.stringify(content);
      const start = await store.head();
      await store.append(batchOf(onto(streamId, 0, [{ type: 'taken', payload, origin: payload }])));
      const [event] = await store.readStream(streamId, 0, 10);
      expect([event!.payload, event!.origin]).toEqual([payload, payload]);
      expect((await feedAfter(store, start, 100)).map((one) => one.payload)).toEqual([payload]);
      expect((await store.loadStreams([streamId], 1)).get(streamId)!.events[0]!.payload).toBe(payload);
    });

    it.each([
      ['payload', { type: 'taken', payload: '{"broken', origin: null }],
      ['origin', { type: 'taken', payload: '{}', origin: 'no JSON' }],
    ])(
      'cannot be what is no JSON as its %s: nothing is written, and it is the data that is at fault',
      async (_, event) => {
        const store = opened();
        const [streamId, other] = [newName('stream'), newName('stream')];
        await expectNothingWritten(store, () =>
          expect(store.append(batchOf(onto(other, 0, notes(1)), onto(streamId, 0, [event])))).rejects.toMatchObject({
            code: '22P02',
          }),
        );
        expect([await streamOf(store, streamId), await streamOf(store, other)]).toEqual([[], []]);
      },
    );

    it('may be a megabyte', async () => {
      const store = opened();
      const streamId = newName('stream');
      const payload = JSON.stringify({ note: '贷'.repeat(340_000) });
      await store.append(batchOf(onto(streamId, 0, [{ type: 'taken', payload, origin: null }, ...notes(2)])));
      expect((await streamOf(store, streamId))[0]!.payload === payload).toBe(true);
    });
  });

  describe('a stream id', () => {
    it.each(ODD_STREAM_IDS)('may be %j', async (streamId) => {
      const store = opened();
      const start = await store.head();
      await store.append(batchOf(onto(streamId, 0, notes(1)), onto(`${streamId}!`, 0, notes(1))));
      const snapshot = { version: 2, form: 1, state: streamId };
      await store.append(batchOf(onto(streamId, 1, notes(1), snapshot)));
      expect((await streamOf(store, streamId)).map((event) => event.streamId)).toEqual([streamId, streamId]);
      expect(await store.loadStreams([streamId], 1)).toEqual(new Map([[streamId, { snapshot, events: [] }]]));
      const fed = await feedAfter(store, start, 10);
      expect(fed.filter((event) => event.streamId === streamId)).toHaveLength(2);
    });
  });
}
