import { AppendConflict } from '@retention/event-store';
import type { EventStore } from '@retention/event-store';
import { createSourceLog, kafkaConnection } from '@retention/platform';
import type { KafkaConfig, KafkaConnection, SourceBatch, SourceLog, SourceReport } from '@retention/platform';
import type { Message, Outcome } from '../message.js';
import type { FactWriter } from '../writer/fact-writer.js';

export interface KafkaDoorOptions {
  readonly kafka: KafkaConfig;
  readonly store: EventStore;
  readonly writer: FactWriter;
  readonly log: NonNullable<KafkaConnection['log']>;
  readonly onReport: (report: SourceReport) => void;
  /** Told of what became of each batch, for metrics. */
  readonly onTaken: (outcomes: readonly Outcome[]) => void;
}

/**
 * Facts from Kafka. The next offset of each partition is kept beside the events and moves with them by
 * compare-and-set; what Kafka itself remembers is only a hint. A consumer that lost its partition without noticing
 * finds the offset moved and writes nothing.
 *
 * The id of each topic is kept as a position of its own. A store that has offsets and no id yet takes the one it finds.
 */
export function kafkaDoor(options: KafkaDoorOptions): SourceLog {
  const { kafka, store, writer } = options;
  const consumer = `kafka:${kafka.group}`;
  const sourceOf = (topic: string, partition: number): string => `${topic}/${partition}`;

  const ids = `kafka-ids:${kafka.group}`;

  /** Whether there is no offset to lose: nobody has read the topic, or a person has set it back. */
  async function isAtItsBeginning(topic: string): Promise<boolean> {
    const offsets = await store.offsets(consumer);
    return [...offsets].every(([source, next]) => !source.startsWith(`${topic}/`) || next === 0);
  }

  async function isKeptTopic(topic: string, topicId: string): Promise<boolean> {
    const next = startOf(topicId);
    const kept = (await store.offsets(ids)).get(topic) ?? null;
    if (kept === next) return true;
    if (kept !== null && !(await isAtItsBeginning(topic))) return false;
    try {
      await store.append({
        streams: [],
        advances: [{ consumer: ids, source: topic, expected: kept, next }],
        companions: [],
      });
      return true;
    } catch (error) {
      if (!(error instanceof AppendConflict)) throw error;
      return (await store.offsets(ids)).get(topic) === next;
    }
  }

  async function take(batch: SourceBatch): Promise<void> {
    const { topic, partition } = batch;
    const outcomes = await writer.submit({
      items: batch.records.map(({ value, headers, offset }): Message => {
        const origin = { door: 'kafka', topic, partition, offset: String(offset) } as const;
        return { kind: 'message', bytes: value, headers, origin };
      }),
      advances: [
        {
          consumer,
          source: sourceOf(topic, partition),
          expected: batch.keptOffset === null ? null : Number(batch.keptOffset),
          next: Number(batch.lastOffset) + 1,
        },
      ],
    });
    options.onTaken(outcomes);
  }

  return createSourceLog({
    ...kafkaConnection(kafka, options.log),
    groupId: kafka.group,
    sessionTimeoutMs: kafka.sessionTimeoutMs,
    topics: kafka.topics,
    async nextOffset(topic, partition) {
      const kept = (await store.offsets(consumer)).get(sourceOf(topic, partition));
      return kept === undefined ? null : BigInt(kept);
    },
    isKeptTopic,
    take,
    onReport: options.onReport,
  });
}

/** The first 48 bits of an id, for which a row of offsets has room. Kafka draws them at random. */
function startOf(topicId: string): number {
  return Number.parseInt(topicId.slice(0, 12), 16);
}
