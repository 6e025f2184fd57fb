import type { Position } from '@eventstore/db-client';
import type { RecordedEvent } from '../port.js';
import { StoresApart } from './connection.js';

/** So many are kept of every shard, whatever the others hold: else their events could shut it out for ever. */
const READY_EVENTS_MIN = 500;

/** An event the reader wants, or null for one that counts only as having been there. */
type Seen = RecordedEvent | null;

/**
 * How far one shard of the feed has arrived. Batches of two writers may arrive in another order than they committed, so an
 * event may have to wait for those before it.
 */
export class FeedShard {
  private readonly early = new Map<number, Seen>();
  private readonly ready: RecordedEvent[] = [];
  private keptEarly = 0;
  private fault: StoresApart | null = null;
  /** Events behind those that are kept have passed and were let go: only a reading from further back gives them. */
  private isTorn = false;

  constructor(
    private readonly shard: number,
    /** Last position up to which all have arrived. */
    public reached: number,
  ) {}

  /** How many events are kept for the reader. */
  get held(): number {
    return this.ready.length + this.keptEarly;
  }

  /** Nothing waits, and nothing that has passed is missing. */
  get isWhole(): boolean {
    return this.early.size === 0 && !this.isTorn && this.fault === null;
  }

  /** Whether more cannot come, because it has passed. */
  get isSpent(): boolean {
    return this.isTorn && this.early.size === 0;
  }

  get broken(): StoresApart | null {
    return this.fault;
  }

  /** Takes the next event of the log. `isWanted`: it is to be handed out. `isFull`: no more may be kept. */
  accept(event: RecordedEvent, { isWanted, isFull }: { readonly isWanted: boolean; readonly isFull: boolean }): void {
    if (this.fault !== null) return;
    const { position } = event;
    if (position <= this.reached || this.early.has(position)) {
      this.fault = takenTwice(event, this.shard);
      return;
    }
    const isNext = position === this.reached + 1;
    if (this.isTorn && !(isNext && this.early.size > 0)) return;
    if (isFull && isWanted && !(isNext && (this.early.size > 0 || this.ready.length < READY_EVENTS_MIN))) {
      this.isTorn = true;
      return;
    }
    this.early.set(position, isWanted ? event : null);
    if (isWanted) this.keptEarly += 1;
    if (isNext) this.line();
  }

  /** Hands out what is ready, up to a position. */
  take(upTo: number): RecordedEvent[] {
    const end = this.ready.findIndex(({ position }) => position > upTo);
    return this.ready.splice(0, end === -1 ? this.ready.length : end);
  }

  private line(): void {
    for (;;) {
      const next = this.early.get(this.reached + 1);
      if (next === undefined) return;
      this.reached += 1;
      this.early.delete(this.reached);
      if (next === null) continue;
      this.keptEarly -= 1;
      this.ready.push(next);
    }
  }
}

/** Every event of the log comes once. So this is another one in the same place, which only another history can have given. */
function takenTwice({ position, streamId }: RecordedEvent, shard: number): StoresApart {
  return new StoresApart(
    `position ${position} of shard ${shard} of the feed is taken twice in EventStoreDB, the second time in ${streamId}: ` +
      'PostgreSQL has forgotten what it had committed',
  );
}

/** Whether a place in the log lies behind another; null = the beginning. */
export function isBeyond(one: Position, other: Position | null): boolean {
  if (other === null || one.commit > other.commit) return true;
  return one.commit === other.commit && one.prepare > other.prepare;
}
