import pg from 'pg';
import { DataSource, type DataSourceOptions, type MigrationInterface, type ObjectLiteral } from 'typeorm';

/** Any constant does, as long as no other lock of the product uses it. Written out so that it can be found in pg_locks. */
const MIGRATION_LOCK = 7_234_001;

export type EntityClass = new () => ObjectLiteral;
export type MigrationClass = new () => MigrationInterface;

export interface DataSourceSettings {
  readonly url: string;
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly MigrationClass[];
  readonly applicationName?: string;
  readonly poolMax?: number;
}

/** An uninitialised TypeORM data source: the schema changes by migrations alone, recorded in public.schema_migrations. */
export function createDataSource(settings: DataSourceSettings): DataSource {
  const options: DataSourceOptions = {
    type: 'postgres',
    url: settings.url,
    schema: 'public',
    entities: [...settings.entities],
    migrations: [...settings.migrations],
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    installExtensions: false,
    applicationName: settings.applicationName ?? 'retention',
    ...(settings.poolMax === undefined ? {} : { poolSize: settings.poolMax }),
  };
  return new DataSource(options);
}

/**
 * Runs the pending migrations and returns their names. Safe to call from several processes at once: they queue on an
 * advisory lock, and those that come later find nothing left to do.
 *
 * The lock is held on a connection of its own: inside the migration's transaction it would be released with the first one.
 */
export async function runMigrations(dataSource: DataSource): Promise<readonly string[]> {
  const { url } = dataSource.options as { url?: string };
  const holder = new pg.Client({ connectionString: url, application_name: 'retention migrations' });
  holder.on('error', () => undefined);
  await holder.connect();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if (!dataSource.isInitialized) await dataSource.initialize();
    const executed = await dataSource.runMigrations();
    return executed.map((migration) => migration.name);
  } finally {
    await holder.end();
  }
}
