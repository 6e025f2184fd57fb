import type { World } from '../world/world.js';
import { protocolError } from './kafkajs-internals.js';
import type { NewRecord, StoredMessage } from './partition-log.js';
import { PartitionLog } from './partition-log.js';

interface Topic {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly logs: PartitionLog[];
  /** By how many nodes the leader of each partition has been moved on. */
  readonly moved: number[];
}

/** The topics of a cluster, and what producers, retention, compaction and people do to them. */
export class TopicLogs {
  private readonly topics = new Map<string, Topic>();
  private readonly readers = new Set<() => void>();
  private transactions = 0;
  private created = 0;

  constructor(private readonly world: World) {}

  get names(): string[] {
    return [...this.topics.keys()];
  }

  create(topic: string, partitions: number): void {
    if (this.topics.has(topic)) throw new Error(`${topic} exists already`);
    const logs = Array.from({ length: partitions }, () => new PartitionLog());
    this.created += 1;
    const id = this.created.toString(16).padStart(8, '0').repeat(4);
    this.topics.set(topic, { id, logs, moved: logs.map(() => 0) });
  }

  delete(topic: string): void {
    this.of(topic);
    this.topics.delete(topic);
    this.changed();
  }

  addPartitions(topic: string, total: number): void {
    const { logs, moved } = this.of(topic);
    while (logs.length < total) {
      logs.push(new PartitionLog());
      moved.push(0);
    }
  }

  /** Another each time a topic is created; null when there is none of that name. */
  id(topic: string): string | null {
    return this.topics.get(topic)?.id ?? null;
  }

  count(topic: string): number {
    return this.of(topic).logs.length;
  }

  /** Throws as the broker refuses. */
  log(topic: string, partition: number): PartitionLog {
    const log = this.of(topic).logs[partition];
    if (log === undefined) throw protocolError('UNKNOWN_TOPIC_OR_PARTITION');
    return log;
  }

  moveLeader(topic: string, partition: number): void {
    const { moved } = this.of(topic);
    moved[partition] = (moved[partition] ?? 0) + 1;
    this.changed();
  }

  leaderPreference(topic: string, partition: number): number {
    return partition + (this.of(topic).moved[partition] ?? 0);
  }

  /** The offset of the first of them. */
  append(topic: string, partition: number, records: readonly NewRecord[]): number {
    const first = this.log(topic, partition).append(records, this.world.now);
    this.changed();
    return first;
  }

  /** Null = the producer's sequence is broken. */
  appendOnce(
    topic: string,
    partition: number,
    records: readonly NewRecord[],
    batch: { readonly producerId: string; readonly firstSequence: number },
  ): number | null {
    const offset = this.log(topic, partition).appendOnce(records, this.world.now, batch);
    this.changed();
    return offset;
  }

  /** Until the returned function is called, readers of committed records stop before the first of these. */
  begin(topic: string, partition: number, records: readonly NewRecord[]): (how: 'commit' | 'abort') => void {
    const producerId = this.newTransaction();
    const log = this.log(topic, partition);
    log.begin(records, this.world.now, producerId);
    return (how) => {
      log.end(producerId, how, this.world.now);
      this.changed();
    };
  }

  /** A marker without records, as a transaction leaves it whose records went to other partitions. */
  appendMarker(topic: string, partition: number): void {
    this.log(topic, partition).marker(this.newTransaction(), 'commit', this.world.now);
    this.changed();
  }

  advanceLow(topic: string, partition: number, to: number): void {
    this.log(topic, partition).advanceLow(to);
    this.changed();
  }

  compact(topic: string, partition: number, isKept: (message: StoredMessage) => boolean): void {
    this.log(topic, partition).compact(isKept);
  }

  emptyBatch(topic: string, partition: number, first: number, last: number): void {
    this.log(topic, partition).emptyBatch(first, last);
  }

  /** Called once, when anything has changed. The returned function takes it back. */
  onChange(reader: () => void): () => void {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  }

  /** Whoever waits for news looks again. */
  changed(): void {
    const woken = [...this.readers];
    this.readers.clear();
    for (const reader of woken) reader();
  }

  private newTransaction(): string {
    this.transactions += 1;
    return `transaction-${this.transactions}`;
  }

  private of(name: string): Topic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw protocolError('UNKNOWN_TOPIC_OR_PARTITION');
    return topic;
  }
}
