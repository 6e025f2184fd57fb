import type { Consumer, ConsumerGroupJoinEvent } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { Assignment } from './assignment.js';
import { kindOfEnd } from './broker-starts.js';
import { createKafkaClient, KAFKA_RETRY } from './kafka-client.js';
import { reasonOf } from './reason-of.js';
import type {
  SourceHealth,
  SourceLag,
  SourceLog,
  SourceLogOptions,
  SourceReport,
  TopicPartition,
} from './source-types.js';
import { StillPartitions } from './still-partitions.js';
import { TopicBounds } from './topic-bounds.js';
import { TopicIdentity } from './topic-identity.js';

const SESSION_TIMEOUT_MS = 30_000;
const MAX_BYTES_PER_PARTITION = 1024 * 1024;
const MAX_BYTES = 10 * 1024 * 1024;
const PARTITIONS_AT_ONCE = 16;
const METADATA_MAX_AGE_MS = 30_000;
/** How long a broker may keep a fetch open that finds nothing. Also how long a held partition waits to be fetched. */
const MAX_WAIT_MS = 250;
const LEAVE_WITHIN_MS = 2_000;
const STANDSTILL_MS = 60_000;
const RESTART_MS = 500;
const RESTART_MAX_MS = 15_000;

/**
 * Reads topics as a member of a consumer group, batch by batch, from positions that the caller keeps beside what it
 * stores. Kafka's own committed offsets are written after each stored batch, as a hint for lag monitors only.
 *
 * Throws when `onRecreated` is `from-beginning` and there is no `rewind`, or there is `isKeptTopic`.
 */
export function createSourceLog(options: SourceLogOptions): SourceLog {
  if (options.onRecreated === 'from-beginning' && options.rewind === undefined) {
    throw new Error('onRecreated "from-beginning" needs rewind: a store refuses an offset lower than the kept one');
  }
  if (options.onRecreated === 'from-beginning' && options.isKeptTopic !== undefined) {
    throw new Error('onRecreated "from-beginning" goes by offsets alone: a topic known by its id waits for a person');
  }
  return new KafkaSourceLog(options);
}

class KafkaSourceLog implements SourceLog {
  private readonly bounds: TopicBounds;
  private readonly identity: TopicIdentity;
  private readonly still: StillPartitions;
  private readonly stopping = new AbortController();
  private readonly partitionCounts = new Map<string, number>();
  private readonly heartbeatMs: number;
  private supervision: Promise<void> = Promise.resolve();
  private consumer: Consumer | null = null;
  private assignment: Assignment | null = null;
  private crashed: string | null = null;
  private missing: readonly string[] = [];
  private restarts = 0;
  private lastBatchAt: number | null = null;
  /** By a clock nobody sets. */
  private lastHeartbeatAt = 0;
  private silentLooks = 0;

  constructor(private readonly options: SourceLogOptions) {
    const kafka = createKafkaClient(options);
    this.bounds = new TopicBounds(kafka);
    this.identity = new TopicIdentity(kafka, options);
    this.heartbeatMs = Math.floor(this.sessionTimeoutMs / 10);
    this.still = new StillPartitions(
      options.standstillMs ?? STANDSTILL_MS,
      () => this.lag(),
      (topic, partition) => this.assignment?.waits(topic, partition) ?? false,
    );
  }

  start(): void {
    this.supervision = this.supervise();
  }

  async stop(deadlineMs: number): Promise<boolean> {
    this.stopping.abort();
    const isStored = await endsWithin(this.assignment?.settled() ?? Promise.resolve(), deadlineMs);
    // The sooner the group knows that this member is gone, the sooner others read on; but a broker need not answer.
    if (isStored) await endsWithin(this.supervision, LEAVE_WITHIN_MS);
    this.leave();
    return isStored;
  }

  async lag(): Promise<SourceLag[]> {
    const topics = this.options.topics.map(async (topic) => {
      const otherId = await this.identity.otherId(topic);
      const bounds = [...(await this.bounds.of(topic))].sort(([a], [b]) => a - b);
      return Promise.all(
        bounds.map(async ([partition, { low, high }]): Promise<SourceLag> => {
          const stored = await this.options.nextOffset(topic, partition);
          if (otherId !== null || (stored !== null && stored > high)) this.assignment?.recheck(topic, partition);
          const next = this.assignment?.readUpTo(topic, partition, stored) ?? stored ?? low;
          return { topic, partition, stored, end: high, lag: next < high ? high - next : 0n };
        }),
      );
    });
    return (await Promise.all(topics)).flat();
  }

  health(): SourceHealth {
    const problems = [...(this.assignment?.problems() ?? []), ...this.still.problems()];
    if (this.missing.length > 0) problems.push(`These topics do not exist: ${this.missing.join(', ')}`);
    if (this.crashed !== null) problems.push(`The consumer is being built anew: ${this.crashed}`);
    const silentMs = performance.now() - this.lastHeartbeatAt;
    const running = this.assignment !== null;
    if (running && silentMs > this.sessionTimeoutMs) {
      problems.push(`The group has not answered for ${Math.round(silentMs / 1_000)} s`);
    }
    return {
      running,
      ready: running && problems.length === 0,
      problems,
      held: this.assignment?.held() ?? [],
      ...(this.crashed === null ? {} : { crashed: this.crashed }),
      assigned: this.assignment?.partitions ?? [],
      lastBatchAt: this.lastBatchAt,
    };
  }

  private get sessionTimeoutMs(): number {
    return this.options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
  }

  /** Builds a consumer, and another one each time it crashed: kafkajs itself gives up for good on many errors. */
  private async supervise(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let retryInMs = RESTART_MS;
      try {
        this.missing = await this.bounds.missing(this.options.topics);
        if (this.missing.length > 0) {
          this.report({ kind: 'topics-missing', topics: this.missing, retryInMs });
        } else {
          await this.consume();
        }
        this.crashed = null;
      } catch (error) {
        this.crashed = reasonOf(error);
        retryInMs = Math.min(RESTART_MS * 2 ** this.restarts++, RESTART_MAX_MS);
        const kind = kindOfEnd(this.crashed, this.restarts);
        this.report({ kind, reason: this.crashed, restartInMs: retryInMs });
      }
      await pause(retryInMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves when the log is stopped, rejects when the consumer crashed. */
  private async consume(): Promise<void> {
    const consumer = this.createConsumer();
    this.consumer = consumer;
    const crash = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    });
    const stop = new Promise<void>((resolve) => {
      this.stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const joined = this.join(consumer);
    const disconnect = () => consumer.disconnect().catch(() => undefined);
    const silence = this.untilSilent();
    try {
      await Promise.race([joined.then(() => stop), crash, stop, silence.found]);
    } finally {
      silence.end();
      // Waits for the handlers that still run. After a crash kafkajs has disconnected already.
      await disconnect();
      this.leave();
      // A consumer that was still joining connects again to finish that, and would stay a member.
      void joined.then(disconnect, disconnect);
    }
  }

  private createConsumer(): Consumer {
    const { options } = this;
    return createKafkaClient(options).consumer({
      groupId: options.groupId,
      sessionTimeout: this.sessionTimeoutMs,
      heartbeatInterval: this.heartbeatMs,
      metadataMaxAge: options.metadataMaxAgeMs ?? METADATA_MAX_AGE_MS,
      maxBytesPerPartition: options.maxBytesPerPartition ?? MAX_BYTES_PER_PARTITION,
      maxBytes: options.maxBytes ?? MAX_BYTES,
      maxWaitTimeInMs: MAX_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: { ...KAFKA_RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /**
   * Rejects when the group has been silent for two sessions. kafkajs sends its heartbeats by the clock of the machine: one
   * that is set back by a day sends none for a day, while other members' partitions wait for this one to join anew. Looks
   * are counted and not time, so a process that was frozen is not taken for one.
   */
  private untilSilent(): { readonly found: Promise<never>; end(): void } {
    let timer: NodeJS.Timeout | undefined;
    const found = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        if (this.assignment === null) return;
        this.silentLooks += 1;
        if (this.silentLooks * this.heartbeatMs <= 2 * this.sessionTimeoutMs) return;
        reject(new Error('The group has not answered for two sessions'));
      }, this.heartbeatMs);
    });
    found.catch(() => undefined);
    return { found, end: () => clearInterval(timer) };
  }

  private async join(consumer: Consumer): Promise<void> {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.assigned(consumer, payload));
    consumer.on(consumer.events.HEARTBEAT, () => {
      this.lastHeartbeatAt = performance.now();
      this.silentLooks = 0;
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      const { topic, partition, batchSize, lastOffset } = payload;
      if (batchSize === 0) this.assignment?.passedOver(topic, partition, BigInt(lastOffset));
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.partitionsAtOnce ?? PARTITIONS_AT_ONCE,
      eachBatch: async (payload) => {
        await this.assignment?.handle(payload);
      },
    });
  }

  private assigned(consumer: Consumer, { memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    if (this.consumer !== consumer) return;
    const previous = this.assignment;
    const before = previous?.partitions ?? [];
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition): TopicPartition => ({ topic, partition })),
    );
    previous?.end();
    this.crashed = null;
    this.lastHeartbeatAt = performance.now();
    this.silentLooks = 0;
    this.assignment = new Assignment(
      {
        consumer,
        options: this.options,
        bounds: this.bounds,
        identity: this.identity,
        heartbeatMs: this.heartbeatMs,
        report: (report) => this.report(report),
        taken: () => {
          this.lastBatchAt = Date.now();
          this.restarts = 0;
        },
        isStopping: () => this.stopping.signal.aborted,
      },
      partitions,
      previous,
    );
    this.still.watch();
    this.reportNew('revoked', before, partitions);
    this.reportNew('assigned', partitions, before);
    void this.countPartitions();
  }

  private leave(): void {
    this.consumer = null;
    this.still.end();
    if (this.assignment === null) return;
    const { partitions } = this.assignment;
    this.assignment.end();
    this.assignment = null;
    this.reportNew('revoked', partitions, []);
  }

  /** Reports what is in `some` and not in `others`. */
  private reportNew(
    kind: 'assigned' | 'revoked',
    some: readonly TopicPartition[],
    others: readonly TopicPartition[],
  ): void {
    const partitions = some.filter(
      ({ topic, partition }) => !others.some((other) => other.topic === topic && other.partition === partition),
    );
    if (partitions.length > 0) this.report({ kind, partitions });
  }

  private async countPartitions(): Promise<void> {
    for (const topic of this.options.topics) {
      const to = await this.bounds.of(topic).then(
        ({ size }) => size,
        () => null,
      );
      const from = this.partitionCounts.get(topic);
      if (to === null) continue;
      if (from !== undefined && to > from) this.report({ kind: 'partitions-added', topic, from, to });
      this.partitionCounts.set(topic, to);
    }
  }

  private report(report: SourceReport): void {
    try {
      this.options.onReport(report);
    } catch (error) {
      this.options.log?.('error', 'A report of the source log was not taken', { reason: reasonOf(error) });
    }
  }
}

async function endsWithin(work: Promise<void>, deadlineMs: number): Promise<boolean> {
  const timer = new AbortController();
  const deadline = pause(deadlineMs, false, { signal: timer.signal }).catch(() => false);
  const ended = await Promise.race([work.then(() => true), deadline]);
  timer.abort();
  return ended;
}
