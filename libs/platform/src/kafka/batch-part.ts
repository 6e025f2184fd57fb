import type { ReadBatch } from './read-batch.js';
import type { SourceRecord } from './source-types.js';
import type { Load } from './take-room.js';

/** Consecutive records of a batch, and the offsets they cover with what lies before and behind them. */
export interface BatchPart {
  readonly records: readonly SourceRecord[];
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly load: Load;
}

/** The records from `from` on, as many as the load allows, at least one. */
export function partOf(batch: ReadBatch, from: number, most: Load): BatchPart {
  let end = from;
  let bytes = 0;
  for (; end < batch.records.length && end - from < most.records; end += 1) {
    const size = sizeOf(batch.records[end]);
    if (end > from && bytes + size > most.bytes) break;
    bytes += size;
  }
  const records = batch.records.slice(from, end);
  const before = batch.records[from - 1];
  const last = end === batch.records.length ? batch.lastOffset : records.at(-1)?.offset;
  return {
    records,
    firstOffset: before === undefined ? batch.firstOffset : before.offset + 1n,
    lastOffset: last ?? batch.lastOffset,
    load: { records: records.length, bytes },
  };
}

function sizeOf(record: SourceRecord | undefined): number {
  return (record?.key?.length ?? 0) + (record?.value?.length ?? 0);
}
