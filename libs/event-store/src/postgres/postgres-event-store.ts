import type pg from 'pg';
import type {
  AppendBatch,
  EventStore,
  FeedPage,
  FeedPositions,
  FeedRequest,
  LoadedStream,
  RecordedEvent,
} from '../port.js';
import { EventsMoved, inTransaction, openShards, readHead, readOffsets } from '../transaction.js';
import { writeBatch } from './append.js';
import { loadStreams, readFeed, readRecordedFeed, readStream } from './read.js';
import { SeenVersions } from './seen-versions.js';

/** The event store on PostgreSQL: one transaction a batch, one dense feed a shard. */
export class PostgresEventStore implements EventStore {
  private readonly seen = new SeenVersions();

  private constructor(
    private readonly pool: pg.Pool,
    readonly shards: number,
  ) {}

  /**
   * Opens the store behind `pool`, whose migrations have run.
   * @throws EventsMoved when its events are kept elsewhere, Error when the server would acknowledge commits it can lose.
   */
  static async open(pool: pg.Pool): Promise<PostgresEventStore> {
    const { shards, keptIn } = await openShards(pool);
    if (keptIn !== 'postgres') throw new EventsMoved(keptIn);
    return new PostgresEventStore(pool, shards);
  }

  async append(batch: AppendBatch): Promise<void> {
    const heads = await inTransaction(this.pool, (client) => writeBatch(client, batch, this.shards, this.seen));
    this.seen.committed(batch.streams, heads);
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

  async ping(): Promise<void> {
    await this.pool.query('SELECT 1');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
