import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';
import { unreadableReason } from './codecs/stand-in.js';
import { isRemovedEnd } from './emptied-batches.js';
import type { SourceRecord } from './source-types.js';

export interface ReadBatch {
  readonly records: readonly SourceRecord[];
  /** Of the first record or marker of a transaction that is there. */
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** The batch goes on with records that could not be unpacked. */
  readonly unreadable: { readonly reason: string; readonly lastOffset: bigint } | null;
}

const NO_HEADERS: SourceRecord['headers'] = Object.freeze({});

/** What kafkajs keeps on a batch without naming it in its types. */
type WholeBatch = Batch & {
  readonly fetchedOffset: string;
  /** With markers of transactions and what was aborted. */
  readonly messagesWithinOffset: readonly KafkaMessage[];
};

/** The offset this batch was asked from. */
export function askedOffset(batch: Batch): bigint {
  return BigInt((batch as WholeBatch).fetchedOffset);
}

/** A batch of kafkajs in our words. Keys, values and headers are the same buffers: nothing is copied. */
export function readBatch(batch: Batch): ReadBatch {
  const { topic, partition, messages } = batch;
  const first = (batch as WholeBatch).messagesWithinOffset.find((message) => !isRemovedEnd(message));
  const firstOffset = BigInt(first?.offset ?? askedOffset(batch));
  const records: SourceRecord[] = [];
  for (const message of messages) {
    const { key, value } = message;
    if (isRemovedEnd(message)) continue;
    const offset = BigInt(message.offset);
    const reason = unreadableReason(key, value);
    if (reason !== null) {
      const last = records.at(-1)?.offset ?? firstOffset - 1n;
      return { records, firstOffset, lastOffset: last, unreadable: { reason, lastOffset: offset } };
    }
    const timestamp = Number(message.timestamp);
    records.push({ topic, partition, offset, key, value, headers: readHeaders(message.headers), timestamp });
  }
  return { records, firstOffset, lastOffset: BigInt(batch.lastOffset()), unreadable: null };
}

function readHeaders(headers: IHeaders | undefined): SourceRecord['headers'] {
  if (headers === undefined) return NO_HEADERS;
  const names = Object.keys(headers);
  if (names.length === 0) return NO_HEADERS;
  // Without a prototype: the names come from outside, and `constructor` or `__proto__` must be names like others.
  const read = Object.create(null) as Record<string, Buffer | string | undefined>;
  for (const name of names) {
    const value = headers[name];
    read[name] = Array.isArray(value) ? value.at(-1) : value;
  }
  return read;
}
