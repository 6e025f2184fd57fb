import { recordBatchHeader } from './record-batch-header.js';

/**
 * What the packed records of one answer of a broker may come to in memory. Ten megabytes of packed facts are a hundred
 * and fifty unpacked ones in 250,000 objects: half a minute of work, held until the last of it is stored.
 */
export const UNPACKED_BYTES_MAX = 32 * 1024 * 1024;
/** kafkajs makes objects of a record, and we one more; measured, beside the bytes of key and value. */
const BYTES_OF_A_RECORD = 600;

/** By the memory of the answer, which all its batches lie in. */
const unpacked = new WeakMap<ArrayBufferLike, number>();

/**
 * Thrown for a batch that is to be read with the next fetch. Under this name kafkajs takes it for the end of an answer
 * that was cut off, as brokers cut them off at the bytes they were asked for: it goes on with what lies before.
 */
class ReadLater extends Error {
  override readonly name = 'KafkaJSPartialMessageError';
}

/** Refuses a batch when those before it in the same answer have come to the bound. The first of an answer is let through. */
export function checkRoomInAnswer(packed: Buffer): void {
  if (recordBatchHeader(packed) === null) return;
  if ((unpacked.get(packed.buffer) ?? 0) < UNPACKED_BYTES_MAX) return;
  throw new ReadLater('enough is unpacked of this answer');
}

/** Counts a batch of an answer. */
export function countUnpacked(packed: Buffer, bytes: number): void {
  const records = recordBatchHeader(packed)?.records ?? 0;
  unpacked.set(packed.buffer, (unpacked.get(packed.buffer) ?? 0) + bytes + records * BYTES_OF_A_RECORD);
}
