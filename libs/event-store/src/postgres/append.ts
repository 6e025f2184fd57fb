import { int2Array, int4Array, int8Array, textArray } from '@retention/platform';
import type pg from 'pg';
import { shardOf } from '../port.js';
import type { AppendBatch, StreamAppend } from '../port.js';
import { applyCompanions, lockShards, moveHeads, moveOffsets, streamConflict, writeSnapshots } from '../transaction.js';
import type { SeenVersions } from './seen-versions.js';

const INSERT_EVENTS = `
  INSERT INTO store.event (shard, position, stream_id, version, type, payload, origin)
  SELECT e.shard, e.position, e.stream_id, e.version, e.type, e.payload::json, e.origin::json
  FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[])
    AS e(shard, position, stream_id, version, type, payload, origin)`;

/** Writes the batch inside the transaction that is open on `client`. Resolves with the heads of its shards after it. */
export async function writeBatch(
  client: pg.ClientBase,
  batch: AppendBatch,
  shards: number,
  seen: SeenVersions,
): Promise<ReadonlyMap<number, number>> {
  const heads = await lockShards(client, batch.streams, { shards, keptIn: 'postgres' });
  await moveOffsets(client, batch.advances);
  await checkVersions(client, batch.streams, seen, heads);
  await applyCompanions(client, batch.companions);
  await writeSnapshots(client, batch.streams);
  await insertEvents(client, batch.streams, shards, heads);
  return heads;
}

async function checkVersions(
  client: pg.ClientBase,
  streams: readonly StreamAppend[],
  seen: SeenVersions,
  heads: ReadonlyMap<number, number>,
): Promise<void> {
  if (streams.length === 0) return;
  const moved = await seen.moved(client, streams, heads);
  if (moved.length > 0) throw streamConflict(moved);
}

async function insertEvents(
  client: pg.ClientBase,
  streams: readonly StreamAppend[],
  shards: number,
  heads: Map<number, number>,
): Promise<void> {
  const rows = { shard: [] as number[], position: [] as number[], streamId: [] as string[], version: [] as number[] };
  const texts = { type: [] as string[], payload: [] as string[], origin: [] as (string | null)[] };
  // Sorted by stream, neighbouring index pages are written together: worth a fifth on a large store.
  const ordered = [...streams].sort((one, other) => (one.streamId < other.streamId ? -1 : 1));
  for (const { streamId, expectedVersion, events } of ordered) {
    const shard = shardOf(streamId, shards);
    let position = heads.get(shard) ?? 0;
    let version = expectedVersion;
    for (const event of events) {
      position += 1;
      version += 1;
      rows.shard.push(shard);
      rows.position.push(position);
      rows.streamId.push(streamId);
      rows.version.push(version);
      texts.type.push(event.type);
      texts.payload.push(event.payload);
      texts.origin.push(event.origin);
    }
    heads.set(shard, position);
  }
  if (rows.shard.length === 0) return;
  await moveHeads(client, heads);
  await client.query({
    name: 'store-events',
    text: INSERT_EVENTS,
    values: [
      int2Array(rows.shard),
      int8Array(rows.position),
      textArray(rows.streamId),
      int4Array(rows.version),
      textArray(texts.type),
      textArray(texts.payload),
      textArray(texts.origin),
    ],
  });
}
