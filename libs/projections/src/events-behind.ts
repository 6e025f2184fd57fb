import { int2Array, int4Array, int8Array, textArray } from '@retention/platform';
import type { FeedPositions } from '@retention/event-store';
import type pg from 'pg';
import type { Projection } from './projection.js';

/** How many events the projections have still to apply, in all, until each stands at these positions. */
export async function eventsBehind(
  database: Pick<pg.Pool, 'query'>,
  projections: readonly Pick<Projection, 'name' | 'version'>[],
  positions: FeedPositions,
): Promise<number> {
  const { rows } = await database.query<{ behind: string }>(
    `SELECT coalesce(sum(greatest(0, f.position - coalesce(c.position, 0))), 0) AS behind
     FROM unnest($1::text[], $2::int[]) AS p(projection, version)
     CROSS JOIN unnest($3::smallint[], $4::bigint[]) AS f(shard, position)
     LEFT JOIN projection.checkpoint c USING (projection, version, shard)`,
    [
      textArray(projections.map(({ name }) => name)),
      int4Array(projections.map(({ version }) => version)),
      int2Array([...positions.keys()]),
      int8Array([...positions.values()]),
    ],
  );
  return Number(rows[0]?.behind ?? 0);
}
