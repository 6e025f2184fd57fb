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
import { inTransaction, openShards, readHead, readOffsets } from '../transaction.js';
import { belongTogether, storeAt } from './belong-together.js';
import { commitBatch } from './commit-batch.js';
import { EventStoreDbConnection } from './connection.js';
import { FeedReader } from './feed-reader.js';
import { StreamReader } from './read-streams.js';
import { finish, finishAll } from './unfinished-appends.js';

export interface EventStoreDbOptions {
  /** Connection string, with the login of a user who may read all streams. */
  readonly url: string;
  /** What the names of all its streams begin with. */
  readonly prefix: string;
  /** How long a server that does not answer is asked again; 20 seconds unless told. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 20_000;

/**
 * The event store on EventStoreDB. What a batch needs to be all or nothing, which EventStoreDB has for one stream only, is
 * decided in PostgreSQL: versions, offsets, companions and places in the feed commit there together with the events as they
 * are to be written; then they are written, which has no effect the second time, and forgotten there.
 */
export class EventStoreDbEventStore implements EventStore {
  private readonly streams: StreamReader;
  private readonly feed: FeedReader;
  private finishing: Promise<number> | null = null;

  private constructor(
    private readonly database: pg.Pool,
    private readonly connection: EventStoreDbConnection,
    private readonly prefix: string,
    readonly shards: number,
  ) {
    const shared = { connection, database, prefix, shards, finishAll: () => this.finishAll() };
    this.streams = new StreamReader(shared);
    this.feed = new FeedReader(shared);
  }

  /**
   * Opens the store whose migrations have run in `database`, and finishes what a process that was killed has left.
   * @throws EventsMoved when the events of the database are kept elsewhere, StoresApart when the two do not belong
   * together, EventStoreDbUnavailable.
   */
  static async open(
    database: pg.Pool,
    { url, prefix, patienceMs = PATIENCE_MS }: EventStoreDbOptions,
  ): Promise<EventStoreDbEventStore> {
    const connection = new EventStoreDbConnection(url, patienceMs);
    try {
      const { shards } = await openShards(database);
      await belongTogether(database, connection, prefix, shards);
      const store = new EventStoreDbEventStore(database, connection, prefix, shards);
      await store.finishAll();
      return store;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Also rejects when the batch is committed and could not be written yet: it then will be, before anybody reads on. */
  async append(batch: AppendBatch): Promise<void> {
    const unfinished = await inTransaction(this.database, (client) => commitBatch(client, batch, this.shards));
    if (unfinished !== null) await finish(this.database, this.connection, this.prefix, unfinished);
  }

  loadStreams(streamIds: readonly string[], form: number): Promise<Map<string, LoadedStream>> {
    return this.streams.load(streamIds, form);
  }

  readStream(streamId: string, after: number, limit: number): Promise<RecordedEvent[]> {
    return this.streams.read(streamId, after, limit);
  }

  async readFeed(request: FeedRequest): Promise<FeedPage> {
    const { events, upTo } = await this.feed.read(request);
    return { events: events.map(({ recordedAt: _, origin: __, ...event }) => event), upTo };
  }

  readRecordedFeed(request: FeedRequest): Promise<FeedPage<RecordedEvent>> {
    return this.feed.read(request);
  }

  head(): Promise<FeedPositions> {
    return readHead(this.database);
  }

  offsets(consumer: string): Promise<Map<string, number>> {
    return readOffsets(this.database, consumer);
  }

  async ping(): Promise<void> {
    await storeAt(this.connection, this.prefix);
  }

  async close(): Promise<void> {
    this.feed.close();
    await this.connection.close();
  }

  /** One at a time: who waits for an event of somebody else's batch is not alone. */
  private finishAll(): Promise<number> {
    this.finishing ??= finishAll(this.database, this.connection, this.prefix).finally(() => {
      this.finishing = null;
    });
    return this.finishing;
  }
}
