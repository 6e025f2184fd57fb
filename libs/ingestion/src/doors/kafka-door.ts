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
 */
export function kafkaDoor(options: KafkaDoorOptions): SourceLog {
  const { kafka, store, writer } = options;
  const consumer = `kafka:${kafka.group}`;
  const sourceOf = (topic: string, partition: number): string => `${topic}/${partition}`;

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
    take,
    onReport: options.onReport,
  });
}
