import { createPool } from '@retention/platform';
import { createDatabaseForSpec, startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble } from '@retention/testing';
import type pg from 'pg';
import { migrate, STORE_NAME } from '../postgres/postgres-store.spec-support.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';

export interface EventStoreDbForSpec {
  /** URL of the database. */
  readonly url: string;
  readonly pool: pg.Pool;
  readonly prefix: string;
  readonly eventStoreUrl: string;
  /** Null where a real server was named. */
  readonly double: EventStoreDouble | null;
  readonly store: EventStoreDbEventStore;
  /** Another process's store on the same two databases. */
  openAnother(): Promise<EventStoreDbEventStore>;
  close(): Promise<void>;
}

/** An empty store on a database of its own and, unless EVENTSTORE_URL names a server, a double of its own. */
export async function openEventStoreDbForSpec({
  withDouble = false,
  patienceMs = 20_000,
} = {}): Promise<EventStoreDbForSpec> {
  const named = withDouble ? undefined : process.env['EVENTSTORE_URL'];
  const database = await createDatabaseForSpec();
  await migrate(database.url);
  const double = named === undefined ? await startEventStoreDouble() : null;
  const eventStoreUrl = named ?? double!.url;
  const pool = createPool(database.url, { max: 10, applicationName: STORE_NAME });
  const prefix = `${new URL(database.url).pathname.slice(1)}.`;
  const stores: EventStoreDbEventStore[] = [];
  const openAnother = async (): Promise<EventStoreDbEventStore> => {
    const store = await EventStoreDbEventStore.open(pool, { url: eventStoreUrl, prefix, patienceMs });
    stores.push(store);
    return store;
  };
  return {
    url: database.url,
    pool,
    prefix,
    eventStoreUrl,
    double,
    store: await openAnother(),
    openAnother,
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await double?.stop();
      await pool.end();
      await database.drop();
    },
  };
}
