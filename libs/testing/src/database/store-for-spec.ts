/** Where a spec keeps the events of its database, in the shape the product's configuration has. */
export interface StoreForSpec {
  readonly keptIn: 'postgres' | 'eventstoredb';
  readonly eventStoreDb: { readonly url: string; readonly prefix: string } | null;
}

/** PostgreSQL, or what the run was told: EventStoreDB, with streams of their own for each database. */
export function storeForSpec(databaseUrl: string): StoreForSpec {
  const url = process.env['RETENTION_TEST_EVENTSTORE_URL'];
  if (url === undefined) return { keptIn: 'postgres', eventStoreDb: null };
  const name = new URL(databaseUrl).pathname.slice(1);
  return { keptIn: 'eventstoredb', eventStoreDb: { url, prefix: `${name}.` } };
}

/** The same as variables of a process. */
export function storeVariables(databaseUrl: string): Record<string, string> {
  const { eventStoreDb } = storeForSpec(databaseUrl);
  if (eventStoreDb === null) return {};
  const { url, prefix } = eventStoreDb;
  return { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: url, EVENTSTORE_PREFIX: prefix };
}
