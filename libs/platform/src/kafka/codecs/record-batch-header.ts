/** Layout of a record batch of format 2, before its records. Source: Kafka documentation, "Record Batch". */
const HEADER_BYTES = 61;
const BATCH_LENGTH_AT = 8;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const RECORD_COUNT_AT = 57;
/** The batch length counts what follows it. */
const BYTES_BEFORE_LENGTH_ENDS = 12;
const CURRENT_MAGIC = 2;
const CONTROL_FLAG = 0x20;

export interface RecordBatchHeader {
  readonly lastOffsetDelta: number;
  readonly records: number;
}

/**
 * The header of the batch these packed records belong to: kafkajs gives a codec only what is packed, but the header lies
 * just before it in the same memory. Null when it is not there: the batch is of an older format.
 */
export function recordBatchHeader(packed: Buffer): RecordBatchHeader | null {
  if (packed.byteOffset < HEADER_BYTES) return null;
  const header = Buffer.from(packed.buffer, packed.byteOffset - HEADER_BYTES, HEADER_BYTES);
  const batchBytes = HEADER_BYTES - BYTES_BEFORE_LENGTH_ENDS + packed.length;
  if (header.readUInt8(MAGIC_AT) !== CURRENT_MAGIC || header.readInt32BE(BATCH_LENGTH_AT) !== batchBytes) return null;
  return { lastOffsetDelta: header.readInt32BE(LAST_OFFSET_DELTA_AT), records: header.readInt32BE(RECORD_COUNT_AT) };
}

export interface RecordBatch {
  readonly lastOffset: bigint;
  /** How many records are left in it; 0 when the log cleaner has removed them all. */
  readonly records: number;
  /** It holds markers of transactions and no records of a producer. */
  readonly isControl: boolean;
}

/**
 * The whole batches in the records of a partition as a broker sends them, in their order; none of an older format. The
 * last of an answer can be cut off anywhere.
 */
export function batchesIn(records: Buffer): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let from = 0; from + HEADER_BYTES <= records.length;) {
    const end = from + BYTES_BEFORE_LENGTH_ENDS + records.readInt32BE(from + BATCH_LENGTH_AT);
    if (records.readInt8(from + MAGIC_AT) !== CURRENT_MAGIC || end > records.length) break;
    batches.push({
      lastOffset: records.readBigInt64BE(from) + BigInt(records.readInt32BE(from + LAST_OFFSET_DELTA_AT)),
      records: records.readInt32BE(from + RECORD_COUNT_AT),
      isControl: (records.readInt16BE(from + ATTRIBUTES_AT) & CONTROL_FLAG) !== 0,
    });
    from = end;
  }
  return batches;
}
