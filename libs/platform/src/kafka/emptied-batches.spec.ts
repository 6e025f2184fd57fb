import { describe, expect, it } from '@jest/globals';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { createRequire } from 'node:module';
import { isRemovedEnd, readEmptiedBatches } from './emptied-batches.js';

interface Encoder {
  readonly buffer: Buffer;
}

interface Message {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly isControlRecord: boolean;
}

interface Response {
  decode(answer: Buffer): Promise<{
    responses: { topicName: string; partitions: { partition: number; messages: Message[] }[] }[];
  }>;
}

readEmptiedBatches();
const require = createRequire(import.meta.url);
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<Encoder>;
};
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder;
const responseOf = (version: number) => require(`kafkajs/src/protocol/requests/fetch/v${version}/response`) as Response;

const ATTRIBUTES_AT = 21;
const CONTROL = 0x20;

/** A batch of the offsets `first` to `last` as a broker sends it, with the records that are left in it. */
async function batch(first: number, last: number, left: readonly number[], attributes = 0): Promise<Buffer> {
  const records = left.map((offset) => Record({ offsetDelta: offset - first, key: Buffer.from('k'), value: null }));
  const { buffer } = await RecordBatch({ firstOffset: first, lastOffsetDelta: last - first, records });
  const bytes = Buffer.from(buffer);
  bytes.writeInt16BE(attributes, ATTRIBUTES_AT);
  return bytes;
}

const int16 = (value: number) => Buffer.of(value >> 8, value & 0xff);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: number) => Buffer.concat([int32(0), int32(value)]);

/** The answer to a fetch: each topic has the sets of records of its partitions. */
function answer(version: number, topics: Readonly<{ [topic: string]: readonly Buffer[] }>): Buffer {
  const partition = (records: Buffer, number: number) =>
    Buffer.concat([
      int32(number),
      int16(0),
      int64(1_000),
      int64(1_000),
      version >= 5 ? int64(0) : Buffer.alloc(0),
      // Two aborted transactions.
      int32(2),
      ...[7, 0, 8, 3].map(int64),
      version >= 11 ? int32(-1) : Buffer.alloc(0),
      int32(records.length),
      records,
    ]);
  const names = Object.entries(topics).map(([name, sets]) =>
    Buffer.concat([int16(name.length), Buffer.from(name), int32(sets.length), ...sets.map(partition)]),
  );
  const head = version >= 7 ? [int32(0), int16(0), int32(0)] : [int32(0)];
  return Buffer.concat([...head, int32(names.length), ...names]);
}

/** Offsets of one partition: those that stand for what was removed in brackets, markers with an `m`. */
async function read(version: number, ...batches: readonly Buffer[]): Promise<string[]> {
  const { responses } = await responseOf(version).decode(answer(version, { facts: [Buffer.concat(batches)] }));
  return responses[0]!.partitions[0]!.messages.map(shown);
}

function shown(message: Message): string {
  const offset = `${message.offset}${message.isControlRecord ? 'm' : ''}`;
  return isRemovedEnd(message) ? `(${offset})` : offset;
}

describe('batches whose records the log cleaner has removed', () => {
  it.each([4, 5, 6, 7, 8, 9, 10, 11])('are not nothing in an answer of version %d', async (version) => {
    expect(await read(version, await batch(10, 19, []))).toEqual(['(19)']);
    expect(await read(version, await batch(10, 19, []), await batch(20, 29, []))).toEqual(['(19)', '(29)']);
  });

  it('stand where they were between others', async () => {
    const batches = [await batch(0, 1, [0, 1]), await batch(2, 8, []), await batch(9, 9, [9]), await batch(10, 10, [])];
    expect(await read(11, ...batches)).toEqual(['0', '1', '(8)', '9', '(10)']);
  });

  it('are ended where only their last records were removed, and untouched where others were', async () => {
    expect(await read(11, await batch(0, 9, [0, 4]), await batch(10, 19, [12, 19]))).toEqual([
      '0',
      '4',
      '(9)',
      '12',
      '19',
    ]);
  });

  it('are passed over like markers where they held markers of transactions', async () => {
    expect(await read(11, await batch(5, 5, [], CONTROL), await batch(6, 6, [6], CONTROL))).toEqual(['(5m)', '6m']);
  });

  it('end before one that came cut off', async () => {
    const cut = (await batch(20, 29, [20])).subarray(0, 65);
    expect(await read(11, await batch(10, 19, []), cut)).toEqual(['(19)']);
    expect(await read(11, await batch(10, 19, []), cut.subarray(0, 30))).toEqual(['(19)']);
  });

  it('end before one that is left for the next answer, because enough is unpacked of this one', async () => {
    const stop = Object.assign(new Error('enough'), { name: 'KafkaJSPartialMessageError' });
    const codec = { compress: () => Promise.reject(stop), decompress: () => Promise.reject(stop) };
    (CompressionCodecs as Record<number, () => typeof codec>)[CompressionTypes.Snappy] = () => codec;
    const packed = await batch(20, 29, [29], CompressionTypes.Snappy);
    expect(await read(11, await batch(10, 19, []), packed, await batch(30, 39, []))).toEqual(['(19)']);
  });

  it('are found for each partition and topic on its own', async () => {
    const sets = { facts: [await batch(0, 3, []), Buffer.alloc(0)], others: [await batch(7, 7, [7])] };
    const { responses } = await responseOf(11).decode(answer(11, sets));
    expect(responses.map(({ partitions }) => partitions.map(({ messages }) => messages.map(shown)))).toEqual([
      [['(3)'], []],
      [['7']],
    ]);
  });
});
