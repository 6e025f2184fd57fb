import { streamNameFilter } from '@eventstore/db-client';
import type { AllStreamSubscription, Position } from '@eventstore/db-client';
import type { FeedPositions, RecordedEvent } from '../port.js';
import type { EventStoreDbConnection } from './connection.js';
import { recordedEvent } from './event-form.js';

/** A place in the log of EventStoreDB, and how far each shard of the feed reaches up to it: all of it, and nothing more. */
export interface FeedMark {
  /** Null = the beginning. */
  readonly position: Position | null;
  readonly reached: FeedPositions;
}

/** What became of waiting for the next event. */
export type Arrival = 'event' | 'silence' | 'dropped';

/** The server tells how far it has searched after so many events times 32. */
const CHECKPOINT_INTERVAL = 4;
/** A mark is left each time so many events have passed. */
const MARK_EVERY_EVENTS = 1000;

/** How far one shard of the feed has arrived. Batches of two writers may arrive in another order than they committed. */
interface Shard {
  reached: number;
  readonly early: Map<number, RecordedEvent | null>;
  readonly ready: RecordedEvent[];
}

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
  private readonly shards = new Map<number, Shard>();
  /** Where to subscribe again: everything up to there has been seen. */
  private position: Position | null;
  private subscription: AllStreamSubscription | null = null;
  private failure: Error | null = null;
  private checkpoint: Position | null = null;
  private sinceMark = 0;
  private held = 0;
  private wakeUp: (() => void) | null = null;
  /** Last position handed out of each wanted shard. */
  readonly delivered: Map<number, number>;

  constructor(private readonly options: FeedSessionOptions) {
    const { start, after, shards } = options;
    this.position = start.position;
    this.delivered = new Map(after);
    for (let shard = 0; shard < shards; shard += 1) {
      this.shards.set(shard, { reached: start.reached.get(shard) ?? 0, early: new Map(), ready: [] });
    }
  }

  /** Events that have arrived and were not handed out. */
  get heldEvents(): number {
    return this.held;
  }

  reached(shard: number): number {
    return this.shards.get(shard)?.reached ?? 0;
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
      this.passCheckpoint();
      if (this.failure !== null || subscription.readableEnded || subscription.destroyed) {
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
      const ready = this.shards.get(shard)?.ready ?? [];
      const end = ready.findIndex(({ position }) => position > last);
      const taken = ready.splice(0, end === -1 ? ready.length : end);
      events.push(...taken);
      this.held -= taken.length;
      this.delivered.set(shard, last);
    }
    return events;
  }

  /** A place from which any reader that is as far could begin; null while there is none worth keeping. */
  mark(): FeedMark | null {
    if (this.sinceMark < MARK_EVERY_EVENTS || this.position === null) return null;
    for (const { early } of this.shards.values()) if (early.size > 0) return null;
    this.sinceMark = 0;
    return {
      position: this.position,
      reached: new Map([...this.shards].map(([shard, { reached }]) => [shard, reached])),
    };
  }

  /** Gives the subscription up; the next wait begins another where this one stood. */
  drop(): void {
    const { subscription } = this;
    this.subscription = null;
    this.failure = null;
    this.checkpoint = null;
    if (subscription === null) return;
    // The call it is cancelled on reports that as an error, to whoever still listens.
    void subscription.unsubscribe().catch(() => undefined);
    subscription.destroy();
  }

  private subscribe(): AllStreamSubscription {
    const { connection, prefix } = this.options;
    const subscription = connection.client.subscribeToAll({
      fromPosition: this.position ?? 'start',
      filter: streamNameFilter({
        prefixes: [prefix],
        checkpointInterval: CHECKPOINT_INTERVAL,
        // It must not fail: the client would wait for it for ever.
        checkpointReached: (_, position) => {
          this.checkpoint = position;
          this.passCheckpoint();
          return Promise.resolve();
        },
      }),
    });
    subscription.on('error', (error: Error) => {
      if (this.subscription === subscription) this.failure = error;
      this.wakeUp?.();
    });
    for (const sign of ['readable', 'end', 'close'] as const) subscription.on(sign, () => this.wakeUp?.());
    return subscription;
  }

  /** A checkpoint counts once everything before it has been taken from the subscription. */
  private passCheckpoint(): void {
    if (this.checkpoint === null || this.subscription === null || this.subscription.readableLength > 0) return;
    this.position = this.checkpoint;
    this.checkpoint = null;
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
    if (stored?.position !== undefined) this.position = stored.position;
    const event = recordedEvent(stored, this.options);
    const shard = event === null ? undefined : this.shards.get(event.shard);
    if (event === null || shard === undefined || event.position <= shard.reached) return;
    this.sinceMark += 1;
    shard.early.set(event.position, this.wants(event) ? event : null);
    for (;;) {
      const next = shard.early.get(shard.reached + 1);
      if (next === undefined) return;
      shard.reached += 1;
      shard.early.delete(shard.reached);
      if (next === null) continue;
      shard.ready.push(next);
      this.held += 1;
    }
  }

  private wants({ shard, position }: RecordedEvent): boolean {
    const delivered = this.delivered.get(shard);
    return delivered !== undefined && position > delivered;
  }
}
