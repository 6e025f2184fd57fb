import { createDataSource, createPool, runMigrations } from '@retention/platform';
import { createDatabaseForSpec } from '@retention/testing';
import type pg from 'pg';
import { EVENT_STORE_ENTITIES, EVENT_STORE_MIGRATIONS } from '../schema.js';
import { PostgresEventStore } from './postgres-event-store.js';

export interface StoreForSpec {
  readonly url: string;
  readonly store: PostgresEventStore;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** Shown in pg_stat_activity by the connections of the store, so that a spec can end them and no others. */
export const STORE_NAME = 'store under test';

/** An empty store in a database of its own. */
export async function openStoreForSpec(poolMax = 10): Promise<StoreForSpec> {
  const database = await createDatabaseForSpec();
  await migrate(database.url);
  const pool = createPool(database.url, { max: poolMax, applicationName: STORE_NAME });
  const store = await PostgresEventStore.open(pool);
  const close = async (): Promise<void> => {
    await pool.end();
    await database.drop();
  };
  return { url: database.url, store, pool, close };
}

export async function migrate(url: string): Promise<void> {
  const dataSource = createDataSource({ url, entities: EVENT_STORE_ENTITIES, migrations: EVENT_STORE_MIGRATIONS });
  await runMigrations(dataSource);
  await dataSource.destroy();
}

/** Ends the connections of stores in the same database, from beside them. */
export async function cutConnections(besides: pg.Pool): Promise<void> {
  await besides.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
    [STORE_NAME],
  );
}
