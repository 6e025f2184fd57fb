import type { Admin, Kafka } from 'kafkajs';

export interface Bounds {
  /** The oldest offset in the log. */
  readonly low: bigint;
  /** One more than the newest. */
  readonly high: bigint;
}

/**
 * Asks the brokers about topics. A connection for each question: an admin client of kafkajs that stays open never
 * learns of new partitions. Callers with the same question at the same time share the answer.
 */
export class TopicBounds {
  private readonly asked = new Map<string, Promise<Map<number, Bounds>>>();

  constructor(private readonly kafka: Kafka) {}

  /** The first and last offsets of each partition. */
  of(topic: string): Promise<Map<number, Bounds>> {
    const running = this.asked.get(topic);
    if (running !== undefined) return running;
    const answer = this.ask(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]));
    }).finally(() => this.asked.delete(topic));
    this.asked.set(topic, answer);
    return answer;
  }

  /** Those of the topics that do not exist. */
  async missing(topics: readonly string[]): Promise<string[]> {
    const existing = new Set(await this.ask((admin) => admin.listTopics()));
    return topics.filter((topic) => !existing.has(topic));
  }

  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    try {
      await admin.connect();
      return await question(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}
