import { beforeEach, describe, expect, it } from '@jest/globals';
import { Random } from '../world/random.js';
import type { DatabaseSession, StatementResult } from '../world/database-server.js';
import { SimulatedPostgres } from './simulated-postgres.js';
import type { UnknownStatement } from './sql-error.js';

// What a crash loses is drawn: a real server would have to be killed a thousand times to show it.

const KEEP = 'INSERT INTO ingestion.loan_owner (loan_id, customer_id) VALUES ($1, $2)';
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

let server: SimulatedPostgres;
let unknown: UnknownStatement[];

function open(seed: number): void {
  unknown = [];
  server = new SimulatedPostgres({
    ...{ now: () => 0, random: new Random(seed), sessionsMax: 4 },
    onUnknown: (error) => unknown.push(error),
  });
}

beforeEach(() => open(1));

const run = (session: DatabaseSession, text: string, values: readonly unknown[] = []): Promise<StatementResult> =>
  session.run({ text, values });

async function keep(session: DatabaseSession, loan: string, isSynchronous: boolean): Promise<void> {
  await run(session, 'BEGIN');
  if (!isSynchronous) await run(session, 'SET LOCAL synchronous_commit = off');
  await run(session, KEEP, [loan, 'C1']);
  await run(session, 'COMMIT');
}

async function loans(): Promise<unknown[]> {
  return (await server.rows('ingestion.loan_owner')).map((row) => row['loan_id']);
}

describe('a crash', () => {
  it('loses no commit that waited for the disk, and none before it', async () => {
    for (const seed of SEEDS) {
      open(seed);
      const session = await server.connect();
      await keep(session, 'a', true);
      await keep(session, 'b', false);
      await keep(session, 'c', true);
      await server.crash();
      expect(await loans()).toEqual(['a', 'b', 'c']);
    }
  });

  it('loses the last of those that did not, from some point on', async () => {
    const left = new Set<string>();
    for (const seed of SEEDS) {
      open(seed);
      const session = await server.connect();
      await keep(session, 'a', true);
      for (const loan of ['b', 'c', 'd']) await keep(session, loan, false);
      expect(await loans()).toEqual(['a', 'b', 'c', 'd']);
      await server.crash();
      left.add((await loans()).join(''));
    }
    expect([...left].sort()).toEqual(['a', 'ab', 'abc', 'abcd']);
  });

  it('brings a lost change and a lost deletion back as they were, and nothing twice', async () => {
    let isLost = false;
    for (const seed of SEEDS) {
      open(seed);
      const session = await server.connect();
      await keep(session, 'a', true);
      await run(session, 'BEGIN');
      await run(session, 'SET LOCAL synchronous_commit = off');
      await run(session, 'UPDATE ingestion.loan_owner SET customer_id = $1', ['C2']);
      await run(session, 'DELETE FROM ingestion.loan_owner');
      await run(session, KEEP, ['a', 'C3']);
      await run(session, 'COMMIT');
      await server.crash();
      const [row, ...others] = await server.rows('ingestion.loan_owner');
      expect(others).toEqual([]);
      isLost ||= row?.['customer_id'] === 'C1';
      await server.start();
      const again = await server.connect();
      await expect(run(again, KEEP, ['a', 'C4'])).rejects.toMatchObject({ code: '23505' });
      await run(again, 'DELETE FROM ingestion.loan_owner WHERE loan_id = $1', ['a']);
      expect(await loans()).toEqual([]);
    }
    expect(isLost).toBe(true);
  });

  it('takes back what was not committed, and ends every session, waiting or not', async () => {
    const [one, other, idle] = [await server.connect(), await server.connect(), await server.connect()];
    await run(one, 'BEGIN');
    await run(one, KEEP, ['a', 'C1']);
    const waiting = run(other, KEEP, ['a', 'C2']);
    await server.crash();
    await expect(waiting).rejects.toThrow('Connection terminated unexpectedly');
    for (const session of [one, idle]) {
      await expect(run(session, 'COMMIT')).rejects.toThrow('Connection terminated unexpectedly');
    }
    expect(await loans()).toEqual([]);
  });

  it('leaves a server that cannot be reached until it is started, and then is another start of it', async () => {
    const incarnation = `SELECT pg_postmaster_start_time()::text || ' ' || oid AS incarnation
      FROM pg_database WHERE datname = current_database()`;
    const before = (await run(await server.connect(), incarnation)).rows;
    await server.crash();
    await expect(server.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect((await run(await server.connect(), incarnation)).rows).not.toEqual(before);
  });

  it('lets numbers go on, with a gap', async () => {
    const letter = `INSERT INTO ingestion.dead_letter (digest, code, reason, door, origin, headers)
      VALUES ($1, 'c', 'r', 'file', '{}', '{}') RETURNING id`;
    const steps = new Set<number>();
    for (const seed of SEEDS) {
      open(seed);
      const first = (await run(await server.connect(), letter, ['1'.repeat(32)])).rows[0]?.['id'];
      await server.crash();
      await server.start();
      const second = (await run(await server.connect(), letter, ['2'.repeat(32)])).rows[0]?.['id'];
      steps.add(Number(second) - Number(first));
    }
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(1);
    expect(steps.size).toBeGreaterThan(5);
  });
});

describe('a session', () => {
  it('is refused beyond the most there may be', async () => {
    const sessions = [];
    for (let count = 0; count < 4; count += 1) sessions.push(await server.connect());
    await expect(server.connect()).rejects.toMatchObject({ code: '53300' });
    sessions[0]?.close();
    await server.connect();
  });

  it('is ended by the number drawn, and what it held goes to others', async () => {
    const [one, other] = [await server.connect(), await server.connect()];
    await run(one, 'BEGIN');
    await run(one, KEEP, ['a', 'C1']);
    const waiting = run(other, KEEP, ['a', 'C2']);
    await server.terminate(2);
    expect((await waiting).rowCount).toBe(1);
    await expect(run(one, 'COMMIT')).rejects.toThrow();
    await server.terminate(7);
    await expect(run(other, 'SELECT 1')).rejects.toThrow();
    await server.terminate(0);
  });

  it('that is closed while idle takes its transaction back at once', async () => {
    const [one, other] = [await server.connect(), await server.connect()];
    await run(one, 'BEGIN');
    await run(one, KEEP, ['a', 'C1']);
    one.close();
    expect((await run(other, KEEP, ['a', 'C2'])).rowCount).toBe(1);
  });

  it('runs what it is told in the order it was told', async () => {
    const session = await server.connect();
    const told = [
      'BEGIN',
      `INSERT INTO ingestion.loan_owner (loan_id, customer_id) VALUES ('a', 'C1')`,
      'SELECT 1',
      'COMMIT',
      'SELECT 1',
    ];
    const settled = await Promise.allSettled(told.map((text) => run(session, text)));
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await loans()).toEqual(['a']);
  });
});

describe('a statement that is not known', () => {
  it.each([
    'SELECT pg_sleep(1)',
    'SELECT * FROM store.event e JOIN store.snapshot s USING (stream_id)',
    'UPDATE store.feed_shard SET head = 1 FROM store.event',
    'SELECT nothing FROM store.feed_shard',
    'VACUUM',
  ])('is refused with its text, and the world is told: %s', async (text) => {
    const session = await server.connect();
    await expect(run(session, text)).rejects.toThrow(text);
    expect(unknown).toHaveLength(1);
  });

  it('is not one that is told to fail', async () => {
    const session = await server.connect();
    await run(session, 'BEGIN');
    const raise = `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$`;
    await expect(run(session, raise)).rejects.toMatchObject({ code: '53100' });
    await expect(run(session, 'SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    expect(unknown).toEqual([]);
  });
});
