import { int2Array, int4Array, int8Array, textArray } from '@retention/platform';
import type pg from 'pg';
import type {
  FeedPage,
  FeedPositions,
  FeedRequest,
  LoadedStream,
  RecordedEvent,
  Snapshot,
  StoredEvent,
} from '../port.js';
import { readHead } from '../transaction.js';

type Queryable = Pick<pg.Pool, 'query'>;

interface EventRow {
  readonly shard: number;
  readonly position: string;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly payload: string;
}

interface RecordedRow extends EventRow {
  readonly recorded_at: string;
  readonly origin: string | null;
}

const COLUMNS = 'e.shard, e.position, e.stream_id, e.version, e.type, e.payload::text AS payload';
const RECORDED_COLUMNS = `${COLUMNS}, e.origin::text AS origin,
  floor(extract(epoch FROM e.recorded_at) * 1000)::bigint AS recorded_at`;

// The range of positions is closed by the head that was read with it, so a page of selected types still says how far
// it looked: whatever is at or below a committed head is committed and visible.
const readFeedOf = (columns: string): string => `
  SELECT ${columns}
  FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS wanted(shard, above, up_to)
  CROSS JOIN LATERAL (
    SELECT * FROM store.event i
    WHERE i.shard = wanted.shard AND i.position > wanted.above AND i.position <= wanted.up_to
      AND ($4::text[] IS NULL OR i.type = ANY($4))
    ORDER BY i.position
  ) e
  ORDER BY e.shard, e.position`;
const READ_FEED = { name: 'store-read-feed', text: readFeedOf(COLUMNS) };
const READ_RECORDED_FEED = { name: 'store-read-recorded-feed', text: readFeedOf(RECORDED_COLUMNS) };

// LATERAL with an order of its own makes this one index probe a stream, whatever the statistics of a table that has just
// begun to fill say: joined plainly, half the time of an ingest into an empty store went into scans of the whole table.
const LOAD_TAILS = `
  SELECT ${COLUMNS}
  FROM unnest($1::text[], $2::int[]) AS wanted(stream_id, after)
  CROSS JOIN LATERAL (
    SELECT * FROM store.event i WHERE i.stream_id = wanted.stream_id AND i.version > wanted.after ORDER BY i.version
  ) e`;

export async function readFeed(database: Queryable, request: FeedRequest): Promise<FeedPage> {
  const { upTo, values } = await feedRange(database, request);
  if (values === null) return { events: [], upTo };
  const { rows } = await database.query<EventRow>({ ...READ_FEED, values });
  return { events: rows.map(storedEvent), upTo };
}

export async function readRecordedFeed(database: Queryable, request: FeedRequest): Promise<FeedPage<RecordedEvent>> {
  const { upTo, values } = await feedRange(database, request);
  if (values === null) return { events: [], upTo };
  const { rows } = await database.query<RecordedRow>({ ...READ_RECORDED_FEED, values });
  return { events: rows.map(recordedEvent), upTo };
}

/** How far a page goes, and what its query is given; null = there is nothing to query. */
async function feedRange(
  database: Queryable,
  request: FeedRequest,
): Promise<{ readonly upTo: FeedPositions; readonly values: (Buffer | null)[] | null }> {
  const head = await readHead(database);
  const upTo = new Map<number, number>();
  for (const [shard, after] of request.after) {
    upTo.set(shard, Math.max(after, Math.min(head.get(shard) ?? 0, after + request.limitPerShard)));
  }
  const wanted = [...request.after].filter(([shard, after]) => (upTo.get(shard) ?? after) > after);
  if (wanted.length === 0) return { upTo, values: null };
  const values = [
    int2Array(wanted.map(([shard]) => shard)),
    int8Array(wanted.map(([, after]) => after)),
    int8Array(wanted.map(([shard]) => upTo.get(shard) ?? 0)),
    request.types === null ? null : textArray([...request.types]),
  ];
  return { upTo, values };
}

export async function loadStreams(
  database: Queryable,
  streamIds: readonly string[],
  form: number,
): Promise<Map<string, LoadedStream>> {
  const loaded = new Map<string, { snapshot: Snapshot | null; events: StoredEvent[] }>();
  if (streamIds.length === 0) return loaded;
  const wanted = textArray([...streamIds]);
  const snapshots = await database.query<{ stream_id: string; version: number; state: string }>({
    name: 'store-load-snapshots',
    text: 'SELECT stream_id, version, state FROM store.snapshot WHERE stream_id = ANY($1::text[]) AND form = $2',
    values: [wanted, form],
  });
  for (const { stream_id, version, state } of snapshots.rows) {
    loaded.set(stream_id, { snapshot: { version, form, state }, events: [] });
  }
  const tails = await database.query<EventRow>({
    name: 'store-load-tails',
    text: LOAD_TAILS,
    values: [wanted, int4Array(streamIds.map((streamId) => loaded.get(streamId)?.snapshot?.version ?? 0))],
  });
  for (const row of tails.rows) {
    const event = storedEvent(row);
    const stream = loaded.get(event.streamId);
    if (stream === undefined) loaded.set(event.streamId, { snapshot: null, events: [event] });
    else stream.events.push(event);
  }
  return loaded;
}

export async function readStream(
  database: Queryable,
  streamId: string,
  after: number,
  limit: number,
): Promise<RecordedEvent[]> {
  const { rows } = await database.query<RecordedRow>(
    `SELECT ${RECORDED_COLUMNS}
     FROM store.event e WHERE e.stream_id = $1 AND e.version > $2 ORDER BY e.version LIMIT $3`,
    [streamId, after, limit],
  );
  return rows.map(recordedEvent);
}

function storedEvent(row: EventRow): StoredEvent {
  return {
    shard: row.shard,
    position: Number(row.position),
    streamId: row.stream_id,
    version: row.version,
    type: row.type,
    payload: row.payload,
  };
}

function recordedEvent(row: RecordedRow): RecordedEvent {
  return { ...storedEvent(row), recordedAt: Number(row.recorded_at), origin: row.origin };
}
