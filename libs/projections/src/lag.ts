import type pg from 'pg';

export interface ProjectionLag {
  readonly projection: string;
  readonly version: number;
  /** Events of the feed not applied yet. */
  readonly lagEvents: number;
  /** Age of the oldest of them, in seconds; 0 when there is none. */
  readonly lagSeconds: number;
  readonly parkedStreams: number;
}

/** How far each projection that was ever run is behind the feed, over all shards. */
export async function projectionLag(database: Pick<pg.Pool, 'query'>): Promise<ProjectionLag[]> {
  const { rows } = await database.query<
    Record<'projection' | 'lag_events' | 'lag_seconds' | 'parked', string> & { version: number }
  >(
    `SELECT c.projection, c.version, sum(f.head - c.position) AS lag_events,
       coalesce(extract(epoch FROM now() - min(e.recorded_at)), 0) AS lag_seconds,
       (SELECT count(*) FROM projection.parked_stream p
        WHERE p.projection = c.projection AND p.projection_version = c.version) AS parked
     FROM projection.checkpoint c
     JOIN store.feed_shard f USING (shard)
     LEFT JOIN store.event e ON e.shard = c.shard AND e.position = c.position + 1
     GROUP BY c.projection, c.version ORDER BY c.projection, c.version`,
  );
  return rows.map((row) => ({
    projection: row.projection,
    version: row.version,
    lagEvents: Number(row.lag_events),
    lagSeconds: Math.max(0, Number(row.lag_seconds)),
    parkedStreams: Number(row.parked),
  }));
}
