/**
 * The event store as the product sees it. Two adapters pass one contract test. A stream is the history of one customer;
 * the feed is all streams by shard, dense and in the order of commit.
 */

/** An event on its way into a stream. `payload` and `origin` are JSON text; `origin` says where a fact came from. */
export interface NewEvent {
  readonly type: string;
  readonly payload: string;
  readonly origin: string | null;
}

export interface Snapshot {
  /** Version of the stream the state stands at. */
  readonly version: number;
  /** Form of the state: a reader that knows another form ignores the snapshot. */
  readonly form: number;
  readonly state: string;
}

export interface StreamAppend {
  readonly streamId: string;
  /** Number of events the stream holds already; 0 = it does not exist. */
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
  readonly snapshot: Snapshot | null;
}

/** Moves what a consumer has taken from a source, by compare-and-set: `expected` null = nothing was ever taken. */
export interface ConsumerAdvance {
  readonly consumer: string;
  readonly source: string;
  readonly expected: number | null;
  /** The next position to read. */
  readonly next: number;
}

/** A row change that has to become durable together with the events. */
export interface Companion {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Rows the statement has to touch; another number is a conflict. Null = any. */
  readonly rows: number | null;
}

export interface AppendBatch {
  readonly streams: readonly StreamAppend[];
  readonly advances: readonly ConsumerAdvance[];
  readonly companions: readonly Companion[];
}

export interface StoredEvent {
  readonly shard: number;
  /** Place in the feed of its shard: 1, 2, 3 … without holes. */
  readonly position: number;
  readonly streamId: string;
  /** Place in its stream: 1, 2, 3 … without holes. */
  readonly version: number;
  readonly type: string;
  readonly payload: string;
}

/** An event with what only people ask for: when it became known, and where the fact came from. */
export interface RecordedEvent extends StoredEvent {
  /** Milliseconds since the epoch at which the store took it. */
  readonly recordedAt: number;
  readonly origin: string | null;
}

export interface LoadedStream {
  readonly snapshot: Snapshot | null;
  /** The events after the snapshot, in order. */
  readonly events: readonly StoredEvent[];
}

/** Positions by shard. */
export type FeedPositions = ReadonlyMap<number, number>;

export interface FeedPage<Event extends StoredEvent = StoredEvent> {
  /** By shard, then position. */
  readonly events: readonly Event[];
  /** How far each asked shard has been read: everything up to there is on the page, or is of a type not asked for. */
  readonly upTo: FeedPositions;
}

export interface FeedRequest {
  /** Position after which to read, for each shard wanted. */
  readonly after: FeedPositions;
  /** Most positions to read of each shard. */
  readonly limitPerShard: number;
  /** Only these types; null = all. */
  readonly types: readonly string[] | null;
}

export interface EventStore {
  readonly shards: number;
  /**
   * Appends to any number of streams, moves consumer offsets and applies companions, all or nothing.
   * @throws AppendConflict when a version, an offset or a companion is not what the batch expects: nothing was written.
   * Any other error leaves the outcome unknown: read the offsets or the streams before trying again.
   */
  append(batch: AppendBatch): Promise<void>;
  /** Latest snapshot of the wanted form and the events after it, for each stream that exists. */
  loadStreams(streamIds: readonly string[], form: number): Promise<Map<string, LoadedStream>>;
  /** Events of one stream with version > `after`, in order, at most `limit`. Empty for an unknown stream. */
  readStream(streamId: string, after: number, limit: number): Promise<RecordedEvent[]>;
  readFeed(request: FeedRequest): Promise<FeedPage>;
  /** The same with when each event was recorded, which read models do not pay for. */
  readRecordedFeed(request: FeedRequest): Promise<FeedPage<RecordedEvent>>;
  /** Last position of each shard; 0 = empty. */
  head(): Promise<FeedPositions>;
  /** What a consumer has taken: next position by source. */
  offsets(consumer: string): Promise<Map<string, number>>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  /** Ends what the store holds open. The pool it was opened on is its owner's. */
  close(): Promise<void>;
}

export type ConflictOn = 'stream' | 'offset' | 'companion';

/** The batch was decided on what is no longer so. Nothing was written. */
export class AppendConflict extends Error {
  override readonly name = 'AppendConflict';
  constructor(
    readonly on: ConflictOn,
    detail: string,
    /** The streams that are not at the version expected, where they are known; the others of the batch are. */
    readonly streams: readonly string[] = [],
  ) {
    super(`append refused, ${on} has moved: ${detail}`);
  }
}

/** FNV-1a over the UTF-16 code units: the shard of a stream, fixed for the life of the store. */
export function shardOf(streamId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < streamId.length; index += 1) {
    hash = Math.imul(hash ^ streamId.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
