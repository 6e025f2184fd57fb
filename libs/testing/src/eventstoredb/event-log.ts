import { randomUUID } from 'node:crypto';
import {
  contentOf,
  type ProposedEvent,
  record,
  recordBytes,
  type RecordedEvent,
  TOMBSTONE_REVISION,
  TOMBSTONE_REVISION_TEXT,
} from './recorded-event.js';

/** One stream: its events are dense in revision, from the oldest that was not scavenged. */
export interface StreamState {
  readonly name: string;
  events: RecordedEvent[];
  /** Revision of `events[0]`. */
  oldest: number;
  truncateBefore: number;
  maxCount: number;
  isTombstoned: boolean;
  readonly waiting: Set<() => void>;
}

/** What `Streams/Delete` writes as `$tb`: everything, ever. Parsed by JavaScript the number is rounded up. */
const EVERYTHING = 2 ** 63;
/** The server has written records of its own before anybody's first event; position 0 means the start. */
const FIRST_POSITION = 512;
const NO_CONTENT = new Uint8Array(0);

/**
 * The transaction log and the index by stream. It is shared by the members of a cluster and outlives a restart. Scavenging
 * replaces arrays and never shortens them, so a read goes on in the array it began with.
 */
export class EventLog {
  private all: RecordedEvent[] = [];
  private readonly streams = new Map<string, StreamState>();
  private nextPosition = FIRST_POSITION;
  private unreplicatedFrom = Number.POSITIVE_INFINITY;
  private readonly onReplicated: { readonly position: number; readonly run: () => void }[] = [];
  /** Who waits for events of any stream. */
  readonly waiting = new Set<() => void>();
  /** Grows with every scavenge: an index into `events` is good for one generation. */
  generation = 0;

  /** The whole log, oldest first; look at the first `visibleLength` only. */
  get events(): readonly RecordedEvent[] {
    return this.all;
  }

  get visibleLength(): number {
    return this.hasUnreplicated ? this.indexFrom(this.unreplicatedFrom) : this.all.length;
  }

  get hasUnreplicated(): boolean {
    return this.unreplicatedFrom !== Number.POSITIVE_INFINITY;
  }

  /** Index of the first event at the position or behind it. */
  indexFrom(position: number): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.all[middle] as RecordedEvent).position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  stream(name: string): StreamState | undefined {
    return this.streams.get(name);
  }

  /** The stream, known from now on if it was not. */
  streamToWatch(name: string): StreamState {
    let state = this.streams.get(name);
    if (state === undefined) {
      // Of its metadata a stream has only the latest version.
      const maxCount = isMetastream(name) ? 1 : Number.POSITIVE_INFINITY;
      state = { name, events: [], oldest: 0, truncateBefore: 0, maxCount, isTombstoned: false, waiting: new Set() };
      this.streams.set(name, state);
    }
    return state;
  }

  streamNames(): string[] {
    return [...this.streams.values()].filter((state) => lastRevision(state) >= 0).map((state) => state.name);
  }

  /** How many wait for events, of a stream or of all. */
  watchers(): number {
    let count = this.waiting.size;
    for (const state of this.streams.values()) count += state.waiting.size;
    return count;
  }

  /** A tombstone holds for the metadata of its stream too. */
  isTombstoned(name: string): boolean {
    if (this.streams.get(name)?.isTombstoned === true) return true;
    return isMetastream(name) && this.streams.get(originalOf(name))?.isTombstoned === true;
  }

  /** Writes without any check. Returns the last event. */
  write(name: string, proposed: readonly ProposedEvent[]): RecordedEvent | undefined {
    const state = this.streamToWatch(name);
    for (const event of proposed) {
      const recorded = record(event, name, lastRevision(state) + 1, this.nextPosition);
      this.nextPosition += recordBytes(event, name);
      this.all.push(recorded);
      state.events.push(recorded);
      if (isMetastream(name) && event.type === '$metadata') this.takeMetadata(name, event.data);
    }
    this.wake(state);
    return state.events.at(-1);
  }

  /** Writes `$tb` into the metadata of the stream, as a soft delete does. */
  softDelete(name: string): RecordedEvent {
    return this.writeMetadata(name, `{"$tb":${TOMBSTONE_REVISION_TEXT}}`);
  }

  /** What the server writes behind the first events of a soft-deleted stream: from there on it is readable again. */
  undelete(name: string, fromRevision: number): void {
    const latest = this.streams.get(metastreamOf(name))?.events.at(-1);
    const metadata = latest === undefined ? {} : parseMetadata(contentOf(latest).data);
    this.writeMetadata(name, JSON.stringify({ ...metadata, $tb: fromRevision }));
  }

  tombstone(name: string): RecordedEvent {
    const state = this.streamToWatch(name);
    const event = { ...emptyEvent('$streamDeleted'), contentType: 'application/octet-stream' };
    const recorded = record(event, name, TOMBSTONE_REVISION, this.nextPosition);
    this.nextPosition += recordBytes(event, name);
    this.all.push(recorded);
    state.isTombstoned = true;
    this.wake(state);
    return recorded;
  }

  /** Removes for good what no read of a stream shows; the last event of a stream stays unless it has a tombstone. */
  scavenge(): void {
    if (this.hasUnreplicated) throw new Error('Only replicated events can be scavenged.');
    const removed = new Set<RecordedEvent>();
    for (const state of this.streams.values()) {
      const kept = this.isTombstoned(state.name)
        ? lastRevision(state) + 1
        : Math.min(oldestReadable(state), lastRevision(state));
      const count = Math.max(0, kept - state.oldest);
      for (const event of state.events.slice(0, count)) removed.add(event);
      state.events = state.events.slice(count);
      state.oldest += count;
    }
    this.all = this.all.filter((event) => !removed.has(event));
    this.generation += 1;
  }

  /** From now on nothing that is written gets replicated: it is neither readable nor acknowledged. */
  holdReplication(): void {
    this.unreplicatedFrom = Math.min(this.unreplicatedFrom, this.nextPosition);
  }

  /** Ends `holdReplication`: what was written in the meantime is readable, and acknowledged to who still waits. */
  replicate(): void {
    this.unreplicatedFrom = Number.POSITIVE_INFINITY;
    for (const { run } of this.onReplicated.splice(0)) run();
    for (const wake of [...this.waiting]) wake();
    for (const state of this.streams.values()) for (const wake of [...state.waiting]) wake();
  }

  /** The last revision that is replicated; -1 when there is none. */
  lastVisibleRevision(state: StreamState | undefined): number {
    if (state === undefined) return -1;
    let count = state.events.length;
    while (count > 0 && !this.isReplicated((state.events[count - 1] as RecordedEvent).position)) count -= 1;
    return state.oldest + count - 1;
  }

  isReplicated(position: number): boolean {
    return position < this.unreplicatedFrom;
  }

  /** Runs at once if the position is replicated, else when it is. */
  whenReplicated(position: number, run: () => void): void {
    if (this.isReplicated(position)) run();
    else this.onReplicated.push({ position, run });
  }

  private writeMetadata(name: string, metadata: string): RecordedEvent {
    const event = { ...emptyEvent('$metadata'), data: Buffer.from(metadata) };
    return this.write(metastreamOf(name), [event]) as RecordedEvent;
  }

  private takeMetadata(metastream: string, data: Uint8Array): void {
    const state = this.streamToWatch(originalOf(metastream));
    const { $tb, $maxCount } = parseMetadata(data);
    state.truncateBefore = typeof $tb === 'number' ? $tb : 0;
    state.maxCount = typeof $maxCount === 'number' ? $maxCount : Number.POSITIVE_INFINITY;
  }

  private wake(state: StreamState): void {
    for (const wake of [...state.waiting]) wake();
    for (const wake of [...this.waiting]) wake();
  }
}

/** -1 when nothing was ever written. */
export function lastRevision(state: StreamState | undefined): number {
  return state === undefined ? -1 : state.oldest + state.events.length - 1;
}

/** The first revision a read of the stream shows. */
export function oldestReadable(state: StreamState): number {
  return Math.max(state.oldest, state.truncateBefore, lastRevision(state) + 1 - state.maxCount);
}

export function isSoftDeleted(state: StreamState | undefined): boolean {
  return state !== undefined && state.truncateBefore >= EVERYTHING;
}

export function isMetastream(name: string): boolean {
  return name.startsWith('$$');
}

export function metastreamOf(name: string): string {
  return `$$${name}`;
}

export function originalOf(metastream: string): string {
  return metastream.slice(2);
}

function emptyEvent(type: string): ProposedEvent {
  return { id: randomUUID(), type, contentType: 'application/json', data: NO_CONTENT, metadata: NO_CONTENT };
}

function parseMetadata(data: Uint8Array): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
