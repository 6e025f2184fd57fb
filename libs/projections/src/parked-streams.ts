import type { Poison, Projection, Transaction } from './projection.js';

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
      [name, version, event.streamId, event.shard, event.position, describe(error)],
    );
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
