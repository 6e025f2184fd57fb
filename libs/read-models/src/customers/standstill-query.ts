import type { DataSource } from 'typeorm';
import { readModels } from '../read-models.js';

/** A read model that could not apply an event of a stream: what came after it does not show. */
export interface Standstill {
  readonly projection: string;
  readonly since: Date;
}

/** The read models, in the version that is served, that stand still on a stream; none as a rule. */
export async function standstillsOf(database: DataSource, streamId: string): Promise<Standstill[]> {
  const served = readModels();
  return database.query<Standstill[]>(
    `SELECT p.projection, p.recorded_at AS since FROM projection.parked_stream p
     JOIN unnest($2::text[], $3::int[]) AS served(projection, version)
       ON p.projection = served.projection AND p.projection_version = served.version
     WHERE p.stream_id = $1 ORDER BY p.projection`,
    [streamId, served.map(({ name }) => name), served.map(({ version }) => version)],
  );
}
