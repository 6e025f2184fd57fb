import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsumerFenced, dayClosed } from '@retention/ingestion';
import type { FeedWorker } from '@retention/projections';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import type pg from 'pg';
import { canonicalStates, caughtUp, readModelHash } from '../../support/product.js';
import { consume, lines, offsetOf, openProduct, submit } from './consumer.js';
import { PostgresForCases } from './postgres-for-cases.js';
import { until } from './until.js';

let server: PostgresForCases;
let product: Runtime;

beforeAll(async () => {
  server = await PostgresForCases.start({ max_connections: '30' });
  product = await openProduct(server.url);
});
afterAll(async () => {
  await product.close();
  await server.remove();
});

/** The product on an empty database of its own beside the other one. */
async function openOn(database: string): Promise<Runtime> {
  await server.run([`CREATE DATABASE ${database} TEMPLATE template0`]);
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return openProduct(url.href);
}

let named = 0;
/** A message nobody has seen. */
function fresh(): { readonly customerId: string; readonly line: string } {
  named += 1;
  const customerId = `FRESH-${named}`;
  const data = { customerId, kind: 'personal', registeredOn: '2026-01-05' };
  const envelope = { specversion: '1.0', id: `fresh-${named}`, source: '/cases', time: '2026-01-05T09:00:00+08:00' };
  return { customerId, line: JSON.stringify({ ...envelope, type: 'lending.customer.registered.v1', data }) };
}

/** Lets the product begin sessions anew, as they are after a change of settings; it has noticed that the old ones are gone. */
async function freshSessions(): Promise<void> {
  await server.endSessions();
  await until('the product has noticed', () => product.database.totalCount === 0);
}

/** Submits a new message while something is wrong, then again once it is mended: it must be in once. */
async function expectOnceMended(code: string, mend: () => Promise<unknown>): Promise<void> {
  const { customerId, line } = fresh();
  const source = `of-${customerId}`;
  await expect(submit(product, [line], source, 0)).rejects.toMatchObject({ code });
  await mend();
  expect(await product.store.readStream(`customer-${customerId}`, 0, 10)).toEqual([]);
  expect(await offsetOf(product, source)).toBe(0);
  expect(await submit(product, [line], source, 0)).toMatchObject([{ status: 'accepted' }]);
  const events = await product.store.readStream(`customer-${customerId}`, 0, 10);
  expect(events.filter(({ type }) => type === 'customer-registered')).toHaveLength(1);
}

describe('a server that is stopped without warning', () => {
  it('again and again under the consumer loses and doubles nothing', async () => {
    let taken = 0;
    const consuming = consume(product, 'stopped', { onTaken: (next) => (taken = next) });
    for (const share of [0.2, 0.5, 0.8]) {
      await until('the consumer has come so far', () => taken > share * lines.length);
      await server.stopImmediately();
      await server.startAgain();
    }
    expect(await consuming).toBeGreaterThan(0);
    const facts = await product.database.query(`SELECT count(*)::int AS n FROM ingestion.fact_identity`);
    expect(facts.rows).toEqual([{ n: new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id)).size }]);
    const quiet = await openOn('quiet');
    expect(await consume(quiet, 'never stopped')).toBe(0);
    const undisturbed = await canonicalStates(quiet);
    await quiet.close();
    expect(undisturbed.size).toBeGreaterThan(100);
    expect(await canonicalStates(product)).toEqual(undisturbed);
  });
});

describe('a server that cannot serve just now', () => {
  it('because it has no connection left, is asked again, and the fact is in once', async () => {
    await freshSessions();
    const hogs: pg.Client[] = [];
    const refusal = await (async () => {
      for (;;) {
        try {
          hogs.push(await server.connect());
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refusal).toMatchObject({ code: '53300' });
    await expectOnceMended('53300', () => Promise.all(hogs.map((hog) => hog.end())));
  });

  it('because it cancels what takes too long, leaves nothing behind, and the fact is in once', async () => {
    const holder = await server.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM store.feed_shard FOR UPDATE');
    await server.run([`ALTER DATABASE ${server.ofDatabase} SET statement_timeout = '150ms'`]);
    await freshSessions();
    await expectOnceMended('57014', async () => {
      await holder.query('ROLLBACK');
      await holder.end();
      await server.run([`ALTER DATABASE ${server.ofDatabase} RESET statement_timeout`]);
      await freshSessions();
    });
  });

  it('because it is a replica, is read, and takes the fact once it is promoted', async () => {
    await server.run([`ALTER DATABASE ${server.ofDatabase} SET default_transaction_read_only = on`]);
    await freshSessions();
    const started = await openProduct(server.url);
    expect((await started.store.head()).size).toBe(16);
    await started.close();
    await expectOnceMended('25006', async () => {
      await server.run([
        'SET default_transaction_read_only = off',
        `ALTER DATABASE ${server.ofDatabase} RESET default_transaction_read_only`,
      ]);
      await freshSessions();
    });
  });

  it.each([
    ['deadlock', '40P01'],
    ['serialization failure', '40001'],
  ])('because it chose us to end a %s, is given the decision again, and the fact is in once', async (_, state) => {
    const before = product.writer.statistics().conflicts;
    // A sequence counts on through the rollbacks.
    await server.run([
      'CREATE SEQUENCE public.failure',
      `CREATE FUNCTION public.fail_thrice() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF nextval('public.failure') <= 3 THEN RAISE EXCEPTION 'chosen' USING ERRCODE = '${state}'; END IF;
         RETURN NULL;
       END $$`,
      `CREATE TRIGGER fail_thrice AFTER INSERT ON store.event FOR EACH STATEMENT EXECUTE FUNCTION public.fail_thrice()`,
    ]);
    try {
      const { customerId, line } = fresh();
      expect(await submit(product, [line], `of-${customerId}`, 0)).toMatchObject([{ status: 'accepted' }]);
      const events = await product.store.readStream(`customer-${customerId}`, 0, 10);
      expect(events.filter(({ type }) => type === 'customer-registered')).toHaveLength(1);
      expect(product.writer.statistics().conflicts - before).toBe(3);
    } finally {
      await server.run([
        'DROP TRIGGER fail_thrice ON store.event',
        'DROP FUNCTION public.fail_thrice',
        'DROP SEQUENCE public.failure',
      ]);
    }
  });
});

describe('a transaction that somebody leaves open in another database', () => {
  it('holds up neither the feed nor the read models', async () => {
    await server.run(['CREATE DATABASE neighbour TEMPLATE template0']);
    const neighbour = await server.connect('neighbour');
    const worker = createFeedWorker(product, () => undefined);
    try {
      await neighbour.query('BEGIN');
      const { rows } = await neighbour.query<{ id: string }>('SELECT pg_current_xact_id() AS id');
      await worker.start();
      const { customerId, line } = fresh();
      await submit(product, [line], `of-${customerId}`, 0);
      // A feed that went by transaction ids would not look past this one.
      const { rows: oldest } = await product.database.query<{ id: string }>(
        'SELECT pg_snapshot_xmin(pg_current_snapshot()) AS id',
      );
      expect(Number(oldest[0]!.id)).toBeLessThanOrEqual(Number(rows[0]!.id));
      await until('the read model shows the customer', async () => {
        const found = await product.database.query('SELECT FROM read.customer WHERE customer_id = $1', [customerId]);
        return found.rowCount === 1;
      });
    } finally {
      await worker.stop();
      await neighbour.end();
    }
  });
});

describe('a backup that is restored under running processes', () => {
  let restored: Runtime;
  let worker: FeedWorker;

  beforeAll(async () => {
    restored = await openOn('restored');
    worker = createFeedWorker(restored, () => undefined);
    await worker.start();
  });
  afterAll(async () => {
    await worker.stop();
    await restored.close();
  });

  const closeDay = (day: string) => restored.writer.submit({ items: [dayClosed(day, 'command line')], advances: [] });

  async function standing(): Promise<unknown> {
    await caughtUp(restored);
    return { states: await canonicalStates(restored), rows: await readModelHash(restored) };
  }

  it('takes the consumer back to where it was then, and comes to what it would have been without', async () => {
    const half = Math.floor(lines.length / 2);
    await consume(restored, 'topic', { upTo: half });
    await closeDay('2021-12-31');
    await caughtUp(restored);
    await server.backUp();
    const headThen = await restored.store.head();
    await consume(restored, 'topic');
    await closeDay('2022-12-31');
    const without = await standing();

    await server.restore();
    await until('the server answers', () => offsetOf(restored, 'topic').then(Boolean, () => false));
    // Everything these processes remember is of a store that is no more: streams, heads, offsets, the closed day.
    expect(await restored.store.head()).toEqual(headThen);
    expect(await offsetOf(restored, 'topic')).toBe(half);
    await expect(submit(restored, [fresh().line], 'topic', lines.length)).rejects.toBeInstanceOf(ConsumerFenced);
    await consume(restored, 'topic');
    await closeDay('2022-12-31');
    expect(await standing()).toEqual(without);
  });
});
