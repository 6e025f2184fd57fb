import type { Consumer, EachBatchPayload } from 'kafkajs';
import { askedOffset, readBatch } from './read-batch.js';
import type { ReadBatch } from './read-batch.js';
import { reasonOf } from './reason-of.js';
import type { SourceLogOptions, SourceReport, TopicPartition } from './source-types.js';
import type { Bounds, TopicBounds } from './topic-bounds.js';
import { whileBeating } from './while-beating.js';

const RETRY_MS = 200;
const RETRY_MAX_MS = 10_000;

export interface AssignmentContext {
  readonly options: SourceLogOptions;
  readonly consumer: Consumer;
  readonly bounds: TopicBounds;
  readonly heartbeatMs: number;
  readonly report: (report: SourceReport) => void;
  /** Called after each batch that was stored. */
  readonly taken: () => void;
}

/** Where the reading of one partition stands. */
interface Place extends TopicPartition {
  /** The next offset to read; null before the first placing. */
  next: bigint | null;
  /** What the store is known to hold. */
  kept: bigint | null;
  /** Resolves after the first placing, also when that failed. */
  placed: Promise<void>;
  /** The `take` that runs now. */
  taking: Promise<void>;
  isHeld: boolean;
  problem: { readonly text: string; readonly untilTaken: boolean } | null;
  failures: number;
  retry: NodeJS.Timeout | undefined;
}

/**
 * The partitions this member was given by one joining of the group, until the next. The position of each comes from
 * the store. A partition with a problem is held (paused, tried again later) while the others go on.
 */
export class Assignment {
  private readonly places: Map<string, Place>;
  private ended = false;

  constructor(
    private readonly context: AssignmentContext,
    readonly partitions: readonly TopicPartition[],
    previous: Assignment | null,
  ) {
    const places = partitions.map(newPlace);
    this.places = new Map(places.map((place) => [nameOf(place.topic, place.partition), place]));
    for (const place of places) {
      // Nothing is fetched before the position is known: Kafka's hint can be anywhere.
      this.pause(place);
      // What a take that still runs is about to store decides where to read on.
      const taking = previous?.places.get(nameOf(place.topic, place.partition))?.taking;
      place.placed = (taking ?? Promise.resolve()).then(() => this.place(place));
    }
  }

  problems(): string[] {
    return [...this.places.values()].flatMap(({ problem }) => (problem === null ? [] : [problem.text]));
  }

  /** From now on nothing of this assignment touches the consumer; a running `take` is left to the store to fence. */
  end(): void {
    this.ended = true;
    for (const { retry } of this.places.values()) clearTimeout(retry);
  }

  /** The next offset to read, where only markers of transactions lie between it and the kept offset. */
  readUpTo(topic: string, partition: number, kept: bigint | null): bigint | null {
    const place = this.places.get(nameOf(topic, partition));
    return place !== undefined && place.kept === kept ? place.next : null;
  }

  /** kafkajs read offsets without records (markers, aborted transactions) and went on by itself. */
  passedOver(topic: string, partition: number, lastOffset: bigint): void {
    const place = this.places.get(nameOf(topic, partition));
    if (place === undefined || place.next === null) return;
    if (lastOffset >= place.next) place.next = lastOffset + 1n;
  }

  /** Looks again where the partition stands, for example because its kept offset lies after the end of the log. */
  recheck(topic: string, partition: number): void {
    const place = this.places.get(nameOf(topic, partition));
    if (place !== undefined && !place.isHeld && !this.hasEnded()) void this.place(place);
  }

  /** Never rejects: an exception would stop the whole consumer. */
  async handle(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const place = this.places.get(nameOf(batch.topic, batch.partition));
    if (place === undefined) return;
    try {
      await place.placed;
      if (this.hasEnded() || place.isHeld || place.next === null || !payload.isRunning()) return;
      await this.read(place, place.next, payload);
    } catch (error) {
      this.hold(place, { kind: 'position-unknown' }, error);
    }
  }

  private async read(place: Place, next: bigint, payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = place;
    if (askedOffset(payload.batch) !== next) {
      // The seek of the last placing has not been followed yet.
      if (payload.isStale()) return;
      // kafkajs moved by itself (the offset was out of range, or a rebalance): what it read is not what was asked.
      const count = payload.batch.messages.filter(({ offset }) => BigInt(offset) < next).length;
      if (count > 0) this.context.report({ kind: 'skipped', topic, partition, count, nextOffset: next });
      await this.place(place);
      return;
    }
    const read = readBatch(payload.batch);
    if (read.firstOffset > next && read.records.length > 0) {
      const found = read.firstOffset;
      this.context.report({ kind: 'gap', topic, partition, expected: next, found, cause: 'sparse' });
    }
    if (read.records.length > 0 && !(await this.take(place, read, payload))) return;
    if (read.unreadable !== null) {
      const { lastOffset, reason } = read.unreadable;
      this.hold(place, { kind: 'unreadable', firstOffset: place.next ?? next, lastOffset }, reason);
    }
  }

  private async take(place: Place, read: ReadBatch, payload: EachBatchPayload): Promise<boolean> {
    const { topic, partition } = place;
    const { records, firstOffset, lastOffset } = read;
    const { options, heartbeatMs, report } = this.context;
    const highWatermark = BigInt(payload.batch.highWatermark);
    const batch = { topic, partition, records, firstOffset, lastOffset, keptOffset: place.kept, highWatermark };
    try {
      const taking = whileBeating(
        heartbeatMs,
        () => payload.heartbeat(),
        () => options.take(batch),
      );
      place.taking = taking.catch(() => undefined);
      await taking;
    } catch (error) {
      this.hold(place, { kind: 'not-taken', firstOffset, lastOffset }, error);
      return false;
    }
    this.context.taken();
    // The partition may be another member's by now: its position and its hint are no longer ours to move.
    if (this.hasEnded()) return false;
    place.next = place.kept = lastOffset + 1n;
    if (read.unreadable === null) this.recovered(place);
    payload.resolveOffset(String(records.at(-1)?.offset ?? lastOffset));
    const partitions = [{ partition, offset: String(lastOffset + 1n) }];
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] }).catch((error: unknown) => {
      report({ kind: 'hint-not-written', topic, partition, reason: reasonOf(error) });
    });
    return true;
  }

  /** Sets the position from the store and the bounds of the log. Never rejects. */
  private async place(place: Place): Promise<void> {
    const { topic, partition } = place;
    try {
      const [kept, bounds] = await Promise.all([
        this.context.options.nextOffset(topic, partition),
        this.context.bounds.of(topic),
      ]);
      if (this.hasEnded()) return;
      const bound = bounds.get(partition);
      if (bound === undefined) throw new Error(`${topic} has no partition ${partition}`);
      const next = await this.positionIn(place, kept, bound);
      if (next === null || this.hasEnded()) return;
      place.next = next;
      this.tell((consumer) => consumer.seek({ topic, partition, offset: String(next) }));
      if (place.problem?.untilTaken === false) this.recovered(place);
      this.resume(place);
    } catch (error) {
      this.hold(place, { kind: 'position-unknown' }, error);
    }
  }

  /** Null when the partition must not be read. */
  private async positionIn(place: Place, kept: bigint | null, { low, high }: Bounds): Promise<bigint | null> {
    const { topic, partition } = place;
    const { options, report } = this.context;
    place.kept = kept;
    if (kept === null) return low;
    if (kept > high) {
      if (options.onRecreated !== 'from-beginning' || options.rewind === undefined) {
        this.hold(place, { kind: 'topic-recreated', kept, end: high, action: 'stopped' }, null);
        return null;
      }
      report({ kind: 'topic-recreated', topic, partition, kept, end: high, action: 'read-from-beginning' });
      await options.rewind(topic, partition, low);
      place.kept = low;
      return low;
    }
    if (kept >= low) return kept;
    report({ kind: 'gap', topic, partition, expected: kept, found: low, cause: 'retention' });
    return low;
  }

  /** Pauses the partition, says why, and places it again after a pause that grows. */
  private hold(place: Place, why: HoldReason, error: unknown): void {
    if (this.hasEnded()) return;
    const { topic, partition } = place;
    const { retryMs = RETRY_MS, retryMaxMs = RETRY_MAX_MS } = this.context.options;
    const attempt = ++place.failures;
    const retryInMs = Math.min(retryMs * 2 ** (attempt - 1), retryMaxMs);
    const reason = reasonOf(error);
    const untilTaken = why.kind === 'not-taken' || why.kind === 'unreadable';
    this.pause(place);
    place.problem = { text: problemText(place, why, reason), untilTaken };
    clearTimeout(place.retry);
    place.retry = setTimeout(() => void this.place(place), retryInMs);
    if (why.kind === 'topic-recreated') this.context.report({ ...why, topic, partition });
    else this.context.report({ ...why, topic, partition, reason, attempt, retryInMs });
  }

  private recovered(place: Place): void {
    const { topic, partition } = place;
    place.failures = 0;
    if (place.problem === null) return;
    place.problem = null;
    this.context.report({ kind: 'recovered', topic, partition });
  }

  private pause(place: Place): void {
    place.isHeld = true;
    this.tell((consumer) => consumer.pause([{ topic: place.topic, partitions: [place.partition] }]));
  }

  private resume(place: Place): void {
    place.isHeld = false;
    this.tell((consumer) => consumer.resume([{ topic: place.topic, partitions: [place.partition] }]));
  }

  /** A consumer that has just crashed refuses every order; its successor gets another assignment. */
  private tell(order: (consumer: Consumer) => void): void {
    try {
      order(this.context.consumer);
    } catch {
      this.end();
    }
  }

  private hasEnded(): boolean {
    return this.ended;
  }
}

type HoldReason =
  | { readonly kind: 'position-unknown' }
  | { readonly kind: 'not-taken' | 'unreadable'; readonly firstOffset: bigint; readonly lastOffset: bigint }
  | { readonly kind: 'topic-recreated'; readonly kept: bigint; readonly end: bigint; readonly action: 'stopped' };

function problemText({ topic, partition }: TopicPartition, why: HoldReason, reason: string): string {
  const where = `${topic} partition ${partition}`;
  switch (why.kind) {
    case 'position-unknown':
      return `${where}: it is not known where to read on. ${reason}`;
    case 'not-taken':
      return `${where}: offsets ${why.firstOffset} to ${why.lastOffset} could not be stored. ${reason}`;
    case 'unreadable':
      return `${where}: offsets ${why.firstOffset} to ${why.lastOffset} cannot be read. ${reason}`;
    case 'topic-recreated':
      return (
        `${where}: the next offset should be ${why.kept} but the log ends at ${why.end}, so the topic was deleted and ` +
        `created again. It is not read until the kept offset is set back.`
      );
  }
}

function newPlace({ topic, partition }: TopicPartition): Place {
  return {
    topic,
    partition,
    next: null,
    kept: null,
    placed: Promise.resolve(),
    taking: Promise.resolve(),
    isHeld: true,
    problem: null,
    failures: 0,
    retry: undefined,
  };
}

function nameOf(topic: string, partition: number): string {
  return `${topic}\n${partition}`;
}
