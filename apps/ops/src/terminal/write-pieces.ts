import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { OpsFailure } from './failure.js';
import { writeOut } from './output.js';

type Pieces = AsyncIterable<string> | Iterable<string>;

/**
 * Writes the pieces to the file, or to standard output when it is null, no faster than they are taken. A name that ends in
 * `.gz` is packed. The file appears when it is whole: what goes wrong on the way leaves the old one as it was.
 * @throws OpsFailure when it cannot be written; AbortError when the signal aborts.
 */
export async function writePieces(pieces: Pieces, out: string | null, signal?: AbortSignal): Promise<void> {
  if (out === null) {
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      if (!(await writeOut(piece))) return;
    }
    return;
  }
  const target = await stat(out).catch(() => null);
  // A pipe or a device is written to as it is.
  const isReplaced = target === null || target.isFile();
  const path = isReplaced ? `${out}.${process.pid}.part` : out;
  const packing = out.endsWith('.gz') ? [createGzip()] : [];
  try {
    const options = signal === undefined ? {} : { signal };
    await pipeline([Readable.from(pieces), ...packing, createWriteStream(path)], options);
    if (isReplaced) await rename(path, out);
  } catch (error) {
    if (isReplaced) await rm(path, { force: true });
    throw explained(error, out);
  }
}

function explained(error: unknown, out: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (!['open', 'write', 'close', 'rename'].includes(syscall ?? '')) return error;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new OpsFailure(`No permission to write ${out}.`);
  if (code === 'ENOENT') return new OpsFailure(`There is no folder for ${out}.`);
  if (code === 'EISDIR') return new OpsFailure(`${out} is a folder, not a file.`);
  if (code === 'ENOSPC') return new OpsFailure(`There is no space left for ${out}.`);
  return new OpsFailure(`${out} cannot be written: ${message}.`);
}
