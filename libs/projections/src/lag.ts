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
    // A shard no worker has held yet has no checkpoint: its events are not applied either.
    `SELECT p.projection, p.version, sum(f.head - coalesce(c.position, 0)) AS lag_events,
       coalesce(extract(epoch FROM now() - min(e.recorded_at)), 0) AS lag_seconds,
       (SELECT count(*) FROM projection.parked_stream s
        WHERE s.projection = p.projection AND s.projection_version = p.version) AS parked
     FROM (SELECT DISTINCT projection, version FROM projection.checkpoint) p
     CROSS JOIN store.feed_shard f
     LEFT JOIN projection.checkpoint c USING (projection, version, shard)
     LEFT JOIN store.event e ON e.shard = f.shard AND e.position = coalesce(c.position, 0) + 1
     GROUP BY p.projection, p.version ORDER BY p.projection, p.version`,
  );
  return rows.map((row) => ({
    projection: row.projection,
    version: row.version,
    lagEvents: Number(row.lag_events),
    lagSeconds: Math.max(0, Number(row.lag_seconds)),
    parkedStreams: Number(row.parked),
  }));
}
