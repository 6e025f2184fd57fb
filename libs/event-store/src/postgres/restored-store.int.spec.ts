import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@retention/platform';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import type pg from 'pg';
import { batchOf, expectConflict, newStreamIn, notes, onto, said, streamOf } from '../contract/story.spec-support.js';
import { PostgresEventStore } from './postgres-event-store.js';
import { migrate } from './postgres-store.spec-support.js';

let database: SpecDatabase;
let pools: pg.Pool[] = [];

beforeEach(async () => {
  database = await createDatabaseForSpec();
  await migrate(database.url);
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  pools = [];
  await onServer(`DROP DATABASE IF EXISTS ${name()}_backup`);
  await database.drop();
});

const name = (): string => new URL(database.url).pathname.slice(1);

async function onServer(...statements: string[]): Promise<void> {
  const url = new URL(database.url);
  url.pathname = '/postgres';
  const pool = createPool(url.href, { max: 1, applicationName: 'beside' });
  for (const statement of statements) await pool.query(statement);
  await pool.end();
}

/** The store of a process of its own. */
async function open(): Promise<PostgresEventStore> {
  const pool = createPool(database.url, { max: 2, applicationName: 'store under test' });
  pools.push(pool);
  return PostgresEventStore.open(pool);
}

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = `;

describe('a store that was set back to a backup', () => {
  it('takes nothing from a process that remembers more, though others have written on meanwhile', async () => {
    const [remembers, other] = [await open(), await open()];
    const [setBack, neighbour] = [newStreamIn(3, 16), newStreamIn(3, 16)];
    await remembers.append(batchOf(onto(setBack, 0, notes(2))));
    await onServer(`${CUT}'${name()}'`, `CREATE DATABASE ${name()}_backup TEMPLATE ${name()}`);
    await insist(() => remembers.append(batchOf(onto(setBack, 2, notes(3)))));
    await onServer(`DROP DATABASE ${name()} WITH (FORCE)`, `CREATE DATABASE ${name()} TEMPLATE ${name()}_backup`);
    await insist(() => other.append(batchOf(onto(neighbour, 0, notes(20)))));

    await insist(() => expectConflict(remembers.append(batchOf(onto(setBack, 5, notes(1)))), 'stream'));
    expect(said(await streamOf(remembers, setBack))).toEqual([1, 2]);
    await remembers.append(batchOf(onto(setBack, 2, notes(1))));
  });
});

/** The first call after a cut may find a session that is gone without having been told. */
async function insist(call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if ((error as { code?: unknown }).code !== '57P01') throw error;
    await call();
  }
}
