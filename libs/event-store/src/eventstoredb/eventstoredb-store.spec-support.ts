import { createPool } from '@retention/platform';
import { createDatabaseForSpec, startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble } from '@retention/testing';
import type pg from 'pg';
import { migrate, STORE_NAME } from '../postgres/postgres-store.spec-support.js';
import { EventStoreDbEventStore } from './eventstoredb-event-store.js';
import type { Timing } from './timing.js';

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
  openAnother(timing?: Partial<Timing>): Promise<EventStoreDbEventStore>;
  close(): Promise<void>;
}

export interface EventStoreDbSpecOptions {
  /** The double even where EVENTSTORE_URL names a server: for specs that make it misbehave. */
  readonly withDouble?: boolean;
  /** A server of the spec's own. */
  readonly at?: string;
  readonly timing?: Partial<Timing>;
}

/** An empty store on a database of its own and, unless EVENTSTORE_URL names a server, a double of its own. */
export async function openEventStoreDbForSpec({
  withDouble = false,
  at,
  timing = {},
}: EventStoreDbSpecOptions = {}): Promise<EventStoreDbForSpec> {
  const named = at ?? (withDouble ? undefined : process.env['EVENTSTORE_URL']);
  const database = await createDatabaseForSpec();
  await migrate(database.url);
  const double = named === undefined ? await startEventStoreDouble() : null;
  const eventStoreUrl = named ?? double!.url;
  const pool = createPool(database.url, { max: 10, applicationName: STORE_NAME });
  const prefix = `${new URL(database.url).pathname.slice(1)}.`;
  const stores: EventStoreDbEventStore[] = [];
  const openAnother = async (other: Partial<Timing> = {}): Promise<EventStoreDbEventStore> => {
    const options = { url: eventStoreUrl, prefix, timing: { ...timing, ...other } };
    const store = await EventStoreDbEventStore.open(pool, options);
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
