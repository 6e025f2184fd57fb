import type pg from 'pg';
import { AppendConflict } from '../port.js';
import type {
  AppendBatch,
  EventStore,
  FeedPage,
  FeedPositions,
  FeedRequest,
  LoadedStream,
  RecordedEvent,
} from '../port.js';
import { writeBatch } from './append.js';
import { loadStreams, readFeed, readHead, readOffsets, readRecordedFeed, readStream } from './read.js';
import { SeenVersions } from './seen-versions.js';

const UNIQUE_VIOLATION = '23505';
const DEADLOCK = '40P01';
const SERIALIZATION = '40001';

/** The event store on PostgreSQL: one transaction a batch, one dense feed a shard. */
export class PostgresEventStore implements EventStore {
  private readonly seen = new SeenVersions();

  private constructor(
    private readonly pool: pg.Pool,
    readonly shards: number,
  ) {}

  /**
   * Opens the store behind `pool`, whose migrations have run.
   * @throws Error when the server would acknowledge commits it can lose.
   */
  static async open(pool: pg.Pool): Promise<PostgresEventStore> {
    const { rows } = await pool.query<{ shards: string; durable: string }>(
      `SELECT count(*) AS shards, current_setting('synchronous_commit') AS durable FROM store.feed_shard`,
    );
    const found = rows[0];
    if (found === undefined || Number(found.shards) === 0) throw new Error('the event store has no shards');
    if (found.durable === 'off') {
      throw new Error('synchronous_commit is off for this database: acknowledged events could be lost; turn it on');
    }
    return new PostgresEventStore(pool, Number(found.shards));
  }

  async append(batch: AppendBatch): Promise<void> {
    const client = await this.pool.connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      const heads = await writeBatch(client, batch, this.shards, this.seen);
      await client.query('COMMIT');
      this.seen.committed(batch.streams, heads);
    } catch (error) {
      // A connection that cannot even roll back is closed, which rolls back as well.
      await client.query('ROLLBACK').catch(() => (broken = true));
      throw asConflict(error);
    } finally {
      client.release(broken);
    }
  }

  loadStreams(streamIds: readonly string[], form: number): Promise<Map<string, LoadedStream>> {
    return loadStreams(this.pool, streamIds, form);
  }

  readStream(streamId: string, after: number, limit: number): Promise<RecordedEvent[]> {
    return readStream(this.pool, streamId, after, limit);
  }

  readFeed(request: FeedRequest): Promise<FeedPage> {
    return readFeed(this.pool, request);
  }

  readRecordedFeed(request: FeedRequest): Promise<FeedPage<RecordedEvent>> {
    return readRecordedFeed(this.pool, request);
  }

  head(): Promise<FeedPositions> {
    return readHead(this.pool);
  }

  offsets(consumer: string): Promise<Map<string, number>> {
    return readOffsets(this.pool, consumer);
  }
}

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
