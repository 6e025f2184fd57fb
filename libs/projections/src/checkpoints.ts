import { int2Array, int8Array } from '@retention/platform';
import type { Projection, Transaction } from './projection.js';

/** Another worker has applied the feed further than this one knows: nothing may be written. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
}

/** Position each shard has been applied up to; a shard never applied starts at 0. */
export async function readCheckpoints(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  shards: readonly number[],
  database: Transaction,
): Promise<Map<number, number>> {
  await database.query(
    `INSERT INTO projection.checkpoint (projection, version, shard, position)
     SELECT $1, $2, shard, 0 FROM unnest($3::smallint[]) AS shard ON CONFLICT DO NOTHING`,
    [name, version, int2Array([...shards])],
  );
  const { rows } = await database.query<{ shard: number; position: string }>(
    `SELECT shard, position FROM projection.checkpoint
     WHERE projection = $1 AND version = $2 AND shard = ANY($3::smallint[])`,
    [name, version, int2Array([...shards])],
  );
  return new Map(rows.map(({ shard, position }) => [shard, Number(position)]));
}

export interface CheckpointMove {
  readonly shard: number;
  readonly from: number;
  readonly to: number;
}

/** @throws CheckpointMoved unless every shard stands exactly at `from`. */
export async function moveCheckpoints(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  moves: readonly CheckpointMove[],
  transaction: Transaction,
): Promise<void> {
  const { rowCount } = await transaction.query(
    `UPDATE projection.checkpoint c SET position = m.reached
     FROM (
       SELECT c.shard, m.reached FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS m(shard, above, reached)
       JOIN projection.checkpoint c
         ON c.projection = $1 AND c.version = $2 AND c.shard = m.shard AND c.position = m.above
       ORDER BY c.shard FOR UPDATE OF c
     ) m
     WHERE c.projection = $1 AND c.version = $2 AND c.shard = m.shard`,
    [
      name,
      version,
      int2Array(moves.map(({ shard }) => shard)),
      int8Array(moves.map(({ from }) => from)),
      int8Array(moves.map(({ to }) => to)),
    ],
  );
  if (rowCount !== moves.length) {
    throw new CheckpointMoved(`${name} v${version}: ${String(rowCount)} of ${moves.length} shards stood as expected`);
  }
}
