import { startEmbeddedPostgres, waitForDatabase } from '@retention/platform';
import type { EmbeddedPostgres } from '@retention/platform';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/*
 * Runs where nobody else sees the small disk it was given: keeps a PostgreSQL server on it, and fills and frees it when
 * told. Each line on standard input is answered with one on standard output; at its end the server stops.
 */

const [disk = ''] = process.argv.slice(2);
const filler = join(disk, 'filler');
const settings = { shared_buffers: '32MB', max_wal_size: '32MB', min_wal_size: '32MB' };

class Server {
  private running: EmbeddedPostgres | null = null;
  private isLost = false;

  async start(): Promise<string> {
    const port = this.running === null ? {} : { port: Number(new URL(this.running.url).port) };
    this.isLost = false;
    const onLost = (): void => void (this.isLost = true);
    this.running = await startEmbeddedPostgres({ dataFolder: join(disk, 'data'), settings, onLost, ...port });
    return this.running.url;
  }

  /** A server that crashed starts itself again as long as it can; one that could not is gone and has to be started. */
  async comeBack(): Promise<void> {
    for (;;) {
      if (this.isLost) await this.start();
      if (await answers(this.running?.url ?? '')) return;
    }
  }

  async stop(): Promise<void> {
    await this.running?.stop();
  }
}

function answers(url: string): Promise<boolean> {
  return waitForDatabase(url, 200).then(
    () => true,
    () => false,
  );
}

function fill(): void {
  const file = openSync(filler, 'w');
  try {
    for (const bytes of [1024 * 1024, 4096]) {
      const zeros = Buffer.alloc(bytes);
      for (let isFull = false; !isFull;) {
        try {
          isFull = writeSync(file, zeros) < bytes;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          isFull = true;
        }
      }
    }
  } finally {
    closeSync(file);
  }
}

const server = new Server();
try {
  process.stdout.write(`${await server.start()}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'fill') fill();
    else if (line === 'free') rmSync(filler);
    else await server.comeBack();
    process.stdout.write(`${line}\n`);
  }
} finally {
  await server.stop();
}
// The session that owned a server which crashed may still be looking for it.
process.exit(0);
