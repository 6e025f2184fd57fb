import { streamNameFilter } from '@eventstore/db-client';
import type { AllStreamSubscription, Position } from '@eventstore/db-client';
import type { FeedPositions, RecordedEvent } from '../port.js';
import { letGoWhenGivenUp } from './client.js';
import type { EventStoreDbConnection } from './connection.js';
import { recordedEvent } from './event-form.js';
import { FeedShard, isBeyond } from './feed-shard.js';

/** A place in the log of EventStoreDB, and how far each shard of the feed reaches up to it: all of it, and nothing more. */
export interface FeedMark {
  /** Null = the beginning. */
  readonly position: Position | null;
  readonly reached: FeedPositions;
}

/** A mark worth keeping, and the one before it. */
export interface NewMark {
  readonly position: Position;
  readonly reached: FeedPositions;
  readonly before: Position | null;
}

/** What became of waiting: an event, news of how far the server has searched, nothing, or the end of the subscription. */
export type Arrival = 'event' | 'searched' | 'silence' | 'dropped';

/** The server tells how far it has searched after so many events times 32. */
const CHECKPOINT_INTERVAL = 4;
/** A mark is left each time so many events have passed, or so many times the server has found nothing in between. */
const MARK_EVERY_EVENTS = 1000;
const MARK_EVERY_CHECKPOINTS = 80;
/** So many events are kept at most. Of a shard that has more, the rest is read again when there is room. */
export const HELD_EVENTS_MAX = 20_000;

export interface FeedSessionOptions {
  readonly connection: EventStoreDbConnection;
  readonly prefix: string;
  readonly shards: number;
  readonly start: FeedMark;
  /** Positions the reader has of the shards it wants: nothing up to them is kept. */
  readonly after: FeedPositions;
}

/**
 * One reader's way along the log, over a subscription to all streams of the product. The events of each shard are put back
 * into the order of their positions, which are dense: none can be missing without being missed.
 */
export class FeedSession {
  private readonly shards: FeedShard[];
  /** Where to subscribe again: everything up to there has been seen, and nothing behind it. */
  private position: Position | null;
  private lastMark: Position | null;
  private subscription: AllStreamSubscription | null = null;
  private failure: Error | null = null;
  private checkpoint: Position | null = null;
  private eventsSinceMark = 0;
  private checkpointsSinceMark = 0;
  private wakeUp: (() => void) | null = null;
  /** Last position handed out of each wanted shard. */
  readonly delivered: Map<number, number>;
  /** Why the last subscription ended; null where the server just ended it. */
  dropReason: Error | null = null;

  constructor(private readonly options: FeedSessionOptions) {
    const { start, after, shards } = options;
    this.position = start.position;
    this.lastMark = start.position;
    this.delivered = new Map(after);
    this.shards = Array.from({ length: shards }, (_, shard) => new FeedShard(shard, start.reached.get(shard) ?? 0));
  }

  /** Whether as many events are kept as may be. */
  get isFull(): boolean {
    return this.shards.reduce((sum, { held }) => sum + held, 0) >= HELD_EVENTS_MAX;
  }

  shard(shard: number): FeedShard {
    const found = this.shards[shard];
    if (found === undefined) throw new Error(`the feed has no shard ${shard}`);
    return found;
  }

  /** Whether everything up to the place has been seen. */
  isPast(position: Position): boolean {
    return this.position !== null && !isBeyond(position, this.position);
  }

  /** Waits until something has arrived, at most so long. */
  async next(waitMs: number): Promise<Arrival> {
    const subscription = (this.subscription ??= this.subscribe());
    for (;;) {
      const resolved = subscription.read() as { readonly event?: Parameters<typeof recordedEvent>[0] } | null;
      if (resolved !== null) {
        this.accept(resolved.event);
        return 'event';
      }
      if (this.passCheckpoint()) return 'searched';
      if (this.failure !== null || subscription.readableEnded || subscription.destroyed) {
        this.dropReason = this.failure;
        this.drop();
        return 'dropped';
      }
      if (!(await this.isWoken(subscription, waitMs))) return 'silence';
    }
  }

  /** Hands out the events of the wanted shards up to the positions given, by shard and position. */
  take(upTo: FeedPositions): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    for (const [shard, last] of [...upTo].sort(([one], [other]) => one - other)) {
      events.push(...this.shard(shard).take(last));
      this.delivered.set(shard, last);
    }
    return events;
  }

  /** A place from which any reader that is as far could begin; null while there is none worth keeping. */
  mark(): NewMark | null {
    const isDue = this.eventsSinceMark >= MARK_EVERY_EVENTS || this.checkpointsSinceMark >= MARK_EVERY_CHECKPOINTS;
    if (!isDue || this.position === null || !this.shards.every(({ isWhole }) => isWhole)) return null;
    const before = this.lastMark;
    this.lastMark = this.position;
    this.eventsSinceMark = 0;
    this.checkpointsSinceMark = 0;
    return {
      before,
      position: this.position,
      reached: new Map(this.shards.map(({ reached }, shard) => [shard, reached])),
    };
  }

  /** Gives the subscription up; the next wait begins another where this one stood. */
  drop(): void {
    const { subscription } = this;
    this.passCheckpoint();
    this.subscription = null;
    this.failure = null;
    this.checkpoint = null;
    if (subscription === null) return;
    // The call it is cancelled on reports that as an error, to whoever still listens.
    void subscription.unsubscribe().catch(() => undefined);
    subscription.destroy();
    this.wakeUp?.();
  }

  private subscribe(): AllStreamSubscription {
    const { connection, prefix } = this.options;
    const subscription = connection.client.subscribeToAll({
      fromPosition: this.position ?? 'start',
      credentials: connection.credentials,
      filter: streamNameFilter({
        prefixes: [prefix],
        checkpointInterval: CHECKPOINT_INTERVAL,
        // It must not fail: the client would wait for it for ever.
        checkpointReached: (_, position) => {
          if (this.subscription === subscription) this.noteCheckpoint(position);
          return Promise.resolve();
        },
      }),
    });
    subscription.on('error', (error: Error) => {
      if (this.subscription === subscription) this.failure = error;
      this.wakeUp?.();
    });
    letGoWhenGivenUp(subscription);
    for (const sign of ['readable', 'end', 'close'] as const) subscription.on(sign, () => this.wakeUp?.());
    return subscription;
  }

  private noteCheckpoint(position: Position): void {
    this.checkpoint = position;
    this.checkpointsSinceMark += 1;
    this.wakeUp?.();
  }

  /** A checkpoint counts once everything before it has been taken from the subscription. True when there was one. */
  private passCheckpoint(): boolean {
    if (this.checkpoint === null || this.subscription === null || this.subscription.readableLength > 0) return false;
    if (isBeyond(this.checkpoint, this.position)) this.position = this.checkpoint;
    this.checkpoint = null;
    return true;
  }

  private async isWoken(subscription: AllStreamSubscription, waitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const woken = await new Promise<boolean>((resolve) => {
      this.wakeUp = () => {
        resolve(true);
      };
      timer = setTimeout(() => {
        resolve(false);
      }, waitMs);
      // What came between the look and the listening has given its sign already.
      if (subscription.readableLength > 0) resolve(true);
    });
    clearTimeout(timer);
    this.wakeUp = null;
    return woken;
  }

  private accept(stored: Parameters<typeof recordedEvent>[0]): void {
    if (stored?.position !== undefined) {
      // Whatever the server sends again has been seen.
      if (!isBeyond(stored.position, this.position)) return;
      this.position = stored.position;
    }
    const event = recordedEvent(stored, this.options);
    if (event === null) return;
    this.eventsSinceMark += 1;
    const isWanted = event.position > (this.delivered.get(event.shard) ?? Number.POSITIVE_INFINITY);
    this.shard(event.shard).accept(event, { isWanted, isFull: isWanted && this.isFull });
  }
}
