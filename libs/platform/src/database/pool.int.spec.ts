import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseForSpec, type SpecDatabase } from '@retention/testing';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource, runMigrations } from './data-source.js';
import { createPool, DatabaseUnavailable, describeDatabase, waitForDatabase } from './pool.js';

let database: SpecDatabase;

beforeAll(async () => {
  database = await createDatabaseForSpec();
});
afterAll(() => database.drop());

describe('a pool', () => {
  it('gives dates, large integers and amounts as the text the server wrote, and leaves other libraries alone', async () => {
    const pool = createPool(database.url, { max: 1, applicationName: 'pool spec' });
    try {
      const { rows } = await pool.query<Record<string, unknown>>(
        `SELECT DATE '2026-02-28' AS day, ARRAY[DATE '2024-02-29'] AS days, 9007199254740993::int8 AS big, 0.10::numeric AS amount`,
      );
      expect(rows[0]).toEqual({ day: '2026-02-28', days: ['2024-02-29'], big: '9007199254740993', amount: '0.10' });
    } finally {
      await pool.end();
    }
    const parseDate = pg.types.getTypeParser(pg.types.builtins.DATE) as (text: string) => unknown;
    expect(parseDate('2026-02-28')).toBeInstanceOf(Date);
  });

  it('lets the server cancel a statement that runs longer than allowed', async () => {
    const pool = createPool(database.url, { max: 1, applicationName: 'pool spec', statementTimeoutMs: 50 });
    try {
      await expect(pool.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: '57014' });
    } finally {
      await pool.end();
    }
  });

  it('outlives a connection that breaks while idle', async () => {
    const broken: string[] = [];
    const pool = createPool(database.url, {
      max: 1,
      applicationName: 'idle spec',
      onIdleError: (error) => broken.push(error.message),
    });
    const other = new pg.Client(database.url);
    await other.connect();
    try {
      await pool.query('SELECT 1');
      await other.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idle spec'`);
      while (broken.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect((await pool.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    } finally {
      await other.end();
      await pool.end();
    }
  });
});

describe('waiting for the database', () => {
  it('returns when the server answers', async () => {
    await waitForDatabase(database.url, 5_000);
  });

  it('gives up after the time allowed and names the address without the password', async () => {
    const fault = waitForDatabase('postgresql://app:s3cret@127.0.0.1:1/books', 250);
    await expect(fault).rejects.toThrow(DatabaseUnavailable);
    await expect(fault).rejects.toThrow('PostgreSQL at 127.0.0.1:1/books cannot be used: connect ECONNREFUSED');
    await expect(fault).rejects.not.toThrow('s3cret');
  });

  it('does not wait for a database that does not exist', async () => {
    const url = new URL(database.url);
    url.pathname = '/nobody-made-this';
    const started = performance.now();
    await expect(waitForDatabase(url.href, 60_000)).rejects.toThrow('"nobody-made-this" does not exist');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('describes an address without user and password', () => {
    expect(describeDatabase('postgres://u:p@db.example/retention')).toBe('PostgreSQL at db.example:5432/retention');
  });
});

let executions = 0;

class CreateTier1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    executions++;
    await runner.query('CREATE TABLE tier (name text PRIMARY KEY)');
    await runner.query('SELECT pg_sleep(0.2)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tier');
  }
}

describe('migrations', () => {
  it('run once when several processes start at the same time', async () => {
    const sources = [1, 2, 3].map(() =>
      createDataSource({ url: database.url, entities: [], migrations: [CreateTier1700000000000] }),
    );
    try {
      const names = await Promise.all(sources.map(runMigrations));
      expect(names.flat()).toEqual(['CreateTier1700000000000']);
      expect(executions).toBe(1);
      expect(await sources[0]?.query('SELECT name FROM public.schema_migrations')).toHaveLength(1);
    } finally {
      await Promise.all(sources.map((source) => source.destroy()));
    }
  });
});
