import { CompressionTypes, Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Admin, ITopicConfig, KafkaMessage, Message, Producer } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const MESSAGES_PER_REQUEST = 2_000;
const READ_TIMEOUT_MS = 30_000;

export interface ProduceOptions {
  /** All messages go to this partition; by their keys when left out. */
  readonly partition?: number;
  readonly compression?: CompressionTypes;
}

export interface CreateTopicOptions {
  /** Settings of the topic, as the broker names them: `{ 'compression.type': 'zstd' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface ReadMessage extends Pick<KafkaMessage, 'key' | 'value' | 'offset'> {
  readonly partition: number;
  readonly headers: NonNullable<KafkaMessage['headers']>;
}

/** What a spec does to a broker from outside. Its own connections; `close` ends them. */
export interface KafkaTools {
  createTopic(topic: string, partitions: number, options?: CreateTopicOptions): Promise<void>;
  /** Resolves when the topic is gone, so that the same name can be created again. */
  deleteTopic(topic: string): Promise<void>;
  addPartitions(topic: string, total: number): Promise<void>;
  /** Removes the records below the offset, as retention does. */
  deleteBefore(topic: string, partition: number, offset: bigint): Promise<void>;
  produce(topic: string, messages: readonly Message[], options?: ProduceOptions): Promise<void>;
  /** Everything that is in the topic now, in the order of each partition. */
  readAll(topic: string): Promise<ReadMessage[]>;
  /** The offset a group has committed in Kafka, by partition; -1 where it has none. */
  committed(groupId: string, topic: string): Promise<Map<number, bigint>>;
  close(): Promise<void>;
}

/** Opens the tools on these brokers. */
export async function openKafkaTools(brokers: string[]): Promise<KafkaTools> {
  const kafka = new Kafka({ clientId: 'spec-tools', brokers, logLevel: logLevel.NOTHING, retry: { retries: 20 } });
  const admin = kafka.admin();
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await admin.connect();
  await producer.connect();
  return {
    createTopic: (topic, partitions, options) => createTopic(admin, topic, partitions, options),
    deleteTopic: (topic) => deleteTopic(admin, topic),
    addPartitions: async (topic, total) => {
      await admin.createPartitions({ topicPartitions: [{ topic, count: total }] });
    },
    deleteBefore: async (topic, partition, offset) => {
      // The admin client finds the leader of a topic only after it has asked about it.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    },
    produce: (topic, messages, options) => produce(producer, topic, messages, options),
    readAll: (topic) => readAll(kafka, admin, topic),
    committed: async (groupId, topic) => {
      const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return new Map(offsets?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    },
    close: async () => {
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}

async function createTopic(admin: Admin, topic: string, partitions: number, options: CreateTopicOptions = {}) {
  const config: ITopicConfig = {
    topic,
    numPartitions: partitions,
    replicationFactor: 1,
    configEntries: Object.entries(options.config ?? {}).map(([name, value]) => ({ name, value })),
  };
  // kafkajs' own wait gives up at the first answer of a broker that has not heard of the topic yet.
  await admin.createTopics({ topics: [config], waitForLeaders: false });
  const deadline = Date.now() + CREATED_WITHIN_MS;
  while (!(await isLed(admin, topic, partitions))) {
    if (Date.now() > deadline) throw new Error(`${topic} had no leaders within ${CREATED_WITHIN_MS} ms`);
    await delay(20);
  }
}

const CREATED_WITHIN_MS = 30_000;

async function isLed(admin: Admin, topic: string, partitions: number): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const led = topics[0]?.partitions.filter(({ leader, isr }) => leader >= 0 && isr.length > 0) ?? [];
    if (led.length !== partitions) return false;
    // Metadata can name a leader that does not know it yet; one that answers for its offsets does.
    await admin.fetchTopicOffsets(topic);
    return true;
  } catch {
    return false;
  }
}

async function deleteTopic(admin: Admin, topic: string) {
  await admin.deleteTopics({ topics: [topic] });
  while ((await admin.listTopics()).includes(topic));
}

async function produce(
  producer: Producer,
  topic: string,
  messages: readonly Message[],
  { partition, compression = CompressionTypes.None }: ProduceOptions = {},
) {
  for (let from = 0; from < messages.length; from += MESSAGES_PER_REQUEST) {
    const part = messages.slice(from, from + MESSAGES_PER_REQUEST);
    await producer.send({
      topic,
      acks: -1,
      compression,
      messages: partition === undefined ? part : part.map((message) => ({ ...message, partition })),
    });
  }
}

async function readAll(kafka: Kafka, admin: Admin, topic: string): Promise<ReadMessage[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  const missing = new Map(offsets.filter(({ low, high }) => low !== high).map((o) => [o.partition, BigInt(o.high)]));
  const read: ReadMessage[] = [];
  if (missing.size === 0) return read;
  const consumer = kafka.consumer({ groupId: `spec-tools-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${topic} was not read within ${READ_TIMEOUT_MS} ms`)),
        READ_TIMEOUT_MS,
      );
      const eachBatch: Parameters<typeof consumer.run>[0] = {
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          const end = missing.get(batch.partition);
          for (const { key, value, headers, offset, timestamp } of batch.messages) {
            // What has no time stands for records that compaction has removed, once the product has taught kafkajs so.
            if (timestamp !== '-1')
              read.push({ partition: batch.partition, key, value, headers: headers ?? {}, offset });
          }
          if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) missing.delete(batch.partition);
          if (missing.size === 0) resolve();
        },
      };
      consumer.run(eachBatch).catch(reject);
    });
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
  return read;
}
