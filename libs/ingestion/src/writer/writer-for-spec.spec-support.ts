import { createFactReader } from '@retention/contracts';
import {
  canonicalState,
  DEFAULT_POLICY_BOOK,
  isDecision,
  takeFacts,
  unknownCustomer,
  type CustomerEvent,
  type CustomerFact,
  type CustomerState,
} from '@retention/customer';
import {
  EVENT_STORE_ENTITIES,
  EVENT_STORE_MIGRATIONS,
  openEventStore,
  type ConsumerAdvance,
  type EventStore,
  type RecordedEvent,
} from '@retention/event-store';
import { createDataSource, createPool, runMigrations } from '@retention/platform';
import { createDatabaseForSpec, storeForSpec } from '@retention/testing';
import type pg from 'pg';
import { fold, streamOf } from '../aggregates.js';
import { INGESTION_ENTITIES } from '../entities.js';
import type { Outcome, OutcomeStatus } from '../message.js';
import { Ingestion1763900100000 } from '../migrations/1763900100000-ingestion.js';
import { Governing1764000000000 } from '../migrations/1764000000000-governing.js';
import { ReportTimes1764000200000 } from '../migrations/1764000200000-report-times.js';
import { Operations1764200000000 } from '../migrations/1764200000000-operations.js';
import { ParkedRevision1764200400000 } from '../migrations/1764200400000-parked-revision.js';
import { FactWriter } from './fact-writer.js';

export const reader = createFactReader({ businessTimeZone: 'Asia/Shanghai' });

export interface WriterSettings {
  readonly batchFacts?: number;
  readonly cacheCustomers?: number;
  /** Shown in pg_stat_activity by its connections. */
  readonly applicationName?: string;
}

/** A writer with connections and memory of its own, as another process has them. */
export interface WriterForSpec {
  readonly writer: FactWriter;
  readonly store: EventStore;
  submit(lines: readonly (string | null)[], advances?: readonly ConsumerAdvance[]): Promise<readonly Outcome[]>;
}

export interface IngestionForSpec {
  readonly store: EventStore;
  readonly database: pg.Pool;
  open(settings?: WriterSettings): Promise<WriterForSpec>;
  close(): Promise<void>;
}

/** A database of its own with the tables of the store and of ingestion. */
export async function openIngestionForSpec(): Promise<IngestionForSpec> {
  const { url, drop } = await createDatabaseForSpec();
  const dataSource = createDataSource({
    url,
    entities: [...EVENT_STORE_ENTITIES, ...INGESTION_ENTITIES],
    migrations: [
      ...EVENT_STORE_MIGRATIONS,
      Ingestion1763900100000,
      Governing1764000000000,
      ReportTimes1764000200000,
      Operations1764200000000,
      ParkedRevision1764200400000,
    ],
  });
  await runMigrations(dataSource);
  await dataSource.destroy();
  const pools: pg.Pool[] = [];
  const stores: EventStore[] = [];
  const openStore = async (pool: pg.Pool): Promise<EventStore> => {
    const opened = await openEventStore(pool, storeForSpec(url));
    stores.push(opened);
    return opened;
  };
  const connect = (applicationName: string): pg.Pool => {
    const pool = createPool(url, { max: 6, applicationName });
    pools.push(pool);
    return pool;
  };
  const database = connect('spec');
  const store = await openStore(database);
  return {
    store,
    database,
    open: async (settings = {}) => {
      const pool = connect(settings.applicationName ?? 'writer under test');
      return openWriter(pool, await openStore(pool), settings);
    },
    close: async () => {
      await Promise.all(stores.map((one) => one.close()));
      await Promise.all(pools.map((pool) => pool.end()));
      await drop();
    },
  };
}

function openWriter(database: pg.Pool, store: EventStore, settings: WriterSettings): WriterForSpec {
  const { batchFacts = 500, cacheCustomers = 10_000 } = settings;
  const writer = new FactWriter({ store, database, reader, batchFacts, cacheCustomers });
  let lines = 0;
  return {
    writer,
    store,
    submit: (given, advances = []) => {
      const items = given.map((text) => {
        lines += 1;
        const bytes = text === null ? null : Buffer.from(text);
        return { kind: 'message', bytes, origin: { door: 'file', file: 'spec.ndjson', line: lines } } as const;
      });
      return writer.submit({ items, advances });
    },
  };
}

export function statuses(outcomes: readonly Outcome[]): OutcomeStatus[] {
  return outcomes.map(({ status }) => status);
}

export async function eventsOf(store: EventStore, customerId: string): Promise<RecordedEvent[]> {
  return store.readStream(streamOf(customerId), 0, 100_000);
}

/** The state after all events of a customer, folded without any snapshot. Fails where a version is missing. */
export async function stateOf(store: EventStore, customerId: string): Promise<CustomerState> {
  const events = await eventsOf(store, customerId);
  return fold(customerId, { snapshot: null, events }).state;
}

export async function canonicalOf(store: EventStore, customerIds: readonly string[]): Promise<Record<string, string>> {
  const states: Record<string, string> = {};
  for (const customerId of customerIds) states[customerId] = canonicalState(await stateOf(store, customerId));
  return states;
}

/** The facts in a customer's stream, by id, in order. */
export async function factIdsOf(store: EventStore, customerId: string): Promise<string[]> {
  const events = (await eventsOf(store, customerId)).map(({ payload }) => JSON.parse(payload) as CustomerEvent);
  return events.flatMap((event) => (isDecision(event) ? [] : [event.factId]));
}

/** What the rules alone make of the lines: each fact once, every loan its claimant's, no database anywhere. */
export function whatFollows(lines: readonly string[], closedDay = ''): Record<string, string> {
  const facts = new Map<
    string,
    { readonly customerId: string | null; readonly loanId: string | null; fact: CustomerFact }
  >();
  const owners = new Map<string, string>();
  for (const text of lines) {
    const read = reader.read(Buffer.from(text));
    if (read.kind === 'refusal' || facts.has(read.factId)) continue;
    facts.set(read.factId, { ...read, fact: read.fact as CustomerFact });
    if (read.loanId !== null && read.customerId !== null) owners.set(read.loanId, read.customerId);
  }
  const byCustomer = new Map<string, CustomerFact[]>();
  for (const { customerId, loanId, fact } of facts.values()) {
    const owner = customerId ?? owners.get(loanId ?? '');
    if (owner === undefined) throw new Error(`nobody owns loan ${String(loanId)}`);
    byCustomer.set(owner, [...(byCustomer.get(owner) ?? []), fact]);
  }
  const states: Record<string, string> = {};
  for (const [customerId, itsFacts] of [...byCustomer].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const state = unknownCustomer(customerId);
    takeFacts(state, itsFacts, { book: DEFAULT_POLICY_BOOK, closedDay });
    states[customerId] = canonicalState(state);
  }
  return states;
}
