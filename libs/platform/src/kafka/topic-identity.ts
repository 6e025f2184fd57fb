import type { Kafka } from 'kafkajs';
import type { SourceLogOptions } from './source-types.js';
import { topicIdOf } from './topic-id.js';

/**
 * Whether topics are still the ones whose offsets are kept: a kept offset lies within a topic that was created again, once
 * that is filled so far, and only the id tells. Callers with the same question at the same time share the answer.
 */
export class TopicIdentity {
  private readonly asked = new Map<string, Promise<string | null>>();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: Pick<SourceLogOptions, 'isKeptTopic'>,
  ) {}

  /** The id of the topic when the kept offsets are of another one; null when they are not, or nothing can tell. */
  async otherId(topic: string): Promise<string | null> {
    if (this.options.isKeptTopic === undefined) return null;
    const id = await this.idOf(topic);
    return id === null || (await this.options.isKeptTopic(topic, id)) ? null : id;
  }

  private idOf(topic: string): Promise<string | null> {
    const running = this.asked.get(topic);
    if (running !== undefined) return running;
    const answer = topicIdOf(this.kafka, topic).finally(() => this.asked.delete(topic));
    this.asked.set(topic, answer);
    return answer;
  }
}
