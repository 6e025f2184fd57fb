import { chmodSync, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { runMigrations, startEmbeddedPostgres } from '@retention/platform';
import type { EmbeddedPostgres } from '@retention/platform';
import { productDataSource } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import pg from 'pg';

/** A server of its own in a folder of its own, both gone afterwards. */
export async function withServer<T>(work: (server: EmbeddedPostgres, folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'retention-bench-'));
  chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataFolder: join(folder, 'data') });
  try {
    return await work(server, folder);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Lender {
  readonly customers: number;
  readonly years: number;
}

/** Writes the messages of a simulated lender, one a line, and resolves with how many they are. */
export async function writeFeed(path: string, { customers, years }: Lender): Promise<number> {
  const out = createWriteStream(path);
  let lines = 0;
  for (const line of simulateLines({ customers, years, seed: 1 })) {
    lines += 1;
    if (!out.write(`${line}\n`))
      await new Promise<void>((resolve) =>
        out.once('drain', () => {
          resolve();
        }),
      );
  }
  out.end();
  await finished(out);
  return lines;
}

/** An empty database of the product on the server. */
export async function freshDatabase(serverUrl: string, database: string): Promise<string> {
  const url = new URL(serverUrl);
  await withClient(serverUrl, (client) =>
    client.query(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`),
  );
  url.pathname = `/${database}`;
  const dataSource = productDataSource(url.href, 'retention-bench');
  await runMigrations(dataSource);
  await dataSource.destroy();
  return url.href;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'retention-bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function perSecond(rate: number): string {
  return Math.round(rate).toLocaleString('en-US');
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
