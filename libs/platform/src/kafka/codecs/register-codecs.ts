import kafkajs from 'kafkajs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { reasonOf } from '../reason-of.js';
import { unpackGzip } from './gzip.js';
import { unpackLz4 } from './lz4.js';
import { unpackSnappy } from './snappy.js';
import { standInFor } from './stand-in.js';
import { checkRoomInAnswer, countUnpacked } from './unpacked-bytes.js';
import { unpackZstd } from './zstd.js';

// Node finds only some of this CommonJS package's names by itself; CompressionCodecs is not among them.
const { CompressionCodecs, CompressionTypes } = kafkajs;

/** A producer's batch is 1 MB packed by default; text packs to a tenth. What unpacks to more is not a feed. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

type Unpack = (data: Buffer, maxBytes: number) => Buffer | Promise<Buffer>;
type Pack = (encoder: { readonly buffer: Buffer }) => Promise<Buffer>;

const packGzip = promisify(gzip);

/**
 * Makes kafkajs read all four codecs of Kafka, each with a bound on its output, and one on what an answer comes to. It knows only gzip by itself, without a
 * bound (0.5 MB unpacked to 512 MB when tried). The registration is global in kafkajs.
 */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = codec('gzip', unpackGzip, ({ buffer }) => packGzip(buffer));
  CompressionCodecs[CompressionTypes.Snappy] = codec('snappy', unpackSnappy, notPacked('snappy'));
  CompressionCodecs[CompressionTypes.LZ4] = codec('lz4', unpackLz4, notPacked('lz4'));
  CompressionCodecs[CompressionTypes.ZSTD] = codec('zstd', unpackZstd, notPacked('zstd'));
}

function codec(name: string, unpack: Unpack, compress: Pack) {
  return () => ({
    async decompress(packed: Buffer): Promise<Buffer> {
      checkRoomInAnswer(packed);
      try {
        const records = await unpack(packed, MAX_UNPACKED_BYTES);
        countUnpacked(packed, records.length);
        return records;
      } catch (error) {
        const reason = `A ${name} batch cannot be unpacked: ${reasonOf(error)}`;
        const standIn = standInFor(packed, reason);
        if (standIn === null) throw new Error(reason, { cause: error });
        countUnpacked(packed, standIn.length);
        return standIn;
      }
    },
    compress,
  });
}

function notPacked(name: string): Pack {
  return () => Promise.reject(new Error(`Messages are written with gzip or as they are, not with ${name}`));
}
