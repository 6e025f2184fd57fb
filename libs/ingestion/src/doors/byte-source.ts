import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FileDoorError } from './file-report.js';

/** Where lines come from: a file, standard input, or what a spec makes up. */
export interface ByteSource {
  readonly name: string;
  readonly totalBytes: number | null;
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends the iteration from outside, even while it waits for more. */
  close(): void;
}

/** Small against a batch, so that the bytes read tell how far it is: packed, a batch is 80 KiB. */
const READ_BYTES = 64 * 1024;

/**
 * The file, opened, or standard input for `-`. Whoever opens it closes it.
 * @throws FileDoorError when the file is not there or may not be read.
 */
export function openSource(path: string): Promise<ByteSource> {
  return path === '-' ? Promise.resolve(standardInput()) : fileSource(path);
}

async function fileSource(path: string): Promise<ByteSource> {
  const found = await stat(path).catch((error: unknown) => {
    throw notReadable(path, error);
  });
  if (found.isDirectory()) throw new FileDoorError(`${path} is a folder, not a file.`, null);
  const stream = createReadStream(path, { highWaterMark: READ_BYTES });
  await new Promise<void>((opened, failed) => {
    stream.once('open', () => opened());
    stream.once('error', (error) => failed(notReadable(path, error)));
  });
  return {
    name: basename(path),
    totalBytes: found.isFile() ? found.size : null,
    chunks: stream as AsyncIterable<Buffer>,
    close: () => void stream.destroy(),
  };
}

function standardInput(): ByteSource {
  const { stdin } = process;
  return { name: '-', totalBytes: null, chunks: stdin as AsyncIterable<Buffer>, close: () => void stdin.destroy() };
}

function notReadable(path: string, error: unknown): FileDoorError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new FileDoorError(`There is no file ${path}.`, null);
  if (code === 'EACCES' || code === 'EPERM') return new FileDoorError(`No permission to read ${path}.`, null);
  return new FileDoorError(`${path} cannot be read: ${message}.`, null);
}
