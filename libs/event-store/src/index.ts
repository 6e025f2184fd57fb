export * from './port.js';
export { EventStoreDbUnavailable, StoresApart } from './eventstoredb/connection.js';
export type { EventStoreDbOptions } from './eventstoredb/eventstoredb-event-store.js';
export { openEventStore } from './open-event-store.js';
export type { EventStoreChoice } from './open-event-store.js';
export { EVENT_STORE_ENTITIES, EVENT_STORE_MIGRATIONS } from './schema.js';
export { EventsMoved } from './transaction.js';
export type { KeptIn } from './transaction.js';
