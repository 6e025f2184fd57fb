import { Standstill } from '@retention/platform';
import type { HeldKind, Readings, SourceLag, SourceLog, SourceReport } from '@retention/platform';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

type ReportKind = SourceReport['kind'];

const REPORT_KINDS = Object.keys({
  assigned: true,
  revoked: true,
  'topics-missing': true,
  'partitions-added': true,
  gap: true,
  skipped: true,
  'topic-recreated': true,
  'not-taken': true,
  unreadable: true,
  'position-unknown': true,
  recovered: true,
  'hint-not-written': true,
  'broker-not-ready': true,
  crash: true,
} satisfies Record<ReportKind, true>);
const HELD_KINDS: readonly HeldKind[] = ['position-unknown', 'not-taken', 'unreadable', 'topic-recreated'];

interface PartitionFigures extends SourceLag {
  readonly stillSeconds: number;
}

/** What an operator watches of the reading from Kafka. */
export class KafkaVitals {
  private readonly reports: Counter<'kind'>;
  private readonly gapAt: Gauge;
  private readonly standstill = new Standstill();

  constructor(private readonly metrics: Registry) {
    this.reports = new Counter({
      name: 'retention_kafka_reports_total',
      help: 'What the reading from Kafka reported, by kind as in the log',
      labelNames: ['kind'],
      registers: [metrics],
    });
    for (const kind of REPORT_KINDS) this.reports.inc({ kind }, 0);
    this.gapAt = new Gauge({
      name: 'retention_kafka_gap_timestamp_seconds',
      help: 'When this process last found messages removed that it had not read, in seconds since 1970; absent where it never did',
      registers: [metrics],
    });
    // Without a figure: one without labels begins with 0.
    this.gapAt.remove();
  }

  reported({ kind }: SourceReport): void {
    this.reports.inc({ kind });
    if (kind === 'gap') this.gapAt.setToCurrentTime();
  }

  watch(source: SourceLog, readings: Readings): void {
    this.watchHealth(source);
    readings.add({
      name: 'kafka-lag',
      read: () => this.read(source),
      gauges: [
        {
          name: 'retention_kafka_lag_facts',
          help: 'Messages in Kafka not taken yet, measured against the offset kept beside the events',
          labels: ['topic', 'partition'],
          figures: (partitions) => partitions.map((one) => ({ labels: placeOf(one), value: Number(one.lag) })),
        },
        {
          name: 'retention_kafka_still_seconds',
          help: 'How long a partition has messages left to take without any progress',
          labels: ['topic', 'partition'],
          figures: (partitions) => partitions.map((one) => ({ labels: placeOf(one), value: one.stillSeconds })),
        },
      ],
    });
  }

  private watchHealth(source: SourceLog): void {
    const registers = [this.metrics];
    const running: Gauge = new Gauge({
      name: 'retention_kafka_consumer_up',
      help: '1 while the consumer is a member of its group and reads; 0 while it is being built anew or waits for a topic',
      registers,
      collect: () => running.set(source.health().running ? 1 : 0),
    });
    const assigned: Gauge = new Gauge({
      name: 'retention_kafka_assigned_partitions',
      help: 'Partitions this process reads',
      registers,
      collect: () => assigned.set(source.health().assigned.length),
    });
    const held: Gauge<'kind'> = new Gauge({
      name: 'retention_kafka_held_partitions',
      help: 'Partitions of this process that are not read for now, by kind of problem',
      labelNames: ['kind'],
      registers,
      collect: () => {
        const kinds = source.health().held.map(({ kind }) => kind);
        for (const kind of HELD_KINDS) held.set({ kind }, kinds.filter((one) => one === kind).length);
      },
    });
  }

  private async read(source: SourceLog): Promise<PartitionFigures[]> {
    const partitions = (await source.lag()).map((one) => ({ ...one, key: `${one.topic}/${one.partition}` }));
    const behind = partitions.filter(({ lag }) => lag > 0n);
    const still = this.standstill.look(behind.map(({ key, end, lag }) => ({ key, position: end - lag })));
    return partitions.map((one) => ({ ...one, stillSeconds: still.get(one.key) ?? 0 }));
  }
}

function placeOf({ topic, partition }: SourceLag): { topic: string; partition: number } {
  return { topic, partition };
}
