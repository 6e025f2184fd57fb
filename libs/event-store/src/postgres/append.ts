import { int2Array, int4Array, int8Array, textArray } from '@retention/platform';
import type pg from 'pg';
import { AppendConflict, shardOf } from '../port.js';
import type { AppendBatch, ConsumerAdvance, StreamAppend } from '../port.js';
import type { SeenVersions } from './seen-versions.js';

/**
 * The counters of all touched shards are locked in ascending order before anything else, so positions are dense, in
 * commit order, and two writers never wait for each other in a circle. A rollback leaves no hole. The lock also makes
 * the versions asked next exact: nobody else can append to these shards until this transaction ends. Locking later would
 * let two writers work side by side a little longer, and the one that loses throw away all it had inserted.
 */
const LOCK_SHARDS =
  'SELECT shard, head FROM store.feed_shard WHERE shard = ANY($1::smallint[]) ORDER BY shard FOR UPDATE';

const MOVE_HEADS = `
  UPDATE store.feed_shard f SET head = m.head
  FROM unnest($1::smallint[], $2::bigint[]) AS m(shard, head) WHERE f.shard = m.shard`;

const INSERT_EVENTS = `
  INSERT INTO store.event (shard, position, stream_id, version, type, payload, origin)
  SELECT e.shard, e.position, e.stream_id, e.version, e.type, e.payload::json, e.origin::json
  FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[])
    AS e(shard, position, stream_id, version, type, payload, origin)`;

const UPSERT_SNAPSHOTS = `
  INSERT INTO store.snapshot AS s (stream_id, version, form, state)
  SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::text[])
  ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, form = excluded.form, state = excluded.state`;

const MOVE_OFFSETS = `
  UPDATE store.consumer_offset o SET next = a.next
  FROM (
    SELECT c.consumer, c.source, a.next FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
      AS a(consumer, source, expected, next)
    JOIN store.consumer_offset c ON c.consumer = a.consumer AND c.source = a.source AND c.next = a.expected
    ORDER BY c.consumer, c.source FOR UPDATE OF c
  ) a
  WHERE o.consumer = a.consumer AND o.source = a.source`;

const FIRST_OFFSETS = `
  INSERT INTO store.consumer_offset (consumer, source, next)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING`;

/** Writes the batch inside the transaction that is open on `client`. Resolves with the heads of its shards after it. */
export async function writeBatch(
  client: pg.ClientBase,
  batch: AppendBatch,
  shards: number,
  seen: SeenVersions,
): Promise<ReadonlyMap<number, number>> {
  const heads = await lockShards(client, batch.streams, shards);
  await moveOffsets(client, batch.advances);
  await checkVersions(client, batch.streams, seen, heads);
  for (const { text, values, rows } of batch.companions) {
    const result = await client.query(text, [...values]);
    if (rows !== null && result.rowCount !== rows) {
      throw new AppendConflict('companion', `${String(result.rowCount)} rows instead of ${rows}`);
    }
  }
  await writeSnapshots(client, batch.streams);
  await insertEvents(client, batch.streams, shards, heads);
  return heads;
}

async function moveOffsets(client: pg.ClientBase, advances: readonly ConsumerAdvance[]): Promise<void> {
  const first = advances.filter((advance) => advance.expected === null);
  const further = advances.filter((advance) => advance.expected !== null);
  const names = (some: readonly ConsumerAdvance[]): [Buffer, Buffer] => [
    textArray(some.map((advance) => advance.consumer)),
    textArray(some.map((advance) => advance.source)),
  ];
  const next = (some: readonly ConsumerAdvance[]): Buffer => int8Array(some.map((advance) => advance.next));
  if (first.length > 0) {
    const { rowCount } = await client.query(FIRST_OFFSETS, [...names(first), next(first)]);
    if (rowCount !== first.length) throw offsetConflict(first);
  }
  if (further.length > 0) {
    const expected = int8Array(further.map((advance) => advance.expected ?? 0));
    const { rowCount } = await client.query(MOVE_OFFSETS, [...names(further), expected, next(further)]);
    if (rowCount !== further.length) throw offsetConflict(further);
  }
}

function offsetConflict(advances: readonly ConsumerAdvance[]): AppendConflict {
  const named = advances.map(({ consumer, source, expected }) => `${consumer} ${source} expected ${String(expected)}`);
  return new AppendConflict('offset', named.join(', '));
}

/** Heads of the shards the streams are in, held until the transaction ends. */
async function lockShards(
  client: pg.ClientBase,
  streams: readonly StreamAppend[],
  shards: number,
): Promise<Map<number, number>> {
  if (streams.length === 0) return new Map();
  const touched = new Set(streams.map(({ streamId }) => shardOf(streamId, shards)));
  const { rows } = await client.query<{ shard: number; head: string }>({
    name: 'store-lock-shards',
    text: LOCK_SHARDS,
    values: [int2Array([...touched])],
  });
  return new Map(rows.map(({ shard, head }) => [shard, Number(head)]));
}

/** A conflict names its streams: a writer beside others decides a handful of customers anew, not thousands. */
async function checkVersions(
  client: pg.ClientBase,
  streams: readonly StreamAppend[],
  seen: SeenVersions,
  heads: ReadonlyMap<number, number>,
): Promise<void> {
  if (streams.length === 0) return;
  const moved = await seen.moved(client, streams, heads);
  if (moved.length > 0) {
    throw new AppendConflict('stream', `${moved.length} streams, ${moved[0] ?? ''} among them`, moved);
  }
}

async function writeSnapshots(client: pg.ClientBase, streams: readonly StreamAppend[]): Promise<void> {
  const rows = streams.flatMap(({ streamId, snapshot }) => (snapshot === null ? [] : [{ streamId, ...snapshot }]));
  if (rows.length === 0) return;
  rows.sort((one, other) => (one.streamId < other.streamId ? -1 : 1));
  await client.query({
    name: 'store-snapshots',
    text: UPSERT_SNAPSHOTS,
    values: [
      textArray(rows.map((row) => row.streamId)),
      int4Array(rows.map((row) => row.version)),
      int4Array(rows.map((row) => row.form)),
      textArray(rows.map((row) => row.state)),
    ],
  });
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
  await client.query({
    name: 'store-move-heads',
    text: MOVE_HEADS,
    values: [int2Array([...heads.keys()]), int8Array([...heads.values()])],
  });
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
