import type { Consumer, EachBatchPayload } from 'kafkajs';
import { partOf } from './batch-part.js';
import type { BatchPart } from './batch-part.js';
import { askedOffset, readBatch } from './read-batch.js';
import type { ReadBatch } from './read-batch.js';
import { reasonOf } from './reason-of.js';
import type { HeldPartition, SourceLogOptions, SourceReport, TopicPartition } from './source-types.js';
import { problemText } from './hold-reason.js';
import type { HoldReason } from './hold-reason.js';
import { newPlace } from './place.js';
import type { Place } from './place.js';
import { TakeRoom } from './take-room.js';
import type { Load } from './take-room.js';
import type { Bounds, TopicBounds } from './topic-bounds.js';
import type { TopicIdentity } from './topic-identity.js';
import { whileBeating } from './while-beating.js';

const RETRY_MS = 200;
const RETRY_MAX_MS = 10_000;
/** While one micro-batch of 2,000 facts is committed the next is prepared, and one more waits. */
const RECORDS_AT_ONCE = 6_000;
const BYTES_AT_ONCE = 16 * 1024 * 1024;
/** Of the room one partition takes at most so much, that it is one micro-batch also when it is alone. */
const SHARES_MIN = 3;

export interface AssignmentContext {
  readonly options: SourceLogOptions;
  readonly consumer: Consumer;
  readonly bounds: TopicBounds;
  readonly identity: TopicIdentity;
  readonly heartbeatMs: number;
  readonly report: (report: SourceReport) => void;
  /** Called after each batch that was stored. */
  readonly taken: () => void;
  /** True once the process is told to stop: what is being stored is finished, and nothing more is begun. */
  readonly isStopping: () => boolean;
}

/**
 * The partitions this member was given by one joining of the group, until the next. The position of each comes from
 * the store. A partition with a problem is held (paused, tried again later) while the others go on.
 */
export class Assignment {
  private readonly places: Map<string, Place>;
  private readonly room: TakeRoom;
  /** Those with a batch in hand. */
  private readonly reading = new Set<Place>();
  private ended = false;

  constructor(
    private readonly context: AssignmentContext,
    readonly partitions: readonly TopicPartition[],
    previous: Assignment | null,
  ) {
    const { recordsAtOnce = RECORDS_AT_ONCE, bytesAtOnce = BYTES_AT_ONCE } = context.options;
    this.room = new TakeRoom({ records: recordsAtOnce, bytes: bytesAtOnce });
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

  held(): HeldPartition[] {
    return [...this.places.values()].flatMap(({ topic, partition, problem }) =>
      problem === null ? [] : [{ topic, partition, kind: problem.kind }],
    );
  }

  /** Whether the partition is read here, and nothing of it is in hand. */
  waits(topic: string, partition: number): boolean {
    const place = this.places.get(nameOf(topic, partition));
    return place !== undefined && !place.isHeld && !this.reading.has(place);
  }

  /** Resolves when nothing is being stored. */
  async settled(): Promise<void> {
    await Promise.all([...this.places.values()].map(({ taking }) => taking));
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
    this.reading.add(place);
    try {
      await place.placed;
      if (place.next === null || !this.mayTake(place) || !payload.isRunning()) return;
      await this.read(place, place.next, payload);
    } catch (error) {
      this.hold(place, { kind: 'position-unknown' }, error);
    } finally {
      this.reading.delete(place);
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
    if (read.records.length === 0 && read.unreadable === null) {
      this.passEmptied(place, next, payload);
      return;
    }
    const expected = place.emptyFrom ?? next;
    if (read.records.length > 0 && (read.firstOffset > next || expected < next)) {
      place.emptyFrom = null;
      this.context.report({ kind: 'gap', topic, partition, expected, found: read.firstOffset, cause: 'sparse' });
    }
    if (read.records.length > 0 && !(await this.takeAll(place, read, payload))) return;
    if (read.unreadable !== null) {
      const { lastOffset, reason } = read.unreadable;
      this.hold(place, { kind: 'unreadable', firstOffset: place.next ?? next, lastOffset }, reason);
    }
  }

  /** Of what was read, compaction has left nothing but where it ended. The gap is told once it is known what follows. */
  private passEmptied(place: Place, next: bigint, payload: EachBatchPayload): void {
    const lastOffset = payload.batch.lastOffset();
    place.emptyFrom ??= next;
    place.next = BigInt(lastOffset) + 1n;
    payload.resolveOffset(lastOffset);
  }

  /**
   * Stores what was read, part by part: neither what is on its way at once nor the time it takes to stop or to hand the
   * partition over depends on how much the broker answered with. False when not all of it was stored.
   */
  private async takeAll(place: Place, read: ReadBatch, payload: EachBatchPayload): Promise<boolean> {
    const count = read.records.length;
    let stored = 0;
    const beat = (): Promise<void> => payload.heartbeat();
    await whileBeating(this.context.heartbeatMs, beat, async (isMember) => {
      while (stored < count && isMember() && this.mayTake(place)) {
        const part = partOf(read, stored, this.shareOfRoom());
        await this.room.enter(part.load);
        try {
          if (!this.mayTake(place) || !(await this.take(place, part, payload))) return;
        } finally {
          this.room.leave(part.load);
        }
        stored += part.records.length;
        if (read.unreadable === null) this.recovered(place);
      }
    });
    if (stored > 0 && !this.hasEnded()) await this.leaveHint(place, payload);
    return stored === count;
  }

  private shareOfRoom(): Load {
    const { records, bytes } = this.room.most;
    const shares = Math.max(SHARES_MIN, this.reading.size);
    return { records: Math.max(1, Math.floor(records / shares)), bytes: Math.floor(bytes / shares) };
  }

  private mayTake(place: Place): boolean {
    return !this.hasEnded() && !place.isHeld && !this.context.isStopping();
  }

  /** False when it was not stored, or the partition may be another member's by now: nothing more of it is ours to move. */
  private async take(place: Place, part: BatchPart, payload: EachBatchPayload): Promise<boolean> {
    const { topic, partition } = place;
    const { records, firstOffset, lastOffset } = part;
    const highWatermark = BigInt(payload.batch.highWatermark);
    const batch = { topic, partition, records, firstOffset, lastOffset, keptOffset: place.kept, highWatermark };
    try {
      const taking = this.context.options.take(batch);
      place.taking = taking.catch(() => undefined);
      await taking;
    } catch (error) {
      this.hold(place, { kind: 'not-taken', firstOffset, lastOffset }, error);
      return false;
    }
    this.context.taken();
    if (this.hasEnded()) return false;
    place.next = place.kept = lastOffset + 1n;
    payload.resolveOffset(String(lastOffset));
    return true;
  }

  private async leaveHint({ topic, partition, kept }: Place, payload: EachBatchPayload): Promise<void> {
    const partitions = [{ partition, offset: String(kept) }];
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] }).catch((error: unknown) => {
      this.context.report({ kind: 'hint-not-written', topic, partition, reason: reasonOf(error) });
    });
  }

  /** Sets the position from the store and the bounds of the log. Never rejects. */
  private async place(place: Place): Promise<void> {
    const { topic, partition } = place;
    try {
      // Before the offset: once the offsets are set back the new id is kept, and must not be for one of the old topic.
      const otherId = await this.context.identity.otherId(topic);
      const [kept, bounds] = await Promise.all([
        this.context.options.nextOffset(topic, partition),
        this.context.bounds.of(topic),
      ]);
      if (this.hasEnded()) return;
      const bound = bounds.get(partition);
      if (bound === undefined) throw new Error(`${topic} has no partition ${partition}`);
      place.kept = kept;
      if (otherId !== null) {
        this.hold(place, { kind: 'topic-recreated', kept, end: bound.high, action: 'stopped', topicId: otherId }, null);
        return;
      }
      const next = await this.positionIn(place, kept, bound);
      if (next === null || this.hasEnded()) return;
      place.next = next;
      place.emptyFrom = null;
      this.tell((consumer) => consumer.seek({ topic, partition, offset: String(next) }));
      // What could not be stored may be stored all the same, by an append whose answer was lost or by another member; when
      // nothing follows it, nothing else will say so.
      const storedUpTo = place.problem?.storedUpTo ?? null;
      if (place.problem !== null && (storedUpTo === null || next >= storedUpTo)) this.recovered(place);
      this.resume(place);
    } catch (error) {
      this.hold(place, { kind: 'position-unknown' }, error);
    }
  }

  /** Null when the partition must not be read. */
  private async positionIn(place: Place, kept: bigint | null, { low, high }: Bounds): Promise<bigint | null> {
    const { topic, partition } = place;
    const { options, report } = this.context;
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
    const storedUpTo = why.kind === 'not-taken' || why.kind === 'unreadable' ? why.lastOffset + 1n : null;
    this.pause(place);
    place.problem = { kind: why.kind, text: problemText(place, why, reason), storedUpTo };
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

function nameOf(topic: string, partition: number): string {
  return `${topic}\n${partition}`;
}
