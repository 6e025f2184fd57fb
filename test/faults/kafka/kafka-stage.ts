import type { SourceLog, SourceLogOptions, SourceReport } from '@retention/platform';
import type { KafkaForSpec } from '@retention/testing';
import type { Kafka, Producer } from 'kafkajs';
import type * as Kafkajs from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Follower } from './source-log-in-world.js';
import { MemoryStore, numbered, SourceLogWorld } from './source-log-in-world.js';
import type { StandIn } from './source-log-in-world.js';

export type How = 'commit' | 'abort';

/** One Kafka, simulated or real, with what a spec does to it and the product's source log reading from it. */
export interface KafkaStage {
  readonly store: MemoryStore;
  readonly kafkajs: Kafka;
  newTopic(partitions: number): Promise<string>;
  produce(topic: string, from: number, to: number, partition?: number): Promise<void>;
  /** Sends in a transaction, and leaves it open until what it gives is called. */
  begin(topic: string, from: number, to: number): Promise<(how: How) => Promise<void>>;
  deleteBefore(topic: string, offset: bigint): Promise<void>;
  addPartitions(topic: string, total: number): Promise<void>;
  recreate(topic: string): Promise<void>;
  /** The next offset the group has committed; −1 when none. */
  committed(topic: string): Promise<bigint>;
  follow(topic: string, more?: Partial<SourceLogOptions>): Pick<Follower, 'log' | 'reports' | 'of'>;
  lag(log: SourceLog): ReturnType<SourceLog['lag']>;
  stop(log: SourceLog): Promise<boolean>;
  /** Runs clients of kafkajs itself, as a process of their own. */
  run<T>(action: () => Promise<T>): Promise<T>;
  until(what: string, isSo: () => boolean): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Milliseconds of the time in which the timers run. */
  now(): number;
  end(): Promise<void>;
}

type CreateSourceLog = (options: SourceLogOptions) => SourceLog;

export const groupOf = (topic: string) => `group-of-${topic}`;

export function simulatedStage(createSourceLog: CreateSourceLog, standIn: StandIn & typeof Kafkajs): KafkaStage {
  const there = new SourceLogWorld(createSourceLog, standIn);
  const { kafka, store, world } = there;
  const { topics } = kafka;
  const followers: Follower[] = [];
  const processOf = (log: SourceLog) => followers.find((follower) => follower.log === log) as Follower;
  let count = 0;
  return {
    store,
    kafkajs: new standIn.Kafka({ brokers: ['sim:1'], logLevel: standIn.logLevel.NOTHING }),
    newTopic: (partitions) => {
      count += 1;
      topics.create(`facts-${count}`, partitions);
      return Promise.resolve(`facts-${count}`);
    },
    produce: async (topic, from, to, partition = 0) => void topics.append(topic, partition, numbered(from, to)),
    begin: (topic, from, to) => {
      const end = topics.begin(topic, 0, numbered(from, to));
      return Promise.resolve((how) => settled(() => end(how)));
    },
    deleteBefore: (topic, offset) => settled(() => topics.advanceLow(topic, 0, Number(offset))),
    addPartitions: (topic, total) => settled(() => topics.addPartitions(topic, total)),
    recreate: (topic) => settled(() => kafka.recreateTopic(topic)),
    committed: (topic) => Promise.resolve(BigInt(kafka.committed(groupOf(topic), topic, 0))),
    follow: (topic, more) => {
      const follower = there.follow(topic, { groupId: groupOf(topic), ...more });
      followers.push(follower);
      return follower;
    },
    lag: (log) => there.lag(processOf(log)),
    stop: (log) => there.stop(processOf(log)),
    run: (action) => there.ask(world.start('other'), action),
    until: (what, isSo) => there.until(what, isSo),
    pass: (ms) => there.pass(ms),
    now: () => world.now,
    end: () => settled(() => there.end()),
  };
}

function settled(action: () => void): Promise<void> {
  action();
  return Promise.resolve();
}

const WAIT_MS = 60_000;

export function realStage(
  { broker, tools }: KafkaForSpec,
  createSourceLog: CreateSourceLog,
  { Kafka, Partitioners, logLevel }: typeof Kafkajs,
): KafkaStage {
  const store = new MemoryStore();
  const logs: SourceLog[] = [];
  const producers: Producer[] = [];
  const kafkajs = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  return {
    store,
    kafkajs,
    newTopic: async (partitions) => {
      const topic = `facts-${randomUUID()}`;
      await tools.createTopic(topic, partitions);
      return topic;
    },
    produce: (topic, from, to, partition = 0) => tools.produce(topic, numbered(from, to), { partition }),
    begin: async (topic, from, to) => {
      const producer = kafkajs.producer({
        transactionalId: `transaction-${randomUUID()}`,
        maxInFlightRequests: 1,
        idempotent: true,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      producers.push(producer);
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: numbered(from, to).map((record) => ({ ...record, partition: 0 })) });
      return (how) => transaction[how]();
    },
    deleteBefore: (topic, offset) => tools.deleteBefore(topic, 0, offset),
    addPartitions: (topic, total) => tools.addPartitions(topic, total),
    recreate: async (topic) => {
      await tools.deleteTopic(topic);
      await tools.createTopic(topic, 1);
    },
    committed: async (topic) => (await tools.committed(groupOf(topic), topic)).get(0) ?? -1n,
    follow: (topic, more) => {
      const reports: SourceReport[] = [];
      const log = createSourceLog({
        brokers: broker.brokers,
        clientId: 'ingest',
        groupId: groupOf(topic),
        topics: [topic],
        sessionTimeoutMs: 6_000,
        metadataMaxAgeMs: 1_000,
        retryMs: 50,
        retryMaxMs: 400,
        nextOffset: (...place) => store.nextOffset(...place),
        take: (batch) => store.take(batch),
        onReport: (report) => reports.push(report),
        ...more,
      });
      log.start();
      logs.push(log);
      const of: Follower['of'] = (kind) =>
        reports.filter((report): report is Extract<SourceReport, { kind: typeof kind }> => report.kind === kind);
      return { log, reports, of };
    },
    lag: (log) => log.lag(),
    stop: (log) => log.stop(10_000),
    run: (action) => action(),
    until: async (what, isSo) => {
      const deadline = Date.now() + WAIT_MS;
      while (!isSo()) {
        if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
        await pause(10);
      }
    },
    pass: (ms) => pause(ms),
    now: () => Date.now(),
    end: async () => {
      await Promise.all(logs.map((log) => log.stop(10_000)));
      await Promise.all(producers.map((producer) => producer.disconnect()));
    },
  };
}
