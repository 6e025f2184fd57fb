import { createGunzip } from 'node:zlib';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** What is unpacked at once. Packed data can grow a thousandfold: to 16 MiB, from this much. */
const PACKED_SLICE_BYTES = 16 * 1024;
const UNPACKED_CHUNK_BYTES = 128 * 1024;

/** The gzip data ends too early, or is not what its checksum says. */
export class DamagedGzip extends Error {
  override readonly name = 'DamagedGzip';
}

/**
 * The chunks as they come, or unpacked when the first two bytes are those of gzip.
 * @throws DamagedGzip after everything that could be unpacked.
 */
export async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  let isOver = false;
  while (first.length < GZIP_MAGIC.length && !isOver) {
    const next = await iterator.next();
    if (next.done === true) isOver = true;
    else first = Buffer.concat([first, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    if (!isOver) yield* { [Symbol.asyncIterator]: () => iterator };
  }
  if (first.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) yield* gunzipped(all());
  else yield* all();
}

/**
 * Unpacks slice by slice, each to its end before the next. A stream piped through gunzip would lose what it had unpacked
 * but not handed on when it meets the damage, and thousands of good lines with it.
 */
async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES });
  const output: Buffer[] = [];
  let damage: Error | null = null;
  let onDamage: () => void = () => undefined;
  gunzip.on('data', (chunk: Buffer) => output.push(chunk));
  gunzip.on('error', (error) => {
    damage = error;
    onDamage();
  });
  // zlib calls back for what went well only; for the rest there is the event.
  const step = (start: (done: () => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      onDamage = () => reject(new DamagedGzip(damage?.message, { cause: damage }));
      if (damage === null) start(resolve);
      else onDamage();
    });
  try {
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += PACKED_SLICE_BYTES) {
        const slice = chunk.subarray(from, from + PACKED_SLICE_BYTES);
        await step((done) => gunzip.write(slice, (error) => (error == null ? done() : undefined)));
        yield* output.splice(0);
      }
    }
    await step((done) => gunzip.once('end', done).end());
    yield* output.splice(0);
  } finally {
    gunzip.destroy();
  }
}
