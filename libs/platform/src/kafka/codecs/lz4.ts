import { GrowingOutput } from './growing-output.js';

const MAGIC = 0x184d2204;
const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const HAS_BLOCK_CHECKSUM = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
const IS_STORED = 0x80000000;
const MIN_MATCH = 4;
const LONG_LENGTH = 15;

/**
 * Unpacks one LZ4 frame. Throws on damaged data, and with `TooLargeError` above `maxBytes`. The frame's checksums are
 * skipped: a broker has checked them when it took the message.
 * Format: lz4/lz4, doc/lz4_Frame_format.md and doc/lz4_Block_format.md.
 */
export function unpackLz4(data: Buffer, maxBytes: number): Buffer {
  if (data.length < 7 || data.readUInt32LE(0) !== MAGIC) throw new Error('it is not an lz4 frame');
  const flags = data.readUInt8(4);
  if ((flags & VERSION_MASK) !== VERSION) throw new Error('its lz4 frame has an unknown version');
  if ((flags & HAS_DICTIONARY) !== 0) throw new Error('its lz4 frame needs a dictionary');
  const checksumBytes = (flags & HAS_BLOCK_CHECKSUM) === 0 ? 0 : 4;
  let at = 6 + ((flags & HAS_CONTENT_SIZE) === 0 ? 0 : 8) + 1;
  const output = new GrowingOutput(maxBytes);
  for (;;) {
    if (at + 4 > data.length) throw new Error('the lz4 frame has no end');
    const head = data.readUInt32LE(at);
    at += 4;
    if (head === 0) return output.bytes();
    const size = head & ~IS_STORED;
    if (at + size + checksumBytes > data.length) throw new Error('the lz4 frame ends inside a block');
    if ((head & IS_STORED) === 0) unpackBlock(data, at, at + size, output);
    else output.append(data, at, at + size);
    at += size + checksumBytes;
  }
}

function unpackBlock(data: Buffer, start: number, end: number, output: GrowingOutput): void {
  let at = start;
  const longLength = (short: number): number => {
    let length = short;
    if (short < LONG_LENGTH) return length;
    for (;;) {
      if (at >= end) throw new Error('an lz4 block ends inside a length');
      const more = data.readUInt8(at++);
      length += more;
      if (more !== 0xff) return length;
    }
  };
  while (at < end) {
    const token = data.readUInt8(at++);
    const literals = longLength(token >>> 4);
    if (at + literals > end) throw new Error('an lz4 literal ends after its block');
    output.append(data, at, at + literals);
    at += literals;
    // The last sequence of a block has literals only.
    if (at === end) return;
    if (at + 2 > end) throw new Error('an lz4 block ends inside a match');
    const distance = data.readUInt16LE(at);
    at += 2;
    output.repeat(distance, longLength(token & 0x0f) + MIN_MATCH);
  }
}
