import { describe, expect, it } from '@jest/globals';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import lz4js from 'lz4js';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import snappyjs from 'snappyjs';
import { unpackGzip } from './gzip.js';
import { unpackLz4 } from './lz4.js';
import { registerCodecs } from './register-codecs.js';
import { unpackSnappy } from './snappy.js';
import { TooLargeError } from './too-large-error.js';
import { unpackZstd } from './zstd.js';

const MAX = 1_000_000;

const SAMPLES: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  text: Buffer.from('a repayment of 70000.00 CNY; '.repeat(4_000)),
  'one byte many times': Buffer.alloc(200_000, 7),
  noise: randomBytes(150_000),
  'text between noise': Buffer.concat([randomBytes(70_000), Buffer.alloc(70_000, 'ab'), randomBytes(300)]),
};

describe.each(Object.entries(SAMPLES))('%s', (_, sample) => {
  it('comes back from a snappy block as it was', () => {
    expect(unpackSnappy(snappyjs.compress(sample), MAX).equals(sample)).toBe(true);
  });

  it('comes back from the snappy stream of Java producers as it was', () => {
    expect(unpackSnappy(xerial(sample), MAX).equals(sample)).toBe(true);
  });

  it('comes back from an lz4 frame as it was', () => {
    expect(unpackLz4(Buffer.from(lz4js.compress(sample)), MAX).equals(sample)).toBe(true);
  });

  it('comes back from gzip as it was', async () => {
    expect((await unpackGzip(gzipSync(sample), MAX)).equals(sample)).toBe(true);
  });
});

describe('data that unpacks to more than the bound', () => {
  const bomb = Buffer.alloc(MAX + 1);

  it('is refused whatever it is packed with', async () => {
    expect(() => unpackSnappy(snappyjs.compress(bomb), MAX)).toThrow(TooLargeError);
    expect(() => unpackSnappy(xerial(bomb), MAX)).toThrow(TooLargeError);
    expect(() => unpackLz4(Buffer.from(lz4js.compress(bomb)), MAX)).toThrow(TooLargeError);
    expect(() => unpackZstd(zstdOfZeros(MAX + 1), MAX)).toThrow(TooLargeError);
    await expect(unpackGzip(gzipSync(bomb), MAX)).rejects.toThrow(TooLargeError);
  });

  it('is accepted at the bound itself', async () => {
    const largest = bomb.subarray(1);
    expect(unpackSnappy(snappyjs.compress(largest), MAX)).toHaveLength(MAX);
    expect(unpackLz4(Buffer.from(lz4js.compress(largest)), MAX)).toHaveLength(MAX);
    expect(unpackZstd(zstdOfZeros(MAX), MAX)).toHaveLength(MAX);
    expect(await unpackGzip(gzipSync(largest), MAX)).toHaveLength(MAX);
  });
});

describe('damaged data', () => {
  const text = SAMPLES['text']!;
  const packed: readonly [string, Buffer, (data: Buffer) => Buffer, shortest: number][] = [
    ['snappy', snappyjs.compress(text), (data) => unpackSnappy(data, MAX), 0],
    // A stream that ends between two blocks cannot be told from a whole one: this one has a single block.
    ['the snappy stream', xerial(text), (data) => unpackSnappy(data, MAX), 17],
    ['lz4', Buffer.from(lz4js.compress(text)), (data) => unpackLz4(data, MAX), 0],
    ['zstd', zstdOfZeros(300_000), (data) => unpackZstd(data, MAX), 1],
  ];

  it.each(packed)('is refused when %s ends too early, wherever that is', (_, data, unpack, shortest) => {
    const step = Math.max(1, Math.floor(data.length / 200));
    for (let end = data.length - 1; end >= shortest; end -= step) {
      expect(() => unpack(data.subarray(0, end))).toThrow();
    }
  });

  it.each(packed)(
    'never hangs %s and never unpacks to more than the bound, whichever byte is turned',
    (_, data, unpack) => {
      const step = Math.max(1, Math.floor(data.length / 300));
      for (let at = 0; at < data.length; at += step) {
        const turned = Buffer.from(data);
        turned[at] = turned[at]! ^ 0xff;
        try {
          expect(unpack(turned).length).toBeLessThanOrEqual(MAX);
        } catch (error) {
          expect(error).toHaveProperty('message');
        }
      }
    },
  );

  it('is refused when a snappy literal says a length with the highest bit set', () => {
    expect(() => unpackSnappy(Buffer.of(10, 0xfc, 0xff, 0xff, 0xff, 0xff, 1, 2, 3), MAX)).toThrow();
  });

  it('is refused when a match points before the beginning', () => {
    expect(() => unpackSnappy(Buffer.of(4, 0x01, 0x05), MAX)).toThrow(/before the beginning/);
  });
});

describe('a batch that cannot be unpacked', () => {
  const decompress = (type: CompressionTypes, packed: Buffer) => {
    registerCodecs();
    const codecs = CompressionCodecs as Record<number, () => { decompress(packed: Buffer): Promise<Buffer> }>;
    return codecs[type]!().decompress(packed);
  };

  it('is answered with as many records as its header says, so that kafkajs goes on with other partitions', async () => {
    const batch = batchOf(Buffer.from('this is no gzip'), { lastOffsetDelta: 4, records: 3 });

    const standIn = await decompress(CompressionTypes.GZIP, batch.subarray(61));

    expect(standIn.toString('latin1')).toContain('A gzip batch cannot be unpacked: incorrect header check');
    const empty = Buffer.of(0, 0, 8, 1, 1, 0);
    const another = Buffer.concat([Buffer.of(empty.length * 2), empty]);
    expect(standIn.subarray(-14)).toEqual(Buffer.concat([another, another]));
  });

  it('is an error when it is not in a record batch of the current format', async () => {
    const alone = Buffer.from(new Uint8Array(new ArrayBuffer(40)).fill(9));
    await expect(decompress(CompressionTypes.LZ4, alone)).rejects.toThrow(/lz4 batch cannot be unpacked/);
  });
});

/** The stream format of snappy-java: a header of 16 bytes, then blocks with their lengths. */
function xerial(data: Buffer): Buffer {
  const block = snappyjs.compress(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(block.length);
  return Buffer.concat([Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1'), length, block]);
}

/** A Zstandard frame with blocks of one repeated byte: RFC 8878, 3.1.1. */
function zstdOfZeros(bytes: number): Buffer {
  const parts = [Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38)];
  for (let left = bytes; left > 0; left -= 131_072) {
    const size = Math.min(left, 131_072);
    const header = (size << 3) | (1 << 1) | (left === size ? 1 : 0);
    parts.push(Buffer.of(header & 0xff, (header >> 8) & 0xff, (header >> 16) & 0xff, 0));
  }
  return Buffer.concat(parts);
}

function batchOf(packed: Buffer, { lastOffsetDelta, records }: { lastOffsetDelta: number; records: number }): Buffer {
  const batch = Buffer.from(new Uint8Array(new ArrayBuffer(61 + packed.length)).buffer);
  batch.writeInt32BE(49 + packed.length, 8);
  batch.writeInt8(2, 16);
  batch.writeInt32BE(lastOffsetDelta, 23);
  batch.writeInt32BE(records, 57);
  packed.copy(batch, 61);
  return batch;
}
