import { createRequire } from 'node:module';
import { batchesIn } from './codecs/record-batch-header.js';
import type { RecordBatch } from './codecs/record-batch-header.js';

/** What kafkajs makes of a record. */
interface Message {
  readonly offset: string;
  readonly key: Buffer | null;
}

interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly { messages: Message[] }[] }[];
}

interface FetchResponse {
  decode: (answer: Buffer) => Promise<FetchAnswer>;
  [PATCHED]?: true;
}

const PATCHED = Symbol.for('retention.emptied-batches');
/** The versions whose records come in batches; kafkajs speaks no later one. */
const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11] as const;
/** Known by itself: no record of a producer has this very buffer. */
const REMOVED_KEY = Buffer.alloc(0);
const NOTHING = Buffer.alloc(0);
const INT16 = 2;
const INT32 = 4;
const INT64 = 8;
/** Of an aborted transaction in an answer: the producer and the first offset. */
const ABORTED_BYTES = INT64 + INT64;

/**
 * When the log cleaner has removed all records of a batch it can leave the batch itself, which says no more than up to
 * which offset it went. kafkajs 2.2.4 makes nothing of one, so an answer that holds only such batches is to it an empty
 * answer, and it asks from the same offset for ever. Where only the end of a batch was removed it goes on offset by offset.
 *
 * Puts a record that stands for what is missing (`isRemovedEnd`) at the last offset of each batch whose last record is gone.
 */
export function readEmptiedBatches(): void {
  const require = createRequire(import.meta.url);
  // All are loaded before one is changed: some take the `decode` of an earlier version when they are.
  const responses = VERSIONS.map((version) => {
    return [version, require(`kafkajs/src/protocol/requests/fetch/v${version}/response`) as FetchResponse] as const;
  });
  for (const [version, response] of responses) {
    if (response[PATCHED]) continue;
    const { decode } = response;
    response.decode = async (answer) => {
      const decoded = await decode(answer);
      const sets = recordSets(answer, version);
      const partitions = decoded.responses.flatMap((topic) => topic.partitions);
      partitions.forEach((partition, at) => {
        partition.messages = withRemovedEnds(partition.messages, batchesIn(sets[at] ?? NOTHING));
      });
      return decoded;
    };
    response[PATCHED] = true;
  }
}

/** Whether it is no record but stands at the last offset of a batch whose last record was removed. */
export function isRemovedEnd({ key }: Pick<Message, 'key'>): boolean {
  return key === REMOVED_KEY;
}

function withRemovedEnds(messages: Message[], batches: readonly RecordBatch[]): Message[] {
  const whole: Message[] = [];
  let at = 0;
  for (const { lastOffset, records, isControl } of batches) {
    // Not everything was unpacked: this batch and what follows come with the next answer.
    if (messages.length - at < records) return whole;
    for (const end = at + records; at < end; at += 1) whole.push(messages[at] as Message);
    if (records === 0 || messages[at - 1]?.offset !== String(lastOffset)) whole.push(removedEnd(lastOffset, isControl));
  }
  return batches.length === 0 ? messages : whole;
}

function removedEnd(lastOffset: bigint, isControl: boolean): Message {
  const message = {
    magicByte: 2,
    attributes: 0,
    timestamp: '-1',
    offset: String(lastOffset),
    key: REMOVED_KEY,
    value: null,
    headers: {},
    // Where markers of transactions were, nothing is missing: kafkajs passes over them by itself.
    isControlRecord: isControl,
    batchContext: { producerId: '-1', inTransaction: false },
  };
  return message;
}

/** The records of each partition as they came, in the order of the answer. */
function recordSets(answer: Buffer, version: (typeof VERSIONS)[number]): Buffer[] {
  const sets: Buffer[] = [];
  let at = INT32;
  if (version >= 7) at += INT16 + INT32;
  const int32 = () => answer.readInt32BE((at += INT32) - INT32);
  for (let topics = int32(); topics > 0; topics -= 1) {
    at += INT16 + answer.readInt16BE(at);
    for (let partitions = int32(); partitions > 0; partitions -= 1) {
      // Number, error, high watermark, last stable offset and, from version 5 on, the first offset of the log.
      at += INT32 + INT16 + 2 * INT64 + (version >= 5 ? INT64 : 0);
      const aborted = int32();
      at += Math.max(0, aborted) * ABORTED_BYTES;
      if (version >= 11) at += INT32;
      const bytes = Math.max(0, int32());
      sets.push(answer.subarray(at, at + bytes));
      at += bytes;
    }
  }
  return sets;
}
