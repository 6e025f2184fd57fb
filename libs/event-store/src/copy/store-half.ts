import { int2Array, int4Array, int8Array, textArray, timestamptzArray } from '@retention/platform';
import type pg from 'pg';
import type { EventStoreDbConnection } from '../eventstoredb/connection.js';
import type { StreamWrite } from '../eventstoredb/event-form.js';
import { FeedReader } from '../eventstoredb/feed-reader.js';
import { inFlight } from '../eventstoredb/in-flight.js';
import { UnfinishedAppends } from '../eventstoredb/unfinished-appends.js';
import { writeStreams } from '../eventstoredb/write-streams.js';
import type { FeedPage, FeedRequest, RecordedEvent } from '../port.js';
import { readRecordedFeed } from '../postgres/read.js';

/** One of the two places the events of a database can be in, whichever of them is its store at the moment. */
export interface StoreHalf {
  read(request: FeedRequest): Promise<FeedPage<RecordedEvent>>;
  /** Writes events as they are, places and times included. Those that are there already have no effect. */
  write(events: readonly RecordedEvent[]): Promise<void>;
  close(): void;
}

const INSERT_EVENTS = `
  INSERT INTO store.event (shard, position, stream_id, version, type, payload, origin, recorded_at)
  SELECT e.shard, e.position, e.stream_id, e.version, e.type, e.payload::json, e.origin::json, e.recorded_at
  FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
    AS e(shard, position, stream_id, version, type, payload, origin, recorded_at)
  ON CONFLICT DO NOTHING`;

export function postgresHalf(database: pg.Pool): StoreHalf {
  return {
    read: (request) => readRecordedFeed(database, request),
    async write(events) {
      await database.query({
        name: 'store-copy-events',
        text: INSERT_EVENTS,
        values: [
          int2Array(events.map(({ shard }) => shard)),
          int8Array(events.map(({ position }) => position)),
          textArray(events.map(({ streamId }) => streamId)),
          int4Array(events.map(({ version }) => version)),
          textArray(events.map(({ type }) => type)),
          textArray(events.map(({ payload }) => payload)),
          textArray(events.map(({ origin }) => origin)),
          timestamptzArray(events.map(({ recordedAt }) => recordedAt)),
        ],
      });
    },
    close: () => undefined,
  };
}

/** Streams written side by side; the events of each follow one another. */
const STREAMS_IN_FLIGHT = 200;

export function eventStoreDbHalf(
  database: pg.Pool,
  connection: EventStoreDbConnection,
  { prefix, shards }: { readonly prefix: string; readonly shards: number },
): StoreHalf {
  const unfinished = new UnfinishedAppends({ connection, database, prefix });
  const feed = new FeedReader({ connection, database, prefix, shards, unfinished });
  return {
    read: (request) => feed.read(request),
    async write(events) {
      await inFlight([...runsOf(events).values()], STREAMS_IN_FLIGHT, async (runs) => {
        for (const run of runs) await writeStreams(connection, prefix, [run]);
      });
    },
    close: () => {
      feed.close();
    },
  };
}

/** The events of each stream in pieces whose places follow one another and that were taken at one time, as appends are. */
function runsOf(events: readonly RecordedEvent[]): Map<string, StreamWrite[]> {
  const streams = new Map<string, (StreamWrite & { events: RecordedEvent[] })[]>();
  for (const event of events) {
    const { streamId, version, position, recordedAt } = event;
    const runs = streams.get(streamId) ?? [];
    if (runs.length === 0) streams.set(streamId, runs);
    const last = runs.at(-1);
    const goesOn = last?.recordedAt === recordedAt && last.firstPosition + last.events.length === position;
    if (goesOn) last.events.push(event);
    else runs.push({ streamId, expectedVersion: version - 1, firstPosition: position, recordedAt, events: [event] });
  }
  return streams;
}
