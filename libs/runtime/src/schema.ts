import { EVENT_STORE_ENTITIES, EVENT_STORE_MIGRATIONS } from '@retention/event-store';
import {
  Governing1764000000000,
  INGESTION_ENTITIES,
  Ingestion1763900100000,
  Operations1764200000000,
  ParkedRevision1764200400000,
  ReportTimes1764000200000,
} from '@retention/ingestion';
import { createDataSource, runMigrations } from '@retention/platform';
import {
  CheckpointRevision1764200100000,
  Projection1763900200000,
  PROJECTION_ENTITIES,
  StreamRetries1764200300000,
} from '@retention/projections';
import { ChurnAndWarnings1764000100000, READ_MODEL_ENTITIES, ReadModels1763900300000 } from '@retention/read-models';
import type { DataSource } from 'typeorm';

/** Every table of the product, each library's own. */
export function productDataSource(url: string, applicationName: string): DataSource {
  return createDataSource({
    url,
    applicationName,
    entities: [...EVENT_STORE_ENTITIES, ...INGESTION_ENTITIES, ...PROJECTION_ENTITIES, ...READ_MODEL_ENTITIES],
    migrations: [
      ...EVENT_STORE_MIGRATIONS,
      Ingestion1763900100000,
      Projection1763900200000,
      ReadModels1763900300000,
      Governing1764000000000,
      ChurnAndWarnings1764000100000,
      ReportTimes1764000200000,
      Operations1764200000000,
      CheckpointRevision1764200100000,
      StreamRetries1764200300000,
      ParkedRevision1764200400000,
    ],
  });
}

/** Statements by which the migrated schema differs from the entities; none when they agree. Migrates the database. */
export async function schemaDifferences(url: string): Promise<string[]> {
  const dataSource = productDataSource(url, 'retention-schema-drift');
  try {
    await runMigrations(dataSource);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}
