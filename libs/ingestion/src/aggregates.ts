import { evolve, fromSnapshot, SNAPSHOT_FORM, toSnapshot, unknownCustomer } from '@retention/customer';
import type { CustomerEvent, CustomerState } from '@retention/customer';
import type { EventStore, LoadedStream, Snapshot } from '@retention/event-store';
import type { KnownDeadline } from './deadlines.js';

const STREAM_PREFIX = 'customer-';

export function streamOf(customerId: string): string {
  return STREAM_PREFIX + customerId;
}

/** The customer a stream belongs to; null for a stream of something else. */
export function customerOf(streamId: string): string | null {
  return streamId.startsWith(STREAM_PREFIX) ? streamId.slice(STREAM_PREFIX.length) : null;
}

export interface Aggregate {
  readonly state: CustomerState;
  snapshotVersion: number;
  /** The day that is kept for the customer, as far as it is known here. */
  deadline?: KnownDeadline;
}

/** Why a stream cannot be folded. */
export interface Damage {
  readonly error: unknown;
}

/** A snapshot is written each time so many events have come since the last: bounds the tail a cold load has to fold. */
const SNAPSHOT_EVERY_EVENTS = 50;

/** Customers folded in memory, least recently used out first. What is not here is loaded from snapshot and tail. */
export class Aggregates {
  private readonly cached = new Map<string, Aggregate>();
  /** Those whose streams could not be folded, at the last load. */
  private readonly damaged = new Map<string, Damage>();

  constructor(
    private readonly store: EventStore,
    private readonly customersMax: number,
  ) {}

  /**
   * Loads those not in memory. Customers without a stream become unknown customers at version 0. One whose stream cannot
   * be folded is not there afterwards, and `damageOf` says why.
   */
  async load(customerIds: Iterable<string>): Promise<void> {
    const cold = [...customerIds].filter((customerId) => !this.cached.has(customerId));
    if (cold.length === 0) return;
    const streams = await this.store.loadStreams(cold.map(streamOf), SNAPSHOT_FORM);
    for (const customerId of cold) {
      // Another load may have been faster, and its state may have moved on since.
      if (this.cached.has(customerId)) continue;
      this.damaged.delete(customerId);
      try {
        this.cached.set(customerId, fold(customerId, streams.get(streamOf(customerId))));
      } catch (error) {
        this.damaged.set(customerId, { error });
      }
    }
  }

  damageOf(customerId: string): Damage | undefined {
    return this.damaged.get(customerId);
  }

  get(customerId: string): Aggregate | undefined {
    const aggregate = this.cached.get(customerId);
    if (aggregate !== undefined) {
      this.cached.delete(customerId);
      this.cached.set(customerId, aggregate);
    }
    return aggregate;
  }

  /** Forgets customers whose events were not written, or were written by somebody else. */
  evict(customerIds: Iterable<string>): void {
    for (const customerId of customerIds) this.cached.delete(customerId);
  }

  clear(): void {
    this.cached.clear();
  }

  /** Keeps within the limit. Not to be called between `load` and `get` of the same batch. */
  trim(): void {
    this.damaged.clear();
    let surplus = this.cached.size - this.customersMax;
    for (const customerId of this.cached.keys()) {
      if (surplus <= 0) return;
      this.cached.delete(customerId);
      surplus -= 1;
    }
  }
}

/** Folds what was loaded of a stream. */
export function fold(customerId: string, stream: LoadedStream | undefined): Aggregate {
  const snapshot = stream?.snapshot ?? null;
  const state = snapshot === null ? unknownCustomer(customerId) : fromSnapshot(snapshot.state);
  for (const event of stream?.events ?? []) {
    if (event.version !== state.version + 1) {
      throw new Error(`${event.streamId}: version ${event.version} follows ${state.version}, events are missing`);
    }
    const said = JSON.parse(event.payload) as CustomerEvent | null;
    // A fold that went on over something else would forget what came before, and nobody would notice.
    if (said?.type !== event.type) throw new TypeError(`the payload of ${event.type} is damaged`);
    evolve(state, said);
  }
  return { state, snapshotVersion: snapshot?.version ?? 0 };
}

export function snapshotIfDue(aggregate: Aggregate): Snapshot | null {
  const { state } = aggregate;
  if (state.version - aggregate.snapshotVersion < SNAPSHOT_EVERY_EVENTS) return null;
  aggregate.snapshotVersion = state.version;
  return { version: state.version, form: SNAPSHOT_FORM, state: toSnapshot(state) };
}
