import { createFactReader } from '@retention/contracts';
import { openEventStore } from '@retention/event-store';
import type { EventStore } from '@retention/event-store';
import { FactWriter } from '@retention/ingestion';
import {
  createPool,
  runMigrations,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
  systemClock,
} from '@retention/platform';
import type { Config, EmbeddedPostgres } from '@retention/platform';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { whileDatabaseComes } from './database-comes.js';
import { productDataSource } from './schema.js';

/** Injection token of the `Runtime` a process stands on. */
export const RUNTIME = Symbol('runtime');

/** What every process of the product stands on. */
export interface Runtime {
  readonly config: Config;
  readonly database: pg.Pool;
  readonly dataSource: DataSource;
  readonly store: EventStore;
  readonly writer: FactWriter;
  /** True when the database is the embedded one. */
  readonly isEmbedded: boolean;
  /** Ends everything, in order: what was submitted becomes durable, connections close, an embedded server stops. */
  close(): Promise<void>;
}

const POOL_CONNECTIONS_MAX = 12;
const DATABASE_WAIT_MS = 30_000;

export interface RuntimeOptions {
  /** Visit the embedded server of a process that has it running already, instead of being refused. Default: false. */
  readonly joinRunning?: boolean;
  /** How long a database or event store that does not answer is waited for; half a minute unless told. */
  readonly databaseWaitMs?: number;
}

/** The database of the product, with its schema up to date. */
export interface OpenDatabase {
  /** Not for a log: it may hold a password. */
  readonly url: string;
  readonly database: pg.Pool;
  readonly dataSource: DataSource;
  close(): Promise<void>;
}

/**
 * Opens the database (embedded unless DATABASE_URL names one) and brings its schema up to date.
 * @throws EmbeddedPostgresError or DatabaseUnavailable with one clear line.
 */
export async function openDatabase(
  config: Config,
  app: string,
  onLost: (reason: string) => void,
  { joinRunning = false, databaseWaitMs = DATABASE_WAIT_MS }: RuntimeOptions = {},
): Promise<OpenDatabase> {
  const { url: named, dataFolder } = config.database;
  const given = named ?? (joinRunning ? await runningEmbeddedPostgres(dataFolder) : null);
  const embedded: EmbeddedPostgres | null = given === null ? await startEmbeddedPostgres({ dataFolder, onLost }) : null;
  const url = embedded?.url ?? given ?? '';
  const applicationName = `retention-${app}`;
  const database = createPool(url, { max: POOL_CONNECTIONS_MAX, applicationName });
  let dataSource: DataSource | null = null;
  const close = async (): Promise<void> => {
    if (dataSource?.isInitialized === true) await dataSource.destroy();
    await database.end();
    await embedded?.stop();
  };
  try {
    dataSource = await whileDatabaseComes(url, databaseWaitMs, () => upToDate(productDataSource(url, applicationName)));
    return { url, database, dataSource, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function upToDate(dataSource: DataSource): Promise<DataSource> {
  try {
    await runMigrations(dataSource);
    return dataSource;
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy().catch(() => undefined);
    throw error;
  }
}

/**
 * Opens the database and puts the store and the writer on it.
 * @throws EmbeddedPostgresError, DatabaseUnavailable, EventStoreDbUnavailable, EventsMoved or StoresApart with one clear line.
 */
export async function openRuntime(
  config: Config,
  app: string,
  onLost: (reason: string) => void,
  options: RuntimeOptions = {},
): Promise<Runtime> {
  const opened = await openDatabase(config, app, onLost, options);
  const { database, dataSource } = opened;
  try {
    const { keptIn, eventStoreDb } = config.events;
    const databaseWaitMs = options.databaseWaitMs ?? DATABASE_WAIT_MS;
    const choice = {
      keptIn,
      eventStoreDb: eventStoreDb === null ? null : { ...eventStoreDb, timing: { openPatienceMs: databaseWaitMs } },
    };
    const store = await whileDatabaseComes(opened.url, databaseWaitMs, () => openEventStore(database, choice));
    const writer = new FactWriter({
      store,
      database,
      reader: createFactReader({ businessTimeZone: config.business.timeZone, now: () => systemClock.now() }),
      batchFacts: config.ingest.batchFacts,
      cacheCustomers: config.ingest.aggregateCacheCustomers,
    });
    return {
      config,
      database,
      dataSource,
      store,
      writer,
      isEmbedded: config.database.url === null,
      close: async () => {
        await writer.drain();
        await store.close();
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
