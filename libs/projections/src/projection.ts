import type pg from 'pg';

/** An event of the feed as a projection sees it. */
export interface FeedEvent {
  readonly shard: number;
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  /** The payload, parsed at the first look. Looking at a damaged one throws, which makes the event poison. */
  readonly data: unknown;
}

/** A connection inside the transaction in which rows and checkpoint become durable together. */
export type Transaction = Pick<pg.ClientBase, 'query'>;

/** An event a projection could not apply: its stream is parked from there on, all others go on. */
export interface Poison {
  readonly event: FeedEvent;
  readonly error: unknown;
}

/**
 * Keeps one read model. `name` and `version` name its checkpoints: a change of what it derives is a new version, which
 * starts from the beginning.
 */
export interface Projection {
  readonly name: string;
  readonly version: number;
  /** Applies events in feed order and returns those it could not; rows of a stream keep what came before its poison. */
  apply(events: readonly FeedEvent[], transaction: Transaction): Promise<readonly Poison[]>;
  /** Forgets whatever it keeps in memory of its rows: somebody else may have changed them, or a transaction failed. */
  forget(): void;
}

/** What becomes of one row. `before` undefined = the row is new. */
export interface RowChange<Row> {
  readonly key: string;
  /** Shard of the events that changed it. Keys of one stream never span shards. */
  readonly shard: number;
  readonly before: Row | undefined;
  readonly after: Row;
}

/** A read model of one row per key, folded by a pure step. */
export interface RowProjectionSpec<Row> {
  readonly name: string;
  readonly version: number;
  /** Key of the row an event belongs to; null when the event says nothing to this read model. */
  keyOf(event: FeedEvent): string | null;
  /** Pure: the row after the event. Throwing makes the event poison. Returning `row` itself means no change. */
  step(row: Row | undefined, event: FeedEvent): Row | undefined;
  load(keys: readonly string[], transaction: Transaction): Promise<ReadonlyMap<string, Row>>;
  save(changes: readonly RowChange<Row>[], transaction: Transaction): Promise<void>;
}

/** A read model of one or more lines per event, never changed afterwards. */
export interface LineProjectionSpec<Line> {
  readonly name: string;
  readonly version: number;
  /** Pure: the lines an event adds. Throwing makes the event poison. */
  linesOf(event: FeedEvent): readonly Line[];
  save(lines: readonly Line[], transaction: Transaction): Promise<void>;
}
