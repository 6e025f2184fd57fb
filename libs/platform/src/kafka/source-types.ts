import type { KafkaConnection } from './kafka-client.js';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface SourceRecord extends TopicPartition {
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  /** Of a header that came several times, the last. */
  readonly headers: Readonly<Record<string, Buffer | string | undefined>>;
  /** Milliseconds since 1970, as the producer or the broker wrote it. */
  readonly timestamp: number;
}

export interface SourceBatch extends TopicPartition {
  /** At least one, in the order of their offsets. */
  readonly records: readonly SourceRecord[];
  /** Offsets the batch covers. Markers of transactions and aborted records are covered without being records. */
  readonly firstOffset: bigint;
  /** `lastOffset + 1` is the next offset to read, and the one to keep, once the batch is stored. */
  readonly lastOffset: bigint;
  /** What `nextOffset` said before this batch, for a compare-and-set; null when nothing was kept. */
  readonly keptOffset: bigint | null;
  /** One more than the last offset in the log when the batch was fetched. */
  readonly highWatermark: bigint;
}

/** What the log found, for logs and metrics. No report carries a record's content. */
export type SourceReport =
  | { readonly kind: 'assigned'; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: 'revoked'; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: 'topics-missing'; readonly topics: readonly string[]; readonly retryInMs: number }
  | { readonly kind: 'partitions-added'; readonly topic: string; readonly from: number; readonly to: number }
  | ({
      /**
       * Offsets `expected` to `found - 1` are not in the log. `retention`: the broker removed them before they were
       * read. `sparse`: they are missing between others, which compaction does.
       */
      readonly kind: 'gap';
      readonly expected: bigint;
      readonly found: bigint;
      readonly cause: 'retention' | 'sparse';
    } & TopicPartition)
  /** Kafka gave records again that are stored: they were dropped. */
  | ({ readonly kind: 'skipped'; readonly count: number; readonly nextOffset: bigint } & TopicPartition)
  /**
   * The topic was deleted and created again: the kept offset lies after the end of the log, or `topicId`, which it has now,
   * is not the id it had.
   */
  | ({
      readonly kind: 'topic-recreated';
      readonly kept: bigint | null;
      readonly end: bigint;
      readonly action: 'stopped' | 'read-from-beginning';
      readonly topicId?: string;
    } & TopicPartition)
  /** `take` rejected: the records are read again after the pause. */
  | ({ readonly kind: 'not-taken'; readonly firstOffset: bigint; readonly lastOffset: bigint } & Retried)
  /** The records from `firstOffset` on cannot be unpacked: tried again, nothing is passed over. */
  | ({ readonly kind: 'unreadable'; readonly firstOffset: bigint; readonly lastOffset: bigint } & Retried)
  /** The kept offset or the bounds of the log could not be asked. */
  | ({ readonly kind: 'position-unknown' } & Retried)
  /** The partition is read again after one of the three above or `topic-recreated`. */
  | ({ readonly kind: 'recovered' } & TopicPartition)
  /** The hint in Kafka was not written. It is only a hint: nothing follows from it. */
  | ({ readonly kind: 'hint-not-written'; readonly reason: string } & TopicPartition)
  /** A broker that has just started, or begins with the group, is not ready: the consumer is built anew. */
  | { readonly kind: 'broker-not-ready'; readonly reason: string; readonly restartInMs: number }
  | { readonly kind: 'crash'; readonly reason: string; readonly restartInMs: number };

interface Retried extends TopicPartition {
  readonly reason: string;
  readonly attempt: number;
  readonly retryInMs: number;
}

/** Why a partition is not read for now: the kinds of report by which it is said. */
export type HeldKind = Extract<
  SourceReport['kind'],
  'position-unknown' | 'not-taken' | 'unreadable' | 'topic-recreated'
>;

export interface HeldPartition extends TopicPartition {
  readonly kind: HeldKind;
}

export interface SourceLogOptions extends KafkaConnection {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Upper bound of a partition's part of one fetch. Kafka exceeds it for a single larger record. Default 1 MiB. */
  readonly maxBytesPerPartition?: number;
  /** Upper bound of one fetch from one broker. Default 10 MiB. */
  readonly maxBytes?: number;
  /** How many partitions' batches may be in `take` at the same time. Default 16. */
  readonly partitionsAtOnce?: number;
  /** How many records may be in `take` at once, over all partitions; parts of a batch have at most a third. Default 6,000. */
  readonly recordsAtOnce?: number;
  /** How many bytes of keys and values may be in `take` at once, except for a single larger record. Default 16 MiB. */
  readonly bytesAtOnce?: number;
  /** Default 30 s. */
  readonly sessionTimeoutMs?: number;
  /** After how long new partitions are noticed. Default 30 s. */
  readonly metadataMaxAgeMs?: number;
  /** Pause before a failed read is tried again; it doubles each time. Default 200 ms. */
  readonly retryMs?: number;
  /** Bound of that pause. Default 10 s. */
  readonly retryMaxMs?: number;
  /** After how long without progress a partition that has records left is a problem. Default 60 s. */
  readonly standstillMs?: number;
  /** What to do when a topic was deleted and created again. Default `stop`: the partition waits for a person. */
  readonly onRecreated?: 'stop' | 'from-beginning';

  /** The next offset to read, as kept beside the events; null when nothing was kept. Asked at each assignment. */
  nextOffset(topic: string, partition: number): Promise<bigint | null>;
  /**
   * Whether the kept offsets of the topic are of the one with this id (32 hexadecimal digits); keeps the id where there is
   * none yet, and where no offset is kept any more. When they are not, the topic is held until they are set back. Left out,
   * or with brokers older than Kafka 2.8, a topic that was created again is known only by an end before the kept offset.
   */
  isKeptTopic?(topic: string, topicId: string): Promise<boolean>;
  /** Keeps a lower offset than before, because the topic was created again. Needed for `from-beginning`. */
  rewind?(topic: string, partition: number, nextOffset: bigint): Promise<void>;
  /**
   * Stores a batch durably, with `lastOffset + 1` as the next offset. What a broker answered with comes in parts. When it rejects, the kept offset is asked again
   * and reading goes on from there. Called for several partitions at once, never twice at once for one assignment.
   */
  take(batch: SourceBatch): Promise<void>;
  onReport(report: SourceReport): void;
}

export interface SourceLag extends TopicPartition {
  /** The kept offset; null when nothing was kept. */
  readonly stored: bigint | null;
  readonly end: bigint;
  /** How many offsets are still to read, not below 0. */
  readonly lag: bigint;
}

export interface SourceHealth {
  /** A member of the group, reading. */
  readonly running: boolean;
  /** Running, and nothing in `problems`. */
  readonly ready: boolean;
  /** One sentence each. */
  readonly problems: readonly string[];
  /** The partitions of this member that are not read for now; each has its sentence in `problems`. */
  readonly held: readonly HeldPartition[];
  /** Why the consumer is being built anew, while it is. */
  readonly crashed?: string;
  readonly assigned: readonly TopicPartition[];
  /** Milliseconds since 1970. */
  readonly lastBatchAt: number | null;
}

export interface SourceLog {
  /** Begins to read, and goes on trying when no broker or no topic is there. Returns at once. */
  start(): void;
  /** Ends reading; true when every running `take` had ended within the deadline. */
  stop(deadlineMs: number): Promise<boolean>;
  /** Of every partition, also those other members read. Rejects when the brokers do not answer. */
  lag(): Promise<SourceLag[]>;
  health(): SourceHealth;
}
