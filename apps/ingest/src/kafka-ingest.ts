import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { kafkaDoor, publishDeadLetters } from '@retention/ingestion';
import { createRecordProducer, HealthRegistry, kafkaConnection, Readings } from '@retention/platform';
import type { KafkaConfig, KafkaLogLevel, RecordProducer, SourceLog, SourceReport } from '@retention/platform';
import { FactOutcomes, KafkaVitals, RUNTIME, StartRefused, watchUnsentLetters } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { Registry } from 'prom-client';
import { setTimeout as delay } from 'node:timers/promises';

/** Below the ten seconds a container usually gets to stop. */
const STOP_WITHIN_MS = 8000;
const PUBLISH_EVERY_MS = 1000;
const PUBLISH_RETRY_MS = 10_000;

const LOUD: readonly SourceReport['kind'][] = ['gap', 'topic-recreated', 'unreadable', 'crash', 'not-taken'];

/** Consumes Kafka while the process runs, and sends what was refused to the dead-letter topic. */
@Injectable()
export class KafkaIngest implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('KafkaIngest');
  private readonly source: SourceLog;
  private readonly producer: RecordProducer;
  private readonly kafka: KafkaConfig;
  private readonly stopping = new AbortController();
  private publishing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthRegistry) health: HealthRegistry,
    @Inject(Registry) metrics: Registry,
    @Inject(Readings) readings: Readings,
    taken: FactOutcomes,
  ) {
    const { kafka } = runtime.config;
    if (kafka === null) throw new StartRefused('KAFKA_BROKERS is not set: there is no Kafka to ingest from.');
    this.kafka = kafka;
    taken.open('kafka');
    const log = (level: KafkaLogLevel, message: string, context: Readonly<Record<string, unknown>>): void => {
      if (level === 'error') this.logger.error({ ...context, msg: message });
      else if (level === 'warn') this.logger.warn({ ...context, msg: message });
    };
    const vitals = new KafkaVitals(metrics);
    this.source = kafkaDoor({
      kafka,
      store: runtime.store,
      writer: runtime.writer,
      log,
      onReport: (report) => {
        vitals.reported(report);
        this.report(report);
      },
      onTaken: (outcomes) => {
        taken.count('kafka', outcomes);
      },
    });
    this.producer = createRecordProducer(kafkaConnection(kafka, log));
    health.addReadiness('kafka', () => {
      const { ready, problems, assigned, lastBatchAt } = this.source.health();
      return { up: ready, details: { problems, partitions: assigned.length, lastBatchAt } };
    });
    vitals.watch(this.source, readings);
    watchUnsentLetters(runtime, readings);
  }

  onApplicationBootstrap(): void {
    this.source.start();
    this.publishing = this.publish();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    const isDone = await this.source.stop(STOP_WITHIN_MS);
    if (!isDone) this.logger.warn('a batch was still being taken when the time to stop had run out');
    await this.publishing;
    await this.producer.disconnect();
  }

  private report(report: SourceReport): void {
    const entry = JSON.parse(JSON.stringify(report, (_key, value: unknown) => asText(value))) as object;
    if (LOUD.includes(report.kind)) this.logger.error({ ...entry, msg: `kafka: ${report.kind}` });
    else this.logger.log({ ...entry, msg: `kafka: ${report.kind}` });
  }

  private async publish(): Promise<void> {
    const { signal } = this.stopping;
    let isFailing = false;
    while (!signal.aborted) {
      let sent = 0;
      try {
        sent = await publishDeadLetters(this.runtime.database, this.producer, this.kafka.deadLetterTopic);
        isFailing = false;
      } catch (error) {
        // Said once: they are kept in the database meanwhile, and sent when the topic is there.
        if (!isFailing) this.logger.error({ err: error, msg: `dead letters wait for ${this.kafka.deadLetterTopic}` });
        isFailing = true;
      }
      if (sent > 0) continue;
      await delay(isFailing ? PUBLISH_RETRY_MS : PUBLISH_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function asText(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
