import type { EventStore, FeedPositions } from '@retention/event-store';
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
export async function projectionLag(
  database: Pick<pg.Pool, 'query'>,
  store: Pick<EventStore, 'readRecordedFeed'>,
): Promise<ProjectionLag[]> {
  const { rows } = await database.query<{
    projection: string;
    version: number;
    lag_events: string;
    behind: { shard: number; position: number }[] | null;
    parked: string;
  }>(
    // A shard no worker has held yet has no checkpoint: its events are not applied either.
    `SELECT p.projection, p.version, sum(f.head - coalesce(c.position, 0)) AS lag_events,
       json_agg(json_build_object('shard', f.shard, 'position', coalesce(c.position, 0)))
         FILTER (WHERE f.head > coalesce(c.position, 0)) AS behind,
       (SELECT count(*) FROM projection.parked_stream s
        WHERE s.projection = p.projection AND s.projection_version = p.version) AS parked
     FROM (SELECT DISTINCT projection, version FROM projection.checkpoint) p
     CROSS JOIN store.feed_shard f
     LEFT JOIN projection.checkpoint c USING (projection, version, shard)
     GROUP BY p.projection, p.version ORDER BY p.projection, p.version`,
  );
  const ages = new Map<string, number>();
  const lags: ProjectionLag[] = [];
  for (const { projection, version, lag_events, behind, parked } of rows) {
    const after = new Map((behind ?? []).map(({ shard, position }) => [shard, position]));
    // Read models move together: most of the time they wait for the same event.
    const key = JSON.stringify([...after]);
    const lagSeconds = ages.get(key) ?? (await ageAfter(store, after));
    ages.set(key, lagSeconds);
    lags.push({ projection, version, lagEvents: Number(lag_events), lagSeconds, parkedStreams: Number(parked) });
  }
  return lags;
}

/** Age of the oldest event after the positions, in seconds; 0 when there is none. */
export async function ageAfter(store: Pick<EventStore, 'readRecordedFeed'>, after: FeedPositions): Promise<number> {
  if (after.size === 0) return 0;
  const { events } = await store.readRecordedFeed({ after, limitPerShard: 1, types: null });
  const oldest = events.reduce((least, { recordedAt }) => Math.min(least, recordedAt), Infinity);
  return Math.max(0, (Date.now() - Math.min(oldest, Date.now())) / 1000);
}
