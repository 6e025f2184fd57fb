import { Decompress } from 'fzstd';
import { GrowingOutput } from './growing-output.js';

/** Unpacks Zstandard frames. Throws on damaged data, and with `TooLargeError` above `maxBytes`. */
export function unpackZstd(data: Buffer, maxBytes: number): Buffer {
  const output = new GrowingOutput(maxBytes);
  // Block by block: asked for the whole at once, fzstd allocates whatever size the frame's header claims.
  const stream = new Decompress((block) => output.append(block, 0, block.length));
  stream.push(data, true);
  return output.bytes();
}
