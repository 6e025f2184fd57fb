import { int4Array, textArray } from '@retention/platform';
import type { Poison, Projection, Transaction } from './projection.js';

/** A stream a read model stands still on. */
export interface ParkedStream {
  readonly projection: string;
  readonly version: number;
  readonly streamId: string;
  readonly shard: number;
  /** Of the event that could not be applied, in the feed of the shard. */
  readonly position: number;
  readonly error: string;
  readonly since: Date;
}

export interface ParkedStreamPage {
  /** Only streams after this one of this projection; null = from the first. */
  readonly after: { readonly projection: string; readonly streamId: string } | null;
  readonly limit: number;
}

/** The streams these read models stand still on, by the name of the read model and of the stream. */
export async function parkedStreams(
  database: Transaction,
  projections: readonly Pick<Projection, 'name' | 'version'>[],
  { after, limit }: ParkedStreamPage,
): Promise<ParkedStream[]> {
  const { rows } = await database.query<Omit<ParkedStream, 'position'> & { readonly position: string }>(
    `SELECT s.projection, s.projection_version AS version, s.stream_id AS "streamId", s.shard, s.position, s.error,
       s.recorded_at AS since
     FROM projection.parked_stream s
     JOIN unnest($1::text[], $2::int[]) AS p(projection, version)
       ON p.projection = s.projection AND p.version = s.projection_version
     WHERE $3::text IS NULL OR (s.projection COLLATE "C", s.stream_id COLLATE "C") > ($3, $4)
     ORDER BY s.projection COLLATE "C", s.stream_id COLLATE "C" LIMIT $5`,
    [
      textArray(projections.map(({ name }) => name)),
      int4Array(projections.map(({ version }) => version)),
      after?.projection ?? null,
      after?.streamId ?? null,
      limit,
    ],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

/** Streams a version of a projection stands still on. */
export async function readParkedStreams(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  database: Transaction,
): Promise<Set<string>> {
  const { rows } = await database.query<{ stream_id: string }>(
    'SELECT stream_id FROM projection.parked_stream WHERE projection = $1 AND projection_version = $2',
    [name, version],
  );
  return new Set(rows.map(({ stream_id }) => stream_id));
}

export async function parkStreams(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  poison: readonly Poison[],
  transaction: Transaction,
): Promise<void> {
  for (const { event, error } of poison) {
    await transaction.query(
      `INSERT INTO projection.parked_stream (projection, projection_version, stream_id, shard, position, error)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [name, version, event.streamId, event.shard, event.position, describeError(error)],
    );
  }
}

export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
