import { int2Array, int4Array, int8Array, textArray } from '@retention/platform';
import type pg from 'pg';
import { AppendConflict, shardOf } from './port.js';
import type { Companion, ConsumerAdvance, StreamAppend } from './port.js';

/*
 * What an append commits in PostgreSQL whatever store the events go to: places in the feed, offsets, companions and
 * snapshots, in one transaction.
 */

/** The stores events can be kept in. All else of a store is in PostgreSQL either way. */
export type KeptIn = 'postgres' | 'eventstoredb';

/** This process was started for a store the events are no longer, or not yet, kept in. */
export class EventsMoved extends Error {
  override readonly name = 'EventsMoved';
  constructor(keptIn: KeptIn) {
    super(`the events of this database are kept in ${keptIn}: start with EVENT_STORE=${keptIn}`);
  }
}

/**
 * The counters of all touched shards are locked in ascending order before anything else, so positions are dense, in
 * commit order, and two writers never wait for each other in a circle. A rollback leaves no hole. The lock also makes
 * the versions asked next exact: nobody else can append to these shards until this transaction ends. Locking later would
 * let two writers work side by side a little longer, and the one that loses throw away all it had inserted.
 */
const LOCK_SHARDS = `
  SELECT shard, head, kept_in FROM store.feed_shard WHERE shard = ANY($1::smallint[]) ORDER BY shard FOR UPDATE`;

const MOVE_HEADS = `
  UPDATE store.feed_shard f SET head = m.head
  FROM unnest($1::smallint[], $2::bigint[]) AS m(shard, head) WHERE f.shard = m.shard`;

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

/**
 * Heads of the shards the streams are in, held until the transaction ends.
 * @throws EventsMoved when the events of this database are kept in another store by now.
 */
export async function lockShards(
  client: pg.ClientBase,
  streams: readonly StreamAppend[],
  { shards, keptIn }: { readonly shards: number; readonly keptIn: KeptIn },
): Promise<Map<number, number>> {
  if (streams.length === 0) return new Map();
  const touched = new Set(streams.map(({ streamId }) => shardOf(streamId, shards)));
  const { rows } = await client.query<{ shard: number; head: string; kept_in: KeptIn }>({
    name: 'store-lock-shards',
    text: LOCK_SHARDS,
    values: [int2Array([...touched])],
  });
  const elsewhere = rows.find((row) => row.kept_in !== keptIn);
  if (elsewhere !== undefined) throw new EventsMoved(elsewhere.kept_in);
  return new Map(rows.map(({ shard, head }) => [shard, Number(head)]));
}

export async function moveHeads(client: pg.ClientBase, heads: ReadonlyMap<number, number>): Promise<void> {
  await client.query({
    name: 'store-move-heads',
    text: MOVE_HEADS,
    values: [int2Array([...heads.keys()]), int8Array([...heads.values()])],
  });
}

export async function applyCompanions(client: pg.ClientBase, companions: readonly Companion[]): Promise<void> {
  for (const { text, values, rows } of companions) {
    const result = await client.query(text, [...values]);
    if (rows !== null && result.rowCount !== rows) {
      throw new AppendConflict('companion', `${String(result.rowCount)} rows instead of ${rows}`);
    }
  }
}

/** A conflict names its streams: a writer beside others decides a handful of customers anew, not thousands. */
export function streamConflict(moved: readonly string[]): AppendConflict {
  return new AppendConflict('stream', `${moved.length} streams, ${moved[0] ?? ''} among them`, moved);
}

export async function moveOffsets(client: pg.ClientBase, advances: readonly ConsumerAdvance[]): Promise<void> {
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

export async function writeSnapshots(client: pg.ClientBase, streams: readonly StreamAppend[]): Promise<void> {
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

/**
 * How many shards the feed has, and where the events are kept.
 * @throws Error when the server would acknowledge commits it can lose.
 */
export async function openShards(pool: pg.Pool): Promise<{ readonly shards: number; readonly keptIn: KeptIn }> {
  const { rows } = await pool.query<{ shards: string; kept_in: KeptIn; durable: string }>(
    `SELECT count(*) AS shards, min(kept_in) AS kept_in, current_setting('synchronous_commit') AS durable
     FROM store.feed_shard`,
  );
  const found = rows[0];
  if (found === undefined || Number(found.shards) === 0) throw new Error('the event store has no shards');
  if (found.durable === 'off') {
    throw new Error('synchronous_commit is off for this database: acknowledged events could be lost; turn it on');
  }
  return { shards: Number(found.shards), keptIn: found.kept_in };
}

type Queryable = Pick<pg.Pool, 'query'>;

/** Last position of each shard. */
export async function readHead(database: Queryable): Promise<Map<number, number>> {
  const { rows } = await database.query<{ shard: number; head: string }>('SELECT shard, head FROM store.feed_shard');
  return new Map(rows.map(({ shard, head }) => [shard, Number(head)]));
}

/** What a consumer has taken: next position by source. */
export async function readOffsets(database: Queryable, consumer: string): Promise<Map<string, number>> {
  const { rows } = await database.query<{ source: string; next: string }>(
    'SELECT source, next FROM store.consumer_offset WHERE consumer = $1',
    [consumer],
  );
  return new Map(rows.map(({ source, next }) => [source, Number(next)]));
}

/** Commits what `write` does in one transaction, or nothing. */
export async function inTransaction<T>(pool: pg.Pool, write: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    const result = await write(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is closed, which rolls back as well.
    await client.query('ROLLBACK').catch(() => (broken = true));
    throw asConflict(error);
  } finally {
    client.release(broken);
  }
}

const UNIQUE_VIOLATION = '23505';
const DEADLOCK = '40P01';
const SERIALIZATION = '40001';

function asConflict(error: unknown): unknown {
  if (error instanceof AppendConflict || !(error instanceof Error)) return error;
  const { code, table, detail } = error as Error & { code?: string; table?: string; detail?: string };
  if (code === UNIQUE_VIOLATION) {
    return new AppendConflict(table === 'event' ? 'stream' : 'companion', detail ?? error.message);
  }
  // The server chose this transaction to yield to another: it has decided on what is about to change.
  if (code === DEADLOCK || code === SERIALIZATION) return new AppendConflict('stream', error.message);
  return error;
}
