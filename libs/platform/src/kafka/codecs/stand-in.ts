import { randomBytes } from 'node:crypto';
import { recordBatchHeader } from './record-batch-header.js';

/** More records than this in one batch overflow the stack inside kafkajs anyway. */
const MAX_RECORDS = 100_000;
const MAX_REASON_CHARACTERS = 500;

/** Drawn anew in each process, so that no producer can write a record that looks like one of ours. */
const STAND_IN_KEY = randomBytes(24);

/**
 * Records that stand for a batch that could not be unpacked, in the encoding kafkajs expects.
 *
 * kafkajs decodes all partitions of an answer together, and one exception of a codec stops every partition this
 * process reads, for good. So the codec answers with records that say what happened, and only the partition they came
 * from is held. Null for a batch of an older format, whose count and offsets are not known: the codec must throw then.
 */
export function standInFor(packed: Buffer, reason: string): Buffer | null {
  const header = recordBatchHeader(packed);
  if (header === null || header.records > MAX_RECORDS) return null;
  // All at the last offset, so that none is left out as older than what was asked for.
  const { lastOffsetDelta, records } = header;
  const first = record(lastOffsetDelta, STAND_IN_KEY, Buffer.from(reason.slice(0, MAX_REASON_CHARACTERS)));
  const other = record(lastOffsetDelta, null, null);
  return Buffer.concat([first, ...Array.from({ length: records - 1 }, () => other)]);
}

/** The reason, when this record stands for a batch that could not be unpacked. */
export function unreadableReason(key: Buffer | null, value: Buffer | null): string | null {
  if (key?.length !== STAND_IN_KEY.length || !key.equals(STAND_IN_KEY)) return null;
  return value?.toString() ?? '';
}

function record(offsetDelta: number, key: Buffer | null, value: Buffer | null): Buffer {
  const attributes = Buffer.of(0);
  const timestampDelta = varint(0);
  const headers = varint(0);
  const body = Buffer.concat([attributes, timestampDelta, varint(offsetDelta), bytes(key), bytes(value), headers]);
  return Buffer.concat([varint(body.length), body]);
}

function bytes(content: Buffer | null): Buffer {
  return content === null ? varint(-1) : Buffer.concat([varint(content.length), content]);
}

/** Zigzag, then seven bits a byte, the lowest first. */
function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  out.push(rest);
  return Buffer.from(out);
}
