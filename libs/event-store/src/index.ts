export * from './port.js';
export { EVENT_STORE_ENTITIES } from './postgres/entities.js';
export { EventStore1763900000000 } from './postgres/migrations/1763900000000-event-store.js';
export { PostgresEventStore } from './postgres/postgres-event-store.js';
