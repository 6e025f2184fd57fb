import { valueOf } from '../column-types.js';
import type { Row, Values } from '../row.js';
import type { Environment } from '../sql/environment.js';
import { lockedVersion } from '../sql/lock-row.js';
import type { Answer, Run } from '../sql/plan.js';
import type { Table } from '../table.js';
import { known } from './known.js';
import type { Known, Parts } from './known.js';

/** One row to be moved: its key, the columns it is given, and what it has to hold before. */
interface Move {
  readonly key: Values;
  readonly set: Values;
  readonly expected: Values | null;
}

interface Wanted {
  readonly row: Row;
  readonly seen: Values;
  readonly move: Move;
}

/**
 * UPDATE … FROM a list, whose rows may be found, compared, ordered and locked in a subquery before. What is compared
 * without being locked is compared with what was committed when the statement began, and never again.
 */
async function moveRows(
  environment: Environment,
  table: Table,
  moves: readonly Move[],
  { has, order }: { readonly has: Parts; readonly order: readonly string[] },
): Promise<Answer> {
  const { transaction } = environment;
  let wanted: Wanted[] = [];
  for (const move of moves) {
    const row = table.keyed(move.key);
    const seen = row?.seenBy(transaction) ?? null;
    if (row !== undefined && seen !== null && isAsExpected(seen, move)) wanted.push({ row, seen, move });
  }
  if (has.has('ordered')) wanted.sort((one, other) => inOrder(one.seen, other.seen, order));
  if (has.has('locks')) {
    const held: Wanted[] = [];
    for (const one of wanted) {
      const holds = ({ row }: Environment): boolean => row !== null && isAsExpected(row, one.move);
      let version = lockedVersion(environment, one, 'exclusive', holds);
      if (version instanceof Promise) version = await version;
      if (version !== null) held.push({ ...one, seen: version });
    }
    wanted = held;
  }
  let count = 0;
  for (const one of wanted) {
    let version = lockedVersion(environment, one, 'exclusive', () => true);
    if (version instanceof Promise) version = await version;
    if (version === null) continue;
    transaction.write(one.row, { ...version, ...one.move.set });
    count += 1;
  }
  return { rows: [], rowCount: count };
}

function isAsExpected(values: Values, { expected }: Move): boolean {
  return expected === null || Object.entries(expected).every(([column, value]) => values[column] === value);
}

function inOrder(one: Values, other: Values, columns: readonly string[]): number {
  for (const column of columns) {
    const [left, right] = [one[column] as number, other[column] as number];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** The arrays of a statement side by side. */
export function arraysOf(
  { values }: Environment,
  types: Readonly<Record<string, readonly [number, Parameters<typeof valueOf>[0]]>>,
): Values[] {
  const arrays = Object.entries(types).map(
    ([name, [number, type]]) => [name, valueOf(type, values[number - 1]) as unknown[]] as const,
  );
  const length = Math.max(0, ...arrays.map(([, array]) => array.length));
  return Array.from({ length }, (_, at) =>
    Object.fromEntries(arrays.map(([name, array]) => [name, array[at] ?? null])),
  );
}

const MOVE_HEADS = known(
  `UPDATE store.feed_shard f SET head = m.head
   FROM unnest($1::smallint[], $2::bigint[]) AS m(shard, head) WHERE f.shard = m.shard`,
  (has): Run =>
    (environment) => {
      const moves = arraysOf(environment, { shard: [1, 'int2[]'], head: [2, 'int8[]'] }).map(({ shard, head }) => ({
        key: { shard },
        set: { head },
        expected: null,
      }));
      return moveRows(environment, environment.table('store.feed_shard'), moves, { has, order: [] });
    },
);

const MOVE_OFFSETS = known(
  `UPDATE store.consumer_offset o SET next = a.next
   FROM (
     SELECT c.consumer, c.source, a.next FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
       AS a(consumer, source, expected, next)
     JOIN store.consumer_offset c ON c.consumer = a.consumer AND c.source = a.source{compares| AND c.next = a.expected}
     {ordered|ORDER BY c.consumer, c.source }{locks|FOR UPDATE OF c}
   ) a
   WHERE o.consumer = a.consumer AND o.source = a.source`,
  (has): Run =>
    (environment) => {
      const moves = arraysOf(environment, {
        consumer: [1, 'text[]'],
        source: [2, 'text[]'],
        expected: [3, 'int8[]'],
        next: [4, 'int8[]'],
      }).map(({ consumer, source, expected, next }) => ({
        key: { consumer, source },
        set: { next },
        expected: has.has('compares') ? { next: expected } : null,
      }));
      return moveRows(environment, environment.table('store.consumer_offset'), moves, {
        has,
        order: ['consumer', 'source'],
      });
    },
);

const MOVE_CHECKPOINTS = known(
  `UPDATE projection.checkpoint c SET position = m.reached
   FROM (
     SELECT c.shard, m.reached
     FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::int[]) AS m(shard, above, reached, revision)
     JOIN projection.checkpoint c
       ON c.projection = $1 AND c.version = $2 AND c.shard = m.shard{compares| AND c.position = m.above}
         {knows|AND c.revision = m.revision}
     {ordered|ORDER BY c.shard }{locks|FOR UPDATE OF c}
   ) m
   WHERE c.projection = $1 AND c.version = $2 AND c.shard = m.shard`,
  (has): Run =>
    (environment) => {
      const [projection, version] = environment.values;
      const moves = arraysOf(environment, {
        shard: [3, 'int2[]'],
        above: [4, 'int8[]'],
        reached: [5, 'int8[]'],
        revision: [6, 'int4[]'],
      }).map(({ shard, above, reached, revision }) => ({
        key: { projection, version, shard },
        set: { position: reached },
        expected: {
          ...(has.has('compares') ? { position: above } : {}),
          ...(has.has('knows') ? { revision } : {}),
        },
      }));
      return moveRows(environment, environment.table('projection.checkpoint'), moves, { has, order: ['shard'] });
    },
);

export const MOVES: readonly Known[] = [MOVE_HEADS, MOVE_OFFSETS, MOVE_CHECKPOINTS];
