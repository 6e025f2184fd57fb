import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@retention/platform';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { batchOf, expectDense, newName, newStreamIn, notes, onto, said } from '../contract/story.spec-support.js';
import { streamOf, taking, versionOf } from '../contract/story.spec-support.js';
import { PostgresEventStore } from './postgres-event-store.js';
import { openStoreForSpec, STORE_NAME } from './postgres-store.spec-support.js';
import type { StoreForSpec } from './postgres-store.spec-support.js';

const ALL_FROM_THE_START = new Map(Array.from({ length: 16 }, (_, shard) => [shard, 0]));

let opened: StoreForSpec;
let store: PostgresEventStore;
/** Connections of somebody else: what the spec does to the database beside the store. */
let beside: pg.Pool;

beforeAll(async () => {
  opened = await openStoreForSpec();
  ({ store } = opened);
  beside = createPool(opened.url, { max: 4, applicationName: 'beside the store' });
});
afterAll(async () => {
  await beside.end();
  await opened.close();
});

/** Ends the store's connections, all or those that wait for a lock. Returns how many there were. */
async function terminate(which: 'all' | 'waiting'): Promise<number> {
  const { rowCount } = await beside.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1 AND ($2 = 'all' OR wait_event_type = 'Lock')`,
    [STORE_NAME, which],
  );
  return rowCount ?? 0;
}

async function untilTerminated(): Promise<void> {
  while ((await terminate('waiting')) === 0) await delay(5);
}

describe('the database', () => {
  beforeEach(() => store.append(batchOf(onto(newName('stream'), 0, notes(1)))));

  it.each([
    ['UPDATE', `UPDATE store.event SET payload = '{}'`],
    ['UPDATE of nothing', `UPDATE store.event SET payload = '{}' WHERE false`],
    ['DELETE', 'DELETE FROM store.event WHERE version = 1'],
    ['TRUNCATE', 'TRUNCATE store.event'],
    ['TRUNCATE with others', 'TRUNCATE store.snapshot, store.event CASCADE'],
    [
      'upsert',
      `INSERT INTO store.event SELECT * FROM store.event ON CONFLICT (shard, position) DO UPDATE SET type = 'x'`,
    ],
  ])('refuses %s on events', async (_, statement) => {
    const before = await beside.query('SELECT * FROM store.event ORDER BY shard, position');
    await expect(beside.query(statement)).rejects.toMatchObject({
      code: 'RT001',
      message: expect.stringContaining('events are never changed'),
    });
    const after = await beside.query('SELECT * FROM store.event ORDER BY shard, position');
    expect(after.rows).toEqual(before.rows);
  });
});

describe('opening the store', () => {
  it('is refused where the server may lose what it acknowledged', async () => {
    const name = new URL(opened.url).pathname.slice(1);
    await beside.query(`ALTER DATABASE ${name} SET synchronous_commit = off`);
    const careless = createPool(opened.url, { max: 1, applicationName: 'careless' });
    try {
      await expect(PostgresEventStore.open(careless)).rejects.toThrow(/synchronous_commit is off/);
    } finally {
      await beside.query(`ALTER DATABASE ${name} RESET synchronous_commit`);
      await careless.end();
    }
  });

  it('finds as many shards as the store was made with', async () => {
    expect((await PostgresEventStore.open(beside)).shards).toBe(16);
  });
});

describe('a connection that ends in the middle of an append', () => {
  const source = { consumer: 'group', source: 'topic-0' };

  it('leaves nothing, and the same append gets through afterwards', async () => {
    const [one, other] = [newStreamIn(0, 16), newStreamIn(15, 16)];
    const batch = taking([{ ...source, expected: null, next: 5 }], onto(one, 0, notes(3)), onto(other, 0, notes(3)));
    const blocker = await beside.connect();
    await blocker.query('BEGIN');
    await blocker.query('SELECT * FROM store.feed_shard WHERE shard = 15 FOR UPDATE');
    const appending = expect(store.append(batch)).rejects.not.toMatchObject({ name: 'AppendConflict' });
    await untilTerminated();
    await appending;
    await blocker.query('ROLLBACK');
    blocker.release();

    expect([await versionOf(store, one), await versionOf(store, other)]).toEqual([0, 0]);
    expect(await store.offsets('group')).toEqual(new Map());
    await store.append(batch);
    expect([await versionOf(store, one), await versionOf(store, other)]).toEqual([3, 3]);
    expect(await store.offsets('group')).toEqual(new Map([['topic-0', 5]]));
    await expectDense(store, ALL_FROM_THE_START);
  });

  it('leaves nothing or all, whenever it ends', async () => {
    const unharmed = await PostgresEventStore.open(beside);
    let isOver = false;
    let failures = 0;
    const append = async (writer: number): Promise<void> => {
      const consumer = newName('consumer');
      for (let next = 1; !isOver; next += 1) {
        const streamIds = [0, 5, 10, 15].map((shard) => newStreamIn((shard + writer) % 16, 16));
        const advance = { consumer, source: 's', expected: next === 1 ? null : next - 1, next };
        const batch = taking([advance], ...streamIds.map((streamId) => onto(streamId, 0, notes(25))));
        for (let isWritten = false; !isWritten;) {
          await store.append(batch).catch(() => (failures += 1));
          isWritten = (await unharmed.offsets(consumer)).get('s') === next;
          const loaded = await unharmed.loadStreams(streamIds, 1);
          expect([...loaded.values()].map(({ events }) => events.length)).toEqual(isWritten ? [25, 25, 25, 25] : []);
        }
      }
    };
    const kill = async (): Promise<void> => {
      while (failures < 30) {
        await delay(Math.random() * 40);
        await terminate('all');
      }
      isOver = true;
    };
    await Promise.all([kill(), append(0), append(1), append(2)]);
    await expectDense(store, ALL_FROM_THE_START);
  });
});

describe('two transactions that wait for each other', () => {
  it('become one append and one conflict, and nothing is lost', async () => {
    await beside.query('CREATE TABLE account (key text PRIMARY KEY)');
    await beside.query(`INSERT INTO account VALUES ('a'), ('b')`);
    const lock = (key: string) => ({ text: 'SELECT FROM account WHERE key = $1 FOR UPDATE', values: [key], rows: 1 });
    const wait = { text: 'SELECT pg_sleep(1)', values: [], rows: 1 };
    // In one shard they would take turns from the start, and never wait for each other in a circle.
    const streamIds = [newStreamIn(0, 16), newStreamIn(1, 16)];
    const tries = await Promise.allSettled(
      [['a', 'b'] as const, ['b', 'a'] as const].map(([first, second], index) =>
        store.append({
          streams: [onto(streamIds[index]!, 0, notes(1))],
          advances: [],
          companions: [lock(first), wait, lock(second)],
        }),
      ),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = tries.find((one) => one.status === 'rejected');
    expect(lost?.reason).toMatchObject({ name: 'AppendConflict' });
  });
});

describe('a reader that polls the feed while others write', () => {
  it('never sees a hole, and misses nothing', async () => {
    const start = await store.head();
    let areWriting = true;
    const write = async (writer: number): Promise<string[]> => {
      const streamIds = Array.from({ length: 12 }, () => newName('stream'));
      for (let version = 0; version < 20; version += 1) {
        const some = streamIds.map((streamId) => onto(streamId, version, notes(1)));
        // The transaction stays open for a while after it got its positions, as one does whose commit is slow.
        const pause = { text: 'SELECT pg_sleep($1)', values: [(writer % 3) * 0.002], rows: 1 };
        await store.append({ streams: some, advances: [], companions: [pause] });
      }
      return streamIds;
    };
    const seen = new Map<string, number>();
    const poll = async (): Promise<number> => {
      let after = start;
      let polls = 0;
      for (;;) {
        const isLast = !areWriting;
        const page = await store.readFeed({ after, limitPerShard: 7, types: null });
        const reached = new Map(after);
        for (const { shard, position, streamId, version } of page.events) {
          expect(position).toBe(reached.get(shard)! + 1);
          reached.set(shard, position);
          expect(version).toBe((seen.get(streamId) ?? 0) + 1);
          seen.set(streamId, version);
        }
        expect(reached).toEqual(page.upTo);
        after = page.upTo;
        polls += 1;
        if (isLast && page.events.length === 0) return polls;
      }
    };
    const polling = poll();
    const written = await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
    areWriting = false;
    expect(await polling).toBeGreaterThan(20);
    expect(seen).toEqual(new Map(written.flat().map((streamId) => [streamId, 20])));
  });

  it('is not held up by a transaction that somebody leaves open', async () => {
    const idle = await beside.connect();
    await idle.query('BEGIN');
    await idle.query('CREATE TEMPORARY TABLE left_open ON COMMIT DROP AS SELECT pg_current_xact_id() AS xact');
    const start = await store.head();
    const streamId = newName('stream');
    await store.append(batchOf(onto(streamId, 0, notes(2))));
    const page = await store.readFeed({ after: start, limitPerShard: 10, types: null });
    expect(page.events.map((event) => event.streamId)).toEqual([streamId, streamId]);
    await idle.query('ROLLBACK');
    idle.release();
    expect(said(await streamOf(store, streamId))).toEqual([1, 2]);
  });
});
