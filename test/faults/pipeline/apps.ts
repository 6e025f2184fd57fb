import { Logger } from '@nestjs/common';
import { createFactReader } from '@retention/contracts';
import { openEventStore } from '@retention/event-store';
import { FactWriter } from '@retention/ingestion';
import { HealthRegistry, loadConfig, Readings, systemClock } from '@retention/platform';
import type { Config } from '@retention/platform';
import { FactOutcomes } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { Registry } from 'prom-client';
import { KafkaIngest } from '../../../apps/ingest/src/kafka-ingest.js';
import { FeedService } from '../../../apps/projector/src/feed-service.js';
import { FactsDoor } from '../../../apps/api/src/facts/take-facts.js';
import type { DatabaseServer } from '../world/database-server.js';
import type { Random } from '../world/random.js';
import { SimulatedPool } from '../world/simulated-pool.js';
import type { DatabaseFaults } from '../world/simulated-pool.js';
import type { SimulatedProcess, World } from '../world/world.js';
import { BUSINESS_TIME_ZONE } from './oracle.js';

export const BROKER = 'sim:1';
export const TOPIC = 'lending.facts.v1';
export const DEAD_LETTER_TOPIC = `${TOPIC}.dead`;
export const DECISIONS_TOPIC = 'retention.decisions.v1';
export const GROUP = 'retention-ingest';

/** By it a member of the group is known as the process it is. */
export function clientIdOf(process: SimulatedProcess): string {
  return `retention-${process.id}`;
}

/** The apps of the product. Their classes are the real ones; only Nest's container is left out. */
export type AppKind = 'ingest' | 'projector' | 'api';

export interface RunningApp {
  readonly process: SimulatedProcess;
  readonly runtime: Runtime;
  /** The HTTP door of an api. */
  readonly door: FactsDoor | null;
  /** What SIGTERM does. */
  stop(): Promise<void>;
}

export interface Surroundings {
  readonly world: World;
  readonly database: DatabaseServer;
  readonly faults: DatabaseFaults;
}

Logger.overrideLogger(false);

/** Keeps nothing but the time zone, whose rules take long to load. */
const reader = createFactReader({ businessTimeZone: BUSINESS_TIME_ZONE, now: () => systemClock.now() });

/** Starts an app in the process that runs now. Rejects when it cannot start: the process then ends. */
export async function startApp(
  kind: AppKind,
  process: SimulatedProcess,
  { world, database, faults }: Surroundings,
  random: Random,
): Promise<RunningApp> {
  const config = configOf(kind, process, random);
  const pool = SimulatedPool.of(world, database, faults, { process, max: random.whole(3, 12) });
  const store = await openEventStore(pool, { keptIn: 'postgres', eventStoreDb: null });
  const writer = new FactWriter({
    store,
    database: pool,
    reader,
    batchFacts: config.ingest.batchFacts,
    cacheCustomers: config.ingest.aggregateCacheCustomers,
  });
  const close = async (): Promise<void> => {
    await writer.drain();
    await store.close();
    await pool.end();
  };
  const runtime: Runtime = {
    config,
    database: pool,
    get dataSource(): never {
      throw new Error('nothing that is simulated reads through TypeORM');
    },
    store,
    writer,
    isEmbedded: false,
    close,
  };
  return { process, runtime, ...(await servicesOf(kind, runtime)) };
}

async function servicesOf(kind: AppKind, runtime: Runtime): Promise<Pick<RunningApp, 'door' | 'stop'>> {
  const metrics = new Registry();
  switch (kind) {
    case 'ingest': {
      const ingest = new KafkaIngest(
        runtime,
        new HealthRegistry(),
        metrics,
        new Readings(metrics),
        new FactOutcomes(metrics),
      );
      ingest.onApplicationBootstrap();
      return { door: null, stop: () => ended([() => ingest.beforeApplicationShutdown(), () => runtime.close()]) };
    }
    case 'projector': {
      const feed = new FeedService(runtime, new HealthRegistry(), metrics);
      await feed.onApplicationBootstrap();
      return { door: null, stop: () => ended([() => feed.beforeApplicationShutdown(), () => runtime.close()]) };
    }
    case 'api':
      return { door: new FactsDoor(runtime, new FactOutcomes(metrics)), stop: () => runtime.close() };
  }
}

async function ended(steps: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step();
}

/** The checks of the configuration take as long as a hundred statements: they are made once. */
const BASE = loadConfig({
  DATABASE_URL: 'postgres://simulated/retention',
  KAFKA_BROKERS: BROKER,
  KAFKA_TOPICS: TOPIC,
  KAFKA_GROUP: GROUP,
  KAFKA_SESSION_TIMEOUT_MS: '10000',
  KAFKA_DECISIONS_TOPIC: DECISIONS_TOPIC,
  PUBLISH_DECISIONS: 'on',
  PUBLISH_DECISIONS_FROM: 'beginning',
  BUSINESS_TIME_ZONE,
});

function configOf(kind: AppKind, process: SimulatedProcess, random: Random): Config {
  const { kafka } = BASE;
  if (kafka === null) throw new Error('the configuration has no Kafka');
  return {
    ...BASE,
    kafka: { ...kafka, clientId: clientIdOf(process), decisions: kind === 'projector' ? kafka.decisions : null },
    ingest: {
      batchFacts: random.pick([1, 3, 10, 100, 2000]),
      aggregateCacheCustomers: random.pick([1, 2, 5, 1000]),
    },
    projections: {
      ...BASE.projections,
      batchEvents: random.pick([1, 5, 30, 5000]),
      leaseTtlMs: random.pick([2000, 5000, 15_000]),
    },
  };
}
