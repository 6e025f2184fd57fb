import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TooLargeError } from './too-large-error.js';

const unpack = promisify(gunzip);

/** Unpacks gzip. Rejects on damaged data, and with `TooLargeError` above `maxBytes`. */
export async function unpackGzip(data: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unpack(data, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLargeError(maxBytes);
    throw error;
  }
}
