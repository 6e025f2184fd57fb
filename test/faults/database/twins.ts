import { createPool, runMigrations } from '@retention/platform';
import { productDataSource } from '@retention/runtime';
import { createDatabaseForSpec } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { Random } from '../world/random.js';
import { DirectPool } from './direct-pool.js';
import { SimulatedPostgres } from './simulated-postgres.js';

interface Result {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly rowCount: number | null;
}

/** One connection. */
export interface TwinClient {
  query(text: string, values?: readonly unknown[]): Promise<Result>;
  /** The client dies without a word. */
  die(): void;
}

/** A server with the product's tables: the simulated one, or a real one that shows what the simulated one has to do. */
export interface Twin {
  readonly pool: pg.Pool;
  connect(): Promise<TwinClient>;
  /** Resolves once so many sessions wait for a lock. */
  untilWaiting(sessions: number): Promise<void>;
  /** As pg_terminate_backend on those that wait for a lock. */
  terminateWaiting(): Promise<void>;
  /** Rows of a whole table. */
  rows(table: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

export const TWINS: readonly (readonly [name: string, open: () => Promise<Twin>])[] = [
  ['the simulated PostgreSQL', openSimulated],
  ['a real PostgreSQL', openReal],
];

export function openSimulated(): Promise<Twin> {
  const server = new SimulatedPostgres({ now: Date.now, random: new Random(1) });
  const pool = new DirectPool(server);
  return Promise.resolve({
    pool: pool.asPool(),
    connect: async () => {
      const client = await pool.connect();
      return { query: (text, values = []) => client.query(text, values), die: () => client.release(true) };
    },
    untilWaiting: async (sessions) => {
      while (server.waiting !== sessions) await delay(1);
    },
    terminateWaiting: () => {
      server.terminateWaiting();
      return Promise.resolve();
    },
    rows: (table) => server.rows(table),
    close: () => pool.end(),
  });
}

const WAITING = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

export async function openReal(): Promise<Twin> {
  const { url, drop } = await createDatabaseForSpec();
  const dataSource = productDataSource(url, 'migrations');
  await runMigrations(dataSource);
  await dataSource.destroy();
  const pool = createPool(url, { max: 20, applicationName: 'twin' });
  const taken: pg.PoolClient[] = [];
  const beside = createPool(url, { max: 1, applicationName: 'beside' });
  return {
    pool,
    connect: async () => {
      const client = await pool.connect();
      taken.push(client);
      return {
        query: (text, values = []) => client.query<Record<string, unknown>>(text, [...values]),
        die: () => {
          streamOf(client).destroy();
          taken.splice(taken.indexOf(client), 1)[0]?.release(true);
        },
      };
    },
    untilWaiting: async (sessions) => {
      while ((await beside.query(`SELECT 1 ${WAITING}`)).rowCount !== sessions) await delay(5);
    },
    terminateWaiting: async () => {
      await beside.query(`SELECT pg_terminate_backend(pid) ${WAITING}`);
    },
    rows: async (table) => (await beside.query<Record<string, unknown>>(`SELECT * FROM ${table}`)).rows,
    close: async () => {
      for (const client of taken) client.release(true);
      await Promise.all([pool.end(), beside.end()]);
      await drop();
    },
  };
}

function streamOf(client: pg.PoolClient): { destroy(): void } {
  return (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream;
}
