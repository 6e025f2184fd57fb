import { GrowingOutput } from './growing-output.js';

/** Java producers write Snappy blocks into the stream format of snappy-java ("xerial"), others a bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = XERIAL_MAGIC.length + 8;

/**
 * Unpacks Snappy, in the stream format of snappy-java or as one block.
 * Throws on damaged data, and with `TooLargeError` above `maxBytes`.
 * Format: google/snappy, format_description.txt.
 */
export function unpackSnappy(data: Buffer, maxBytes: number): Buffer {
  if (!data.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return unpackBlocks([data], maxBytes);
  }
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < data.length;) {
    if (at + 4 > data.length) throw new Error('the snappy stream ends inside a length');
    const size = data.readUInt32BE(at);
    at += 4;
    if (at + size > data.length) throw new Error('the snappy stream ends inside a block');
    blocks.push(data.subarray(at, at + size));
    at += size;
  }
  return unpackBlocks(blocks, maxBytes);
}

function unpackBlocks(blocks: readonly Buffer[], maxBytes: number): Buffer {
  const headers = blocks.map(readLength);
  const total = headers.reduce((sum, { length }) => sum + length, 0);
  const output = new GrowingOutput(maxBytes, total);
  blocks.forEach((block, i) => {
    const { length, at } = headers[i] ?? { length: 0, at: 0 };
    const end = output.size + length;
    unpackElements(block, at, output, end);
    if (output.size !== end) throw new Error('a snappy block is shorter than it says');
  });
  return output.bytes();
}

function readLength(block: Buffer): { length: number; at: number } {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, at: at + 1 };
  }
  throw new Error('a snappy block does not say its length');
}

function unpackElements(block: Buffer, from: number, output: GrowingOutput, outputEnd: number): void {
  let at = from;
  while (at < block.length) {
    const tag = block.readUInt8(at++);
    const kind = tag & 0x03;
    if (kind === 0) {
      let count = (tag >>> 2) + 1;
      if (count > 60) {
        const lengthBytes = count - 60;
        count = block.readUIntLE(at, lengthBytes) + 1;
        at += lengthBytes;
      }
      if (at + count > block.length) throw new Error('a snappy literal ends after its block');
      if (output.size + count > outputEnd) throw new Error('a snappy block is longer than it says');
      output.append(block, at, at + count);
      at += count;
    } else {
      const count = kind === 1 ? ((tag >>> 2) & 0x07) + 4 : (tag >>> 2) + 1;
      const offsetBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
      const low = block.readUIntLE(at, offsetBytes);
      at += offsetBytes;
      if (output.size + count > outputEnd) throw new Error('a snappy block is longer than it says');
      output.repeat(kind === 1 ? ((tag >>> 5) << 8) + low : low, count);
    }
  }
}
