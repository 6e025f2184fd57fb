import { streamOf } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import { openRuntime } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { join } from 'node:path';
// Not by the index of the library: that also holds what needs Jest.
import { startEventStoreDoubleProcess } from '../../libs/testing/src/eventstoredb/start-event-store.js';
import { freshDatabase, perSecond, say, withServer, writeFeed } from './bench-server.js';
import { ingestAndFollow } from './ingest.js';
import { median } from './machine.js';

export interface StoresBenchOptions {
  readonly customers: number;
  readonly years: number;
  readonly rounds: number;
}

/** What one store did in one round; all are counts a second. */
export interface StoreFigures {
  readonly durableFacts: number;
  readonly readModelFacts: number;
  /** Events of the feed read from its beginning, nothing done with them. */
  readonly feedEvents: number;
  /** Customers loaded that were not in memory, from snapshot and tail. */
  readonly coldLoads: number;
}

export interface StoresRound {
  readonly postgres: StoreFigures;
  readonly eventstoredb: StoreFigures;
}

const STORES = ['postgres', 'eventstoredb'] as const;
const LOADED_AT_ONCE = 500;
const LOADED_CUSTOMERS = 2_000;
const PAGE_POSITIONS = 500;

/**
 * The same facts into the product on either store, one after the other in each round, each time on a fresh database of the
 * same server: ingest and projector as two processes. EventStoreDB is the server EVENTSTORE_URL names, else the double in
 * a process of its own, which keeps nothing on a disk: its figures are what the adapter and the client cost.
 */
export async function benchStores(options: StoresBenchOptions): Promise<readonly StoresRound[]> {
  return withServer(async (server, folder) => {
    const feed = join(folder, 'feed.ndjson');
    const facts = await writeFeed(feed, options);
    const { EVENTSTORE_URL: named } = process.env;
    say(`${facts} messages; EventStoreDB is ${named === undefined ? 'its double, in memory' : 'a real server'}`);
    const rounds: StoresRound[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const figures: Partial<Record<(typeof STORES)[number], StoreFigures>> = {};
      for (const store of STORES) {
        const url = await freshDatabase(server.url, `bench_${store}_${round}`);
        const double = store === 'eventstoredb' && named === undefined ? await startEventStoreDoubleProcess() : null;
        const variables = {
          EVENT_STORE: store,
          EVENTSTORE_URL: double?.url ?? named ?? '',
          EVENTSTORE_PREFIX: `bench-${Date.now()}.`,
        };
        try {
          figures[store] = await oneStore(url, feed, facts, variables);
        } finally {
          await double?.stop();
        }
        say(`round ${round}, ${store}: ${JSON.stringify(figures[store])}`);
      }
      rounds.push(figures as StoresRound);
    }
    return rounds;
  });
}

/** Medians of both stores, and of the ratios within a round. */
export function storesSummary(rounds: readonly StoresRound[]): string[] {
  const line = (name: string, of: (figures: StoreFigures) => number): string => {
    const one = median(rounds.map(({ postgres }) => of(postgres)));
    const other = median(rounds.map(({ eventstoredb }) => of(eventstoredb)));
    const ratio = median(rounds.map(({ postgres, eventstoredb }) => of(eventstoredb) / of(postgres)));
    return `${name}  PostgreSQL ${perSecond(one)}/s, EventStoreDB ${perSecond(other)}/s, ratio ${ratio.toFixed(2)}`;
  };
  return [
    line('facts until durable       ', ({ durableFacts }) => durableFacts),
    line('facts until in read models', ({ readModelFacts }) => readModelFacts),
    line('events of the feed        ', ({ feedEvents }) => feedEvents),
    line('customers loaded cold     ', ({ coldLoads }) => coldLoads),
  ];
}

async function oneStore(
  url: string,
  feed: string,
  facts: number,
  variables: Readonly<Record<string, string>>,
): Promise<StoreFigures> {
  const { durableSeconds, levelSeconds } = await ingestAndFollow(url, feed, variables);
  const runtime = await openRuntime(loadConfig({ DATABASE_URL: url, ...variables }), 'bench-stores', () => undefined);
  try {
    return {
      durableFacts: Math.round(facts / durableSeconds),
      readModelFacts: Math.round(facts / levelSeconds),
      ...(await readAll(runtime)),
    };
  } finally {
    await runtime.close();
  }
}

async function readAll({ store }: Runtime): Promise<Pick<StoreFigures, 'feedEvents' | 'coldLoads'>> {
  const head = await store.head();
  const streamIds = new Set<string>();
  let after = new Map([...head.keys()].map((shard) => [shard, 0]));
  let events = 0;
  let startedAt = performance.now();
  while ([...head].some(([shard, last]) => (after.get(shard) ?? 0) < last)) {
    const page = await store.readFeed({ after, limitPerShard: PAGE_POSITIONS, types: null });
    events += page.events.length;
    for (const { streamId } of page.events) streamIds.add(streamId);
    after = new Map(page.upTo);
  }
  const feedEvents = events / ((performance.now() - startedAt) / 1000);
  const customers = [...streamIds].filter((streamId) => streamId.startsWith(streamOf(''))).slice(0, LOADED_CUSTOMERS);
  startedAt = performance.now();
  for (let from = 0; from < customers.length; from += LOADED_AT_ONCE) {
    await store.loadStreams(customers.slice(from, from + LOADED_AT_ONCE), 0);
  }
  const coldLoads = customers.length / ((performance.now() - startedAt) / 1000);
  return { feedEvents: Math.round(feedEvents), coldLoads: Math.round(coldLoads) };
}
