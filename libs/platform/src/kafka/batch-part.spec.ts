import { describe, expect, it } from '@jest/globals';
import { partOf } from './batch-part.js';
import type { ReadBatch } from './read-batch.js';

/** Records at the offsets given, of so many bytes each, in a batch that covers 10 to 30. */
function batch(sizes: Readonly<Record<number, number>>): ReadBatch {
  const records = Object.entries(sizes).map(([offset, bytes]) => ({
    topic: 't',
    partition: 0,
    offset: BigInt(offset),
    key: null,
    value: Buffer.alloc(bytes),
    headers: {},
    timestamp: 0,
  }));
  return { records, firstOffset: 10n, lastOffset: 30n, unreadable: null };
}

describe('a part of a batch', () => {
  it('covers without a hole what lies between its records and those around it', () => {
    const whole = batch({ 12: 1, 13: 1, 20: 1, 21: 1, 25: 1 });
    const parts = [0, 2, 4].map((from) => partOf(whole, from, { records: 2, bytes: 100 }));
    expect(parts.map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset])).toEqual([
      [10n, 13n],
      [14n, 21n],
      [22n, 30n],
    ]);
    expect(parts.map(({ load }) => load.records)).toEqual([2, 2, 1]);
  });

  it('ends before the record with which it would be too large, and has one at least', () => {
    const whole = batch({ 10: 40, 11: 40, 12: 40, 13: 500, 14: 1 });
    const loads = [0, 2, 3, 4].map((from) => partOf(whole, from, { records: 9, bytes: 100 }).load);
    expect(loads).toEqual([
      { records: 2, bytes: 80 },
      { records: 1, bytes: 40 },
      { records: 1, bytes: 500 },
      { records: 1, bytes: 1 },
    ]);
  });
});
