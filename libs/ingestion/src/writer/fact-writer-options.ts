import type { FactReader } from '@retention/contracts';
import type { EventStore } from '@retention/event-store';
import type pg from 'pg';

export interface FactWriterOptions {
  readonly store: EventStore;
  readonly database: pg.Pool;
  readonly reader: FactReader;
  /** Most items decided and committed together. */
  readonly batchFacts: number;
  /** Customers kept folded in memory. */
  readonly cacheCustomers: number;
}
