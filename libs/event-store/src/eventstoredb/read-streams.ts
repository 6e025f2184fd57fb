import { ErrorType } from '@eventstore/db-client';
import { textArray } from '@retention/platform';
import type pg from 'pg';
import type { LoadedStream, RecordedEvent } from '../port.js';
import { errorType, StoresApart } from './connection.js';
import type { EventStoreDbConnection } from './connection.js';
import { recordedEvent } from './event-form.js';
import { inFlight } from './in-flight.js';
import type { UnfinishedAppends } from './unfinished-appends.js';

/** Streams read at once. */
const STREAMS_IN_FLIGHT = 100;
/**
 * Events that are committed and not there are most often on their way: their writer is left alone for so long. Where the
 * server has an append and has not replicated it, it drops the same append of anybody else without a word.
 */
const PAUSES_MS = [20, 100];

/** A stretch of a stream that is known to exist, because its version is committed. */
interface Stretch {
  readonly streamId: string;
  readonly after: number;
  readonly count: number;
}

export interface StreamReaderOptions {
  readonly connection: EventStoreDbConnection;
  readonly database: pg.Pool;
  readonly prefix: string;
  readonly shards: number;
  readonly unfinished: UnfinishedAppends;
}

const HEADS_AND_SNAPSHOTS = `
  SELECT h.stream_id, h.version, s.version AS snapshot_version, s.state
  FROM unnest($1::text[]) AS wanted(stream_id)
  JOIN store.stream_head h USING (stream_id)
  LEFT JOIN store.snapshot s ON s.stream_id = h.stream_id AND s.form = $2`;

/** Reads streams up to the version that is committed in PostgreSQL: a stream that is not known there is not asked for. */
export class StreamReader {
  constructor(private readonly options: StreamReaderOptions) {}

  async load(streamIds: readonly string[], form: number): Promise<Map<string, LoadedStream>> {
    if (streamIds.length === 0) return new Map();
    const { rows } = await this.options.database.query<{
      stream_id: string;
      version: number;
      snapshot_version: number | null;
      state: string;
    }>({ name: 'store-heads-and-snapshots', text: HEADS_AND_SNAPSHOTS, values: [textArray([...streamIds]), form] });
    const stretches = rows.map(({ stream_id: streamId, version, snapshot_version }) => {
      const after = snapshot_version ?? 0;
      return { streamId, after, count: version - after };
    });
    const events = await this.readAll(stretches);
    return new Map(
      rows.map(({ stream_id, snapshot_version: version, state }) => [
        stream_id,
        { snapshot: version === null ? null : { version, form, state }, events: events.get(stream_id) ?? [] },
      ]),
    );
  }

  async read(streamId: string, after: number, limit: number): Promise<RecordedEvent[]> {
    const { rows } = await this.options.database.query<{ version: number }>({
      name: 'store-stream-head',
      text: 'SELECT version FROM store.stream_head WHERE stream_id = $1',
      values: [streamId],
    });
    const count = Math.min(limit, (rows[0]?.version ?? 0) - after);
    const events = await this.readAll([{ streamId, after, count }]);
    return events.get(streamId) ?? [];
  }

  /** @throws StoresApart when events that are committed are not there, even after what was unfinished of them is. */
  private async readAll(stretches: readonly Stretch[]): Promise<Map<string, RecordedEvent[]>> {
    const { connection, unfinished } = this.options;
    const found = new Map<string, RecordedEvent[]>();
    let missing = stretches.filter(({ count }) => count > 0);
    const read = async (): Promise<void> => {
      await inFlight(missing, STREAMS_IN_FLIGHT, async (stretch) => {
        found.set(stretch.streamId, await this.readStretch(stretch));
      });
      missing = missing.filter(({ streamId, count }) => (found.get(streamId)?.length ?? 0) < count);
    };
    await read();
    for (const pauseMs of PAUSES_MS) {
      if (missing.length === 0) return found;
      await connection.pause(pauseMs);
      await read();
    }
    if (missing.length === 0) return found;
    const broken = await unfinished.finishStreams(missing.map(({ streamId }) => streamId));
    for (const error of broken.values()) throw error;
    await read();
    const [first] = missing;
    if (first === undefined) return found;
    const { streamId, after, count } = first;
    const last = after + (found.get(streamId)?.length ?? 0);
    throw new StoresApart(
      `${streamId} ends at version ${last} in EventStoreDB, PostgreSQL knows it up to ${after + count}`,
    );
  }

  /** The events from the first on that is there, without a hole; less than wanted when the rest is not there yet. */
  private async readStretch({ streamId, after, count }: Stretch): Promise<RecordedEvent[]> {
    const { connection } = this.options;
    const { readPatienceMs } = connection.timing;
    try {
      return await connection.insist(`give the events of ${streamId}`, readPatienceMs, () =>
        this.readOnce({ streamId, after, count }),
      );
    } catch (error) {
      const type = errorType(error);
      if (type === ErrorType.STREAM_NOT_FOUND) return [];
      if (type !== ErrorType.STREAM_DELETED) throw error;
      throw new StoresApart(`${streamId} was deleted for good in EventStoreDB`, { cause: error });
    }
  }

  private async readOnce({ streamId, after, count }: Stretch): Promise<RecordedEvent[]> {
    const { connection, prefix } = this.options;
    const reading = connection.client.readStream(prefix + streamId, {
      fromRevision: BigInt(after),
      maxCount: count,
      requiresLeader: true,
      credentials: connection.credentials,
    });
    const events: RecordedEvent[] = [];
    await connection.readToEnd(reading, ({ event }) => {
      const read = recordedEvent(event, this.options);
      if (read === null) throw new StoresApart(`${streamId} holds an event the product did not write`);
      if (read.version !== after + events.length + 1) {
        throw new StoresApart(`${streamId} has lost its events before version ${read.version} in EventStoreDB`);
      }
      events.push(read);
    });
    return events;
  }
}
