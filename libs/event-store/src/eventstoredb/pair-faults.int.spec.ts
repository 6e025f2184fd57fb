import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@retention/platform';
import { createDatabaseForSpec, startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble, SpecDatabase } from '@retention/testing';
import type pg from 'pg';
import { batchOf, expectDense, newName, notes, onto, versionOf } from '../contract/story.spec-support.js';
import { PostgresEventStore } from '../postgres/postgres-event-store.js';
import { migrate } from '../postgres/postgres-store.spec-support.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import { failureOf, FROM_THE_START, QUICK } from './faults.spec-support.js';

const PREFIX = 'lender.';

interface Half {
  readonly database: SpecDatabase;
  readonly pool: pg.Pool;
}

let double: EventStoreDouble;
let halves: Half[] = [];
let stores: EventStoreDbEventStore[] = [];

beforeEach(async () => {
  double = await startEventStoreDouble();
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const { pool, database } of halves) {
    await pool.end();
    await database.drop();
  }
  await double.stop();
  [halves, stores] = [[], []];
});

/** An empty database with the migrations. */
async function newDatabase(): Promise<pg.Pool> {
  const database = await createDatabaseForSpec();
  await migrate(database.url);
  const pool = createPool(database.url, { max: 5, applicationName: 'half' });
  halves.push({ database, pool });
  return pool;
}

async function open(pool: pg.Pool, prefix = PREFIX, url = double.url): Promise<EventStoreDbEventStore> {
  const store = await EventStoreDbEventStore.open(pool, { url, prefix, timing: { ...QUICK, openPatienceMs: 1000 } });
  stores.push(store);
  return store;
}

const oneNote = (): ReturnType<typeof batchOf> => batchOf(onto(newName('stream'), 0, notes(1)));

describe('a database whose events are kept elsewhere', () => {
  it('in PostgreSQL: EventStoreDB is refused, and nothing is changed in either', async () => {
    const pool = await newDatabase();
    const postgres = await PostgresEventStore.open(pool);
    await postgres.append(oneNote());
    await expect(open(pool)).rejects.toMatchObject({
      name: 'EventsMoved',
      message: expect.stringContaining('EVENT_STORE=postgres'),
    });
    expect((await pool.query('SELECT FROM store.eventstoredb')).rows).toEqual([]);
    expect(double.all()).toEqual([]);
    await postgres.append(oneNote());
  });

  it('in EventStoreDB: PostgreSQL is refused, at the start and to who had started before', async () => {
    const pool = await newDatabase();
    const before = await PostgresEventStore.open(pool);
    const store = await open(pool);
    await expect(PostgresEventStore.open(pool)).rejects.toMatchObject({
      name: 'EventsMoved',
      message: expect.stringContaining('EVENT_STORE=eventstoredb'),
    });
    await expect(before.append(oneNote())).rejects.toMatchObject({ name: 'EventsMoved' });
    await store.append(oneNote());
    expect(await expectDense(store, FROM_THE_START)).toHaveLength(1);
  });
});

describe('two halves that do not belong together', () => {
  it('because the streams are those of another database: that is said, and another prefix may be chosen', async () => {
    const first = await open(await newDatabase());
    await first.append(oneNote());
    const pool = await newDatabase();
    await expect(open(pool)).rejects.toMatchObject({
      name: 'StoresApart',
      message: expect.stringMatching(/lender\. belong to another database .* choose another EVENTSTORE_PREFIX/),
    });
    const second = await open(pool, 'lender-2.');
    await second.append(oneNote());
    for (const store of [first, second]) expect(await expectDense(store, FROM_THE_START)).toHaveLength(1);
    // From then on it is for good.
    for (const other of [PREFIX, 'lender-3.']) {
      await expect(open(pool, other)).rejects.toMatchObject({
        name: 'StoresApart',
        message: 'the streams of this database begin with lender-2.: start with EVENTSTORE_PREFIX=lender-2.',
      });
    }
    await open(pool, 'lender-2.');
  });

  it('because EventStoreDB is another, empty one', async () => {
    const pool = await newDatabase();
    const store = await open(pool);
    await store.append(oneNote());
    const empty = await startEventStoreDouble();
    await expect(open(pool, PREFIX, empty.url)).rejects.toMatchObject({
      name: 'StoresApart',
      message: expect.stringContaining('EVENTSTORE_URL names another one, or it was emptied'),
    });
    expect(empty.all()).toEqual([]);
    await empty.stop();
  });

  it('because PostgreSQL was restored from an older backup', async () => {
    const pool = await newDatabase();
    const store = await open(pool);
    for (let round = 0; round < 3; round += 1) await store.append(oneNote());
    for (let count = 0; count < 3000; count += 1) double.writeSystemEvent();
    await pool.query('UPDATE store.feed_shard SET head = head - 1 WHERE head > 0');
    await expect(open(pool)).rejects.toMatchObject({
      name: 'StoresApart',
      message: expect.stringContaining('restored from a backup that is older than EventStoreDB'),
    });
  });
});

describe('processes that start at once on an empty pair', () => {
  it('become one store', async () => {
    const pool = await newDatabase();
    const opened = await Promise.all(Array.from({ length: 6 }, () => open(pool)));
    const { rows } = await pool.query<{ store_id: string }>('SELECT store_id FROM store.eventstoredb');
    expect(double.all().map(({ id }) => id)).toEqual(rows.map(({ store_id }) => store_id));
    const streamId = newName('stream');
    for (const [version, store] of opened.entries()) await store.append(batchOf(onto(streamId, version, notes(1))));
    expect(await versionOf(opened[0]!, streamId)).toBe(6);
  });

  it('of two databases become the store of one of them', async () => {
    const pools = await Promise.all([newDatabase(), newDatabase()]);
    const tries = await Promise.allSettled([...pools, ...pools].map((pool) => open(pool)));
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    for (const lost of tries)
      if (lost.status === 'rejected') expect(lost.reason).toMatchObject({ name: 'StoresApart' });
    expect(tries[0]?.status).toBe(tries[2]?.status);
  });

  it('with two prefixes become a store with one of them', async () => {
    const pool = await newDatabase();
    const tries = await Promise.allSettled(['a.', 'b.', 'a.', 'b.'].map((prefix) => open(pool, prefix)));
    const { rows } = await pool.query<{ prefix: string }>('SELECT prefix FROM store.eventstoredb');
    for (const [index, { status }] of tries.entries()) {
      const isOurs = rows[0]?.prefix === ['a.', 'b.'][index % 2];
      if (!isOurs) expect(status).toBe('rejected');
    }
    await open(pool, rows[0]?.prefix);
  });
});

describe('a server that is not there at the start', () => {
  it('is waited for, no longer than was told, and nothing is left behind', async () => {
    const pool = await newDatabase();
    await double.stop();
    const { error, ms } = await failureOf(open(pool));
    expect(error).toMatchObject({ name: 'EventStoreDbUnavailable' });
    expect(ms).toBeLessThan(3000);
    const opening = open(pool, 'another.');
    setTimeout(() => void double.start(), 400);
    await (await opening).append(oneNote());
  });

  it('is waited for where it accepts connections and says nothing', async () => {
    const pool = await newDatabase();
    double.freezeAll(60_000);
    const { error, ms } = await failureOf(open(pool));
    expect(error).toMatchObject({ name: 'EventStoreDbUnavailable', message: expect.stringContaining('no answer') });
    expect(ms).toBeLessThan(3000);
    await double.restart();
    await open(pool);
  });

  it('may fail in any way in between', async () => {
    const pool = await newDatabase();
    double.faults.next('read', { kind: 'error-before' });
    double.faults.next('read', { kind: 'drop-connections' });
    double.faults.next('append', { kind: 'error-after' });
    double.faults.next('append', { kind: 'never', written: true });
    await (await open(pool)).append(oneNote());
  });
});
