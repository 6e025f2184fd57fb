import { EVENTSTOREDB_ENTITIES } from './eventstoredb/entities.js';
import { EventStoreDb1764100000000 } from './eventstoredb/migrations/1764100000000-eventstoredb.js';
import { POSTGRES_ENTITIES } from './postgres/entities.js';
import { EventStore1763900000000 } from './postgres/migrations/1763900000000-event-store.js';

/** Every table of the store: a database has those of both, wherever its events are kept. */
export const EVENT_STORE_ENTITIES = [...POSTGRES_ENTITIES, ...EVENTSTOREDB_ENTITIES];

export const EVENT_STORE_MIGRATIONS = [EventStore1763900000000, EventStoreDb1764100000000];
