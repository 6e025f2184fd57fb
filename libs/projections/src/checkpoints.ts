import { int2Array, int4Array, int8Array } from '@retention/platform';
import type { Projection, Transaction } from './projection.js';

/** Another worker has applied the feed further than this one knows: nothing may be written. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
}

export interface Checkpoint {
  /** Up to which the feed of the shard has been applied. */
  readonly position: number;
  /** Another one than before: rows or parked streams of the shard were changed beside the feed. */
  readonly revision: number;
}

/** Where each shard stands; one never applied is made, at the beginning. */
export async function readCheckpoints(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  shards: readonly number[],
  database: Transaction,
): Promise<Map<number, Checkpoint>> {
  await database.query(
    `INSERT INTO projection.checkpoint (projection, version, shard, position)
     SELECT $1, $2, shard, 0 FROM unnest($3::smallint[]) AS shard ON CONFLICT DO NOTHING`,
    [name, version, int2Array([...shards])],
  );
  return standingCheckpoints({ name, version }, shards, database);
}

/** The same, without those that are not there. */
export async function standingCheckpoints(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  shards: readonly number[],
  database: Transaction,
): Promise<Map<number, Checkpoint>> {
  const { rows } = await database.query<{ shard: number; position: string; revision: number }>(
    `SELECT shard, position, revision FROM projection.checkpoint
     WHERE projection = $1 AND version = $2 AND shard = ANY($3::smallint[])`,
    [name, version, int2Array([...shards])],
  );
  return new Map(rows.map(({ shard, position, revision }) => [shard, { position: Number(position), revision }]));
}

export interface CheckpointMove {
  readonly shard: number;
  readonly from: number;
  readonly to: number;
  /** Which the shard has to be of still. */
  readonly revision: number;
}

/** @throws CheckpointMoved unless every shard stands exactly at `from`, and is of the revision known. */
export async function moveCheckpoints(
  { name, version }: Pick<Projection, 'name' | 'version'>,
  moves: readonly CheckpointMove[],
  transaction: Transaction,
): Promise<void> {
  const { rowCount } = await transaction.query(
    `UPDATE projection.checkpoint c SET position = m.reached
     FROM (
       SELECT c.shard, m.reached
       FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::int[]) AS m(shard, above, reached, revision)
       JOIN projection.checkpoint c
         ON c.projection = $1 AND c.version = $2 AND c.shard = m.shard AND c.position = m.above
           AND c.revision = m.revision
       ORDER BY c.shard FOR UPDATE OF c
     ) m
     WHERE c.projection = $1 AND c.version = $2 AND c.shard = m.shard`,
    [
      name,
      version,
      int2Array(moves.map(({ shard }) => shard)),
      int8Array(moves.map(({ from }) => from)),
      int8Array(moves.map(({ to }) => to)),
      int4Array(moves.map(({ revision }) => revision)),
    ],
  );
  if (rowCount !== moves.length) {
    throw new CheckpointMoved(`${name} v${version}: ${String(rowCount)} of ${moves.length} shards stood as expected`);
  }
}
