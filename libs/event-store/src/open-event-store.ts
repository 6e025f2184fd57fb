import type pg from 'pg';
import { EventStoreDbEventStore } from './eventstoredb/eventstoredb-event-store.js';
import type { EventStoreDbOptions } from './eventstoredb/eventstoredb-event-store.js';
import type { EventStore } from './port.js';
import { PostgresEventStore } from './postgres/postgres-event-store.js';
import type { KeptIn } from './transaction.js';

export interface EventStoreChoice {
  readonly keptIn: KeptIn;
  /** Never null where events are kept in it. */
  readonly eventStoreDb: EventStoreDbOptions | null;
}

/**
 * The store of the events of `database`, whose migrations have run.
 * @throws EventsMoved when they are kept in the other one; what opening that store throws.
 */
export async function openEventStore(
  database: pg.Pool,
  { keptIn, eventStoreDb }: EventStoreChoice,
): Promise<EventStore> {
  if (keptIn === 'postgres') return PostgresEventStore.open(database);
  if (eventStoreDb === null) throw new Error('events are to be kept in an EventStoreDB that is not named');
  return EventStoreDbEventStore.open(database, eventStoreDb);
}
