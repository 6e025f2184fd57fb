import { decodeFetch } from './kafkajs-internals.js';
import type { FetchAnswer } from './log-protocol.js';
import type { StoredMessage } from './partition-log.js';

const BATCH_HEADER_BYTES = 61;
/** From where the length of a batch counts. */
const LENGTH_COUNTS_FROM = 12;
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const LAST_OFFSET_DELTA_AT = 23;

/**
 * The answer with whatever kafkajs makes of its empty batches: by itself nothing. Only these go through its decoder, as the
 * bytes a broker sends, for the simulated broker answers with what kafkajs has after that.
 */
export async function withEmptied(answer: FetchAnswer): Promise<FetchAnswer> {
  const responses = await Promise.all(
    answer.responses.map(async ({ topicName, partitions }) => ({
      topicName,
      partitions: await Promise.all(
        partitions.map(async (partition) => {
          if (partition.emptied.length === 0) return partition;
          const decoded = await decodeFetch(fetchAnswer(partition.emptied));
          return { ...partition, messages: [...partition.messages, ...decoded].sort(byOffset) };
        }),
      ),
    })),
  );
  return { responses };
}

function byOffset(one: StoredMessage, other: StoredMessage): number {
  return Number(one.offset) - Number(other.offset);
}

/** An answer of version 4 with one partition. Source: Kafka documentation, "Fetch API" and "Record Batch". */
function fetchAnswer(lastOffsets: readonly number[]): Buffer {
  const records = Buffer.concat(lastOffsets.map(emptyBatch));
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const throttleMs = int32(0);
  const topics = Buffer.concat([int32(1), Buffer.alloc(2)]);
  // Its number, no error, two offsets nobody looks at, and no aborted transactions.
  const partitions = Buffer.concat([int32(1), int32(0), Buffer.alloc(2 + 8 + 8), int32(0)]);
  return Buffer.concat([throttleMs, topics, partitions, int32(records.length), records]);
}

function emptyBatch(lastOffset: number): Buffer {
  const batch = Buffer.alloc(BATCH_HEADER_BYTES);
  batch.writeBigInt64BE(BigInt(lastOffset));
  batch.writeInt32BE(BATCH_HEADER_BYTES - LENGTH_COUNTS_FROM, LENGTH_AT);
  batch.writeInt8(2, MAGIC_AT);
  batch.writeInt32BE(0, LAST_OFFSET_DELTA_AT);
  return batch;
}
