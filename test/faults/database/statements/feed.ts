import { valueOf } from '../column-types.js';
import type { Values } from '../row.js';
import type { Environment } from '../sql/environment.js';
import type { Answer, Run } from '../sql/plan.js';
import { known } from './known.js';
import type { Known, Parts } from './known.js';
import { arraysOf } from './moves.js';

const COLUMNS = 'e.shard, e.position, e.stream_id, e.version, e.type, e.payload::text AS payload';
const RECORDED_COLUMNS = `${COLUMNS}, e.origin::text AS origin,
  floor(extract(epoch FROM e.recorded_at) * 1000)::bigint AS recorded_at`;

/** Events of a shard or a stream the statement sees, from the first above a place. */
function* eventsAbove(environment: Environment, group: string, value: unknown, above: number): Iterable<Values> {
  for (const row of environment.table('store.event').above(group, value, above)) {
    const event = row.seenBy(environment.transaction);
    if (event !== null) yield event;
  }
}

function shown({ shard, position, stream_id, version, type, payload }: Values): Record<string, unknown> {
  return { shard, position: String(position), stream_id, version, type, payload };
}

function shownWithRecord(event: Values): Record<string, unknown> {
  return {
    ...shown(event),
    origin: event['origin'],
    recorded_at: String(Math.floor(event['recorded_at'] as number)),
  };
}

function answerOf(rows: Record<string, unknown>[]): Answer {
  return { rows, rowCount: rows.length };
}

function readFeed(has: Parts, show: (event: Values) => Record<string, unknown>): Run {
  return (environment) => {
    const wanted = arraysOf(environment, { shard: [1, 'int2[]'], above: [2, 'int8[]'], upTo: [3, 'int8[]'] });
    const types = has.has('types') ? (valueOf('text[]', environment.values[3]) as string[] | null) : null;
    const events: Values[] = [];
    for (const { shard, above, upTo } of wanted) {
      for (const event of eventsAbove(environment, 'shard', shard, above as number)) {
        if (has.has('bounded') && (event['position'] as number) > (upTo as number)) break;
        if (types === null || types.includes(event['type'] as string)) events.push(event);
      }
    }
    events.sort((one, other) => (one['shard'] as number) - (other['shard'] as number));
    return answerOf(events.map(show));
  };
}

const feedOf = (columns: string): string => `
  SELECT ${columns}
  FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS wanted(shard, above, up_to)
  CROSS JOIN LATERAL (
    SELECT * FROM store.event i
    WHERE i.shard = wanted.shard AND i.position > wanted.above{bounded| AND i.position <= wanted.up_to}
      {types|AND ($4::text[] IS NULL OR i.type = ANY($4)) }ORDER BY i.position
  ) e
  ORDER BY e.shard, e.position`;

const LOAD_TAILS = known(
  `SELECT ${COLUMNS}
   FROM unnest($1::text[], $2::int[]) AS wanted(stream_id, after)
   CROSS JOIN LATERAL (
     SELECT * FROM store.event i WHERE i.stream_id = wanted.stream_id AND i.version > wanted.after ORDER BY i.version
   ) e`,
  (): Run => (environment) => {
    const rows: Record<string, unknown>[] = [];
    for (const { streamId, after } of arraysOf(environment, { streamId: [1, 'text[]'], after: [2, 'int4[]'] })) {
      for (const event of eventsAbove(environment, 'stream_id', streamId, after as number)) rows.push(shown(event));
    }
    return answerOf(rows);
  },
);

const LAST_VERSIONS = known(
  `SELECT s.stream_id, COALESCE(
     (SELECT e.version FROM store.event e WHERE e.stream_id = s.stream_id ORDER BY e.version DESC LIMIT 1), 0
   ) AS version
   FROM unnest($1::text[]) AS s(stream_id)`,
  (): Run => (environment) => {
    const streamIds = valueOf('text[]', environment.values[0]) as string[];
    const rows = streamIds.map((stream_id) => {
      let version = 0;
      for (const event of eventsAbove(environment, 'stream_id', stream_id, 0)) version = event['version'] as number;
      return { stream_id, version };
    });
    return answerOf(rows);
  },
);

const APPENDED_BY_OTHERS = known(
  `SELECT e.stream_id, max(e.version) AS version
   FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS r(shard, above, up_to)
   CROSS JOIN LATERAL (
     SELECT i.stream_id, i.version FROM store.event i
     WHERE i.shard = r.shard AND i.position > r.above{bounded| AND i.position <= r.up_to}
     ORDER BY i.position
   ) e
   GROUP BY e.stream_id`,
  (has): Run =>
    (environment) => {
      const versions = new Map<unknown, number>();
      const ranges = arraysOf(environment, { shard: [1, 'int2[]'], above: [2, 'int8[]'], upTo: [3, 'int8[]'] });
      for (const { shard, above, upTo } of ranges) {
        for (const { position, stream_id, version } of eventsAbove(environment, 'shard', shard, above as number)) {
          if (has.has('bounded') && (position as number) > (upTo as number)) break;
          versions.set(stream_id, Math.max(version as number, versions.get(stream_id) ?? 0));
        }
      }
      return answerOf([...versions].map(([stream_id, version]) => ({ stream_id, version })));
    },
);

export const FEED: readonly Known[] = [
  known(feedOf(COLUMNS), (has) => readFeed(has, shown)),
  known(feedOf(RECORDED_COLUMNS), (has) => readFeed(has, shownWithRecord)),
  LOAD_TAILS,
  LAST_VERSIONS,
  APPENDED_BY_OTHERS,
];
