import type { PointsAwarded } from '@retention/customer';
import { EVENT_STORE_ENTITIES, EVENT_STORE_MIGRATIONS, openEventStore } from '@retention/event-store';
import type { EventStore, NewEvent } from '@retention/event-store';
import { streamOf } from '@retention/ingestion';
import { createDataSource, createPool, runMigrations } from '@retention/platform';
import { Projection1763900200000, PROJECTION_ENTITIES } from '@retention/projections';
import { createDatabaseForSpec, storeForSpec } from '@retention/testing';
import type { ReadMessage } from '@retention/testing';
import type pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';

/** A store in which decisions are made by hand, each after a fact. */
export interface DecidedForSpec {
  readonly store: EventStore;
  readonly database: pg.Pool;
  /** Appends so many decisions to each customer, with a fact before each. They say which of the customer they are. */
  decide(customerIds: readonly string[], decisions: number): Promise<void>;
  /** Every decision in the store as `<customer>@<version>`, in order for each customer. */
  decided(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openDecidedForSpec(): Promise<DecidedForSpec> {
  const { url, drop } = await createDatabaseForSpec();
  const dataSource = createDataSource({
    url,
    entities: [...EVENT_STORE_ENTITIES, ...PROJECTION_ENTITIES],
    migrations: [...EVENT_STORE_MIGRATIONS, Projection1763900200000],
  });
  await runMigrations(dataSource);
  await dataSource.destroy();
  const database = createPool(url, { max: 10, applicationName: 'reactors spec' });
  const store = await openEventStore(database, storeForSpec(url));
  const versions = new Map<string, number>();
  return {
    store,
    database,
    async decide(customerIds, decisions) {
      const streams = customerIds.map((customerId) => {
        const expectedVersion = versions.get(customerId) ?? 0;
        const events = Array.from({ length: decisions }, (_, index) => [
          fact(),
          decision(expectedVersion / 2 + index + 1),
        ]);
        versions.set(customerId, expectedVersion + 2 * decisions);
        return { streamId: streamOf(customerId), expectedVersion, events: events.flat(), snapshot: null };
      });
      await store.append({ streams, advances: [], companions: [] });
    },
    async decided() {
      const streams = await store.loadStreams([...versions.keys()].map(streamOf), 0);
      return [...versions.keys()].sort().flatMap((customerId) => {
        const events = streams.get(streamOf(customerId))?.events ?? [];
        return events.filter(({ type }) => type === 'points-awarded').map(({ version }) => `${customerId}@${version}`);
      });
    },
    async close() {
      await store.close();
      await database.end();
      await drop();
    },
  };
}

function fact(): NewEvent {
  return { type: 'loan-settled', payload: '{"type":"loan-settled"}', origin: '{"door":"spec"}' };
}

function decision(balance: number): NewEvent {
  const awarded: PointsAwarded = {
    type: 'points-awarded',
    entry: `loan-use:L${balance}`,
    rule: 'loan-use',
    about: `L${balance}`,
    points: 1,
    on: '2026-01-06',
    balance,
    policyVersion: 'credit-points-1',
    causes: [`/spec#${balance}`],
  };
  return { type: awarded.type, payload: JSON.stringify(awarded), origin: null };
}

export interface ReadDecision {
  readonly key: string;
  readonly id: string;
  readonly value: string;
  readonly partition: number;
  readonly streamVersion: number;
  readonly balance: number;
}

/** What is in a topic, in the order of each partition. */
export function readDecisions(messages: readonly ReadMessage[]): ReadDecision[] {
  return messages.map(({ key, value, partition }) => {
    const { id, data } = JSON.parse(String(value)) as { id: string; data: { streamVersion: number; balance: number } };
    return { key: String(key), id, value: String(value), partition, ...data };
  });
}

/** What a consumer keeps that follows the rule: of each customer only what is newer than the newest. */
export function withoutRepetitions(read: readonly ReadDecision[]): ReadDecision[] {
  const newest = new Map<string, number>();
  return read.filter(({ key, streamVersion }) => {
    if (streamVersion <= (newest.get(key) ?? 0)) return false;
    newest.set(key, streamVersion);
    return true;
  });
}

/** Ids in the order of the customers, and for each customer in the order they were read. */
export function idsByCustomer(read: readonly ReadDecision[]): string[] {
  const ids = new Map<string, string[]>();
  for (const { key, id } of read) ids.set(key, [...(ids.get(key) ?? []), id]);
  return [...ids].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([, some]) => some);
}

export async function until(what: string, holds: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await pause(50);
  }
}
