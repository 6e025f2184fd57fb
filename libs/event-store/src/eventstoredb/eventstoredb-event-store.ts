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
import { EventStoreDbConnection, EventStoreDbUnavailable } from './connection.js';
import { FeedReader } from './feed-reader.js';
import { StreamReader } from './read-streams.js';
import { TIMING } from './timing.js';
import type { Timing } from './timing.js';
import { UnfinishedAppends } from './unfinished-appends.js';

export interface EventStoreDbOptions {
  /** Connection string, with the login of a user who may read all streams. */
  readonly url: string;
  /** What the names of all its streams begin with. */
  readonly prefix: string;
  /** What differs from `TIMING`. */
  readonly timing?: Partial<Timing>;
}

/**
 * The event store on EventStoreDB. What a batch needs to be all or nothing, which EventStoreDB has for one stream only, is
 * decided in PostgreSQL: versions, offsets, companions and places in the feed commit there together with the events as they
 * are to be written; then they are written, which has no effect the second time, and forgotten there.
 */
export class EventStoreDbEventStore implements EventStore {
  private readonly streams: StreamReader;
  private readonly feed: FeedReader;
  private readonly unfinished: UnfinishedAppends;
  /** A batch of this store is committed and could not be written. */
  private isBehind = false;

  private constructor(
    private readonly database: pg.Pool,
    private readonly connection: EventStoreDbConnection,
    private readonly prefix: string,
    readonly shards: number,
  ) {
    this.unfinished = new UnfinishedAppends({ connection, database, prefix });
    const shared = { connection, database, prefix, shards, unfinished: this.unfinished };
    this.streams = new StreamReader(shared);
    this.feed = new FeedReader(shared);
  }

  /**
   * Opens the store whose migrations have run in `database`, and finishes what a process that was killed has left.
   * @throws EventsMoved when the events of the database are kept elsewhere, StoresApart when the two do not belong
   * together, LoginRefused, EventStoreDbUnavailable.
   */
  static async open(database: pg.Pool, { url, prefix, timing }: EventStoreDbOptions): Promise<EventStoreDbEventStore> {
    const connection = new EventStoreDbConnection(url, { ...TIMING, ...timing });
    try {
      const { shards } = await openShards(database);
      await belongTogether(database, connection, prefix, shards);
      const store = new EventStoreDbEventStore(database, connection, prefix, shards);
      // What is broken of it stops nobody who does not need it.
      await store.unfinished.finishAll(0);
      return store;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /**
   * Also rejects when the batch is committed and could not be written yet: it then will be, before anybody reads on. Until
   * then this store commits no other: what waits in PostgreSQL stays as little as one batch of each writer in flight.
   */
  async append(batch: AppendBatch): Promise<void> {
    this.connection.checkOpen();
    if (this.isBehind) {
      await this.unfinished.finishAll(0);
      this.isBehind = false;
    }
    const unfinished = await inTransaction(this.database, (client) => commitBatch(client, batch, this.shards));
    if (unfinished === null) return;
    try {
      await this.unfinished.finish(unfinished);
    } catch (error) {
      this.isBehind ||= error instanceof EventStoreDbUnavailable;
      throw error;
    }
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
    await storeAt(this.connection, this.prefix, this.connection.timing.readPatienceMs);
  }

  async close(): Promise<void> {
    this.feed.close();
    await this.connection.close();
  }
}
