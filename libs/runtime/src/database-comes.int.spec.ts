import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@retention/platform';
import { createDatabaseForSpec, storeVariables } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { whileDatabaseComes } from './database-comes.js';
import { openRuntime } from './runtime.js';

let database: SpecDatabase;
beforeAll(async () => {
  database = await createDatabaseForSpec();
});
afterAll(() => database.drop());

/** The way to the server; cuts the connection on which one of the texts comes by, each the first time. */
async function cutting(texts: readonly string[]): Promise<{ url: string; cuts: () => string[]; server: Server }> {
  const target = new URL(database.url);
  const left = new Set(texts);
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    upstream.pipe(client);
    client.on('data', (chunk) => {
      const text = [...left].find((part) => chunk.includes(part));
      if (text === undefined) upstream.write(chunk);
      else {
        left.delete(text);
        client.resetAndDestroy();
      }
    });
  });
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(database.url);
  url.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return { url: url.href, cuts: () => texts.filter((text) => !left.has(text)), server };
}

const open = (url: string, databaseWaitMs: number) =>
  openRuntime(loadConfig({ DATABASE_URL: url, ...storeVariables(database.url) }), 'spec', () => undefined, {
    databaseWaitMs,
  });

describe('a start while the database goes away', () => {
  it('is begun again where it was cut off, in the middle of the schema too', async () => {
    const texts = ['pg_advisory_lock', 'CREATE TABLE projection.checkpoint', 'schema_migrations', 'store.feed_shard'];
    const { url, cuts, server } = await cutting(texts);
    const runtime = await open(url, 30_000);
    try {
      expect(cuts()).toEqual(texts);
      expect((await runtime.database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      expect((await runtime.store.head()).size).toBe(16);
    } finally {
      await runtime.close();
      server.close();
    }
  });

  it('ends with one line that says which database, when it does not stay in time', async () => {
    let begun = 0;
    const cutOff = (): Promise<never> => {
      begun += 1;
      return Promise.reject(Object.assign(new Error('terminating connection'), { code: '57P01' }));
    };
    await expect(whileDatabaseComes(database.url, 300, cutOff)).rejects.toThrow(
      /^PostgreSQL at .*cannot be used: terminating connection$/,
    );
    expect(begun).toBeGreaterThan(1);
  });

  it('is not begun again for what is no matter of the database', async () => {
    let begun = 0;
    const fault = new TypeError('a fault of the product');
    const work = (): Promise<never> => {
      begun += 1;
      return Promise.reject(fault);
    };
    await expect(whileDatabaseComes(database.url, 300, work)).rejects.toBe(fault);
    expect(begun).toBe(1);
  });
});
