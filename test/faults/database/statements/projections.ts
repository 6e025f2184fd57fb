import { valueOf } from '../column-types.js';
import type { Values } from '../row.js';
import type { Environment } from '../sql/environment.js';
import { lockedVersion } from '../sql/lock-row.js';
import type { Found } from '../sql/lock-row.js';
import type { Run } from '../sql/plan.js';
import { known } from './known.js';
import type { Known } from './known.js';
import { arraysOf } from './moves.js';

function found(environment: Environment, table: string): Found[] {
  return [...environment.table(table).rows].flatMap((row) => {
    const seen = row.seenBy(environment.transaction);
    return seen === null ? [] : [{ row, seen }];
  });
}

const seenIn = (environment: Environment, table: string): Values[] => found(environment, table).map(({ seen }) => seen);

const FAIR_SHARE = known(
  `SELECT ceil((SELECT count(*) FROM projection.shard_lease)::numeric / count(*))::int AS share FROM projection.worker`,
  (): Run => (environment) => {
    const workers = seenIn(environment, 'projection.worker').length;
    const shards = seenIn(environment, 'projection.shard_lease').length;
    // Nobody is alive: the server would divide by zero, and the worker that asks has just said that it is.
    return { rows: [{ share: Math.ceil(shards / workers) }], rowCount: 1 };
  },
);

const KEEP_SHARE = known(
  `WITH mine AS (
     SELECT shard, row_number() OVER (ORDER BY shard) AS place FROM projection.shard_lease
     WHERE worker = $1{lives| AND held_until >= now()}
   )
   UPDATE projection.shard_lease l
   SET worker = CASE WHEN mine.place <= $3 THEN $1 END,
       held_until = CASE WHEN mine.place <= $3 THEN now() + $2::interval ELSE now() END
   FROM mine WHERE l.shard = mine.shard`,
  (has): Run =>
    async (environment) => {
      const [worker, term, share] = environment.values as [string, string, number];
      const now = environment.transaction.startedAt;
      const mine = found(environment, 'projection.shard_lease')
        .filter(({ seen }) => seen['worker'] === worker && (!has.has('lives') || (seen['held_until'] as number) >= now))
        .sort((one, other) => (one.seen['shard'] as number) - (other.seen['shard'] as number));
      const until = now + (valueOf('interval', term) as number);
      let count = 0;
      for (const [index, one] of mine.entries()) {
        let version = lockedVersion(environment, one, 'exclusive', () => true);
        if (version instanceof Promise) version = await version;
        if (version === null) continue;
        const isKept = index < share;
        environment.transaction.write(one.row, {
          ...version,
          worker: isKept ? worker : null,
          held_until: isKept ? until : now,
        });
        count += 1;
      }
      return { rows: [], rowCount: count };
    },
);

type Positions = (projection: unknown, version: unknown, shard: unknown) => number;

/** Where each checkpoint stands; one that is not there yet is at the beginning. */
function checkpoints(environment: Environment): Positions {
  const table = environment.table('projection.checkpoint');
  return (projection, version, shard) => {
    const values = table.keyed({ projection, version, shard })?.seenBy(environment.transaction);
    return (values?.['position'] as number | undefined) ?? 0;
  };
}

const EVENTS_BEHIND = known(
  `SELECT coalesce(sum(greatest(0, f.position - coalesce(c.position, 0))), 0) AS behind
   FROM unnest($1::text[], $2::int[]) AS p(projection, version)
   CROSS JOIN unnest($3::smallint[], $4::bigint[]) AS f(shard, position)
   LEFT JOIN projection.checkpoint c USING (projection, version, shard)`,
  (): Run => (environment) => {
    const reached = checkpoints(environment);
    const feed = arraysOf(environment, { shard: [3, 'int2[]'], position: [4, 'int8[]'] });
    let behind = 0;
    for (const { projection, version } of arraysOf(environment, {
      projection: [1, 'text[]'],
      version: [2, 'int4[]'],
    })) {
      for (const { shard, position } of feed) {
        behind += Math.max(0, (position as number) - reached(projection, version, shard));
      }
    }
    return { rows: [{ behind: String(behind) }], rowCount: 1 };
  },
);

const LAG = known(
  `SELECT p.projection, p.version, sum(f.head - coalesce(c.position, 0)) AS lag_events,
     json_agg(json_build_object('shard', f.shard, 'position', coalesce(c.position, 0)))
       FILTER (WHERE f.head > coalesce(c.position, 0)) AS behind,
     (SELECT count(*) FROM projection.parked_stream s
      WHERE s.projection = p.projection AND s.projection_version = p.version) AS parked
   FROM (SELECT DISTINCT projection, version FROM projection.checkpoint) p
   CROSS JOIN store.feed_shard f
   LEFT JOIN projection.checkpoint c USING (projection, version, shard)
   GROUP BY p.projection, p.version ORDER BY p.projection, p.version`,
  (): Run => (environment) => {
    const reached = checkpoints(environment);
    const heads = seenIn(environment, 'store.feed_shard');
    const known = new Map(
      seenIn(environment, 'projection.checkpoint').map(({ projection, version }) => [
        JSON.stringify([projection, version]),
        { projection, version },
      ]),
    );
    const parked = seenIn(environment, 'projection.parked_stream');
    const rows = [...known]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { projection, version }]) => {
        const places = heads.map(({ shard, head }) => {
          const position = reached(projection, version, shard);
          return { shard, position, lag: (head as number) - position };
        });
        const behind = places.filter(({ lag }) => lag > 0).map(({ shard, position }) => ({ shard, position }));
        const standing = parked.filter(
          (one) => one['projection'] === projection && one['projection_version'] === version,
        );
        return {
          projection,
          version,
          lag_events: String(places.reduce((sum, { lag }) => sum + lag, 0)),
          behind: behind.length === 0 ? null : behind,
          parked: String(standing.length),
        };
      });
    return { rows, rowCount: rows.length };
  },
);

export const PROJECTIONS: readonly Known[] = [FAIR_SHARE, KEEP_SHARE, EVENTS_BEHIND, LAG];
