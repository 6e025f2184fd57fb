import { afterEach, expect, it } from '@jest/globals';
import { createSourceLog, kafkaConnection, loadConfig } from '@retention/platform';
import type { SourceLog, SourceLogOptions, SourceReport } from '@retention/platform';
import { openKafkaTools } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { describeWithConfiguredBroker } from './configured-broker.js';
import { until } from './until.js';

const TOPIC = 'lending.facts.v1';
/** A log that is cleaned as soon as there is something to clean. */
const COMPACTED = {
  'cleanup.policy': 'compact',
  'segment.ms': '50',
  'min.cleanable.dirty.ratio': '0.001',
  'delete.retention.ms': '0',
};
const PASSWORDS = ['first-secret', 'second-secret'] as const;

/** A reader as the configuration makes it, over positions in memory. */
class Reader {
  readonly values: string[] = [];
  readonly reports: SourceReport[] = [];
  readonly said: string[] = [];
  readonly log: SourceLog;

  constructor(
    topic: string,
    variables: Readonly<Record<string, string>>,
    readonly next = new Map<number, bigint>(),
    more: Partial<SourceLogOptions> = {},
  ) {
    const { kafka } = loadConfig({ KAFKA_TOPICS: topic, KAFKA_GROUP: `group-of-${topic}`, ...variables });
    if (kafka === null) throw new Error('no brokers');
    const say = (_level: string, message: string, context: unknown): void => {
      this.said.push(`${message} ${JSON.stringify(context)}`);
    };
    this.log = createSourceLog({
      ...kafkaConnection(kafka, say),
      groupId: kafka.group,
      topics: kafka.topics,
      sessionTimeoutMs: 1_500,
      nextOffset: (_topic, partition) => Promise.resolve(this.next.get(partition) ?? null),
      take: async ({ partition, records, lastOffset }) => {
        this.values.push(...records.map(({ value }) => String(value)));
        this.next.set(partition, lastOffset + 1n);
      },
      onReport: (report) => this.reports.push(report),
      ...more,
    });
    this.log.start();
  }
}

describeWithConfiguredBroker('a broker with settings of its own', PASSWORDS[0], (kafka) => {
  const readers: Reader[] = [];
  afterEach(async () => {
    for (const { log } of readers.splice(0)) await log.stop(5_000);
  });

  function read(...how: ConstructorParameters<typeof Reader>): Reader {
    const reader = new Reader(...how);
    readers.push(reader);
    return reader;
  }

  const withPassword = (password: string): Record<string, string> => ({
    KAFKA_BROKERS: kafka.configured.guardedAddress,
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'retention',
    KAFKA_SASL_PASSWORD: password,
  });

  it('logs in again whenever a login runs out, and reads on over it', async () => {
    const topic = `${TOPIC}.logins`;
    await kafka.tools.createTopic(topic, 1);
    const reader = read(topic, withPassword(PASSWORDS[0]));
    await until('it is ready', () => reader.log.health().ready);
    // The broker lets a login hold for two seconds.
    for (let at = 0; at < 10; at += 1) {
      await kafka.tools.produce(topic, [{ value: `fact ${at}` }]);
      await delay(500);
    }
    await until('all are taken', () => reader.values.length === 10);
    expect(reader.reports.map(({ kind }) => kind)).toEqual(['assigned']);
    expect(reader.log.health()).toMatchObject({ ready: true, problems: [] });
  });

  it('lets a consumer whose password no longer holds fall out of readiness; one with the new password reads on', async () => {
    await kafka.tools.createTopic(TOPIC, 1);
    await kafka.tools.produce(TOPIC, [{ value: 'before' }]);
    const former = read(TOPIC, withPassword(PASSWORDS[0]));
    await until('the first is taken', () => former.values.length === 1);
    const next = read(TOPIC, withPassword(PASSWORDS[1]), former.next);
    await until('the new password is refused', () => next.reports.some(isLoginFault));
    expect(former.log.health().ready).toBe(true);
    expect(next.log.health().problems.join()).toMatch(/authentication failed/i);

    await kafka.configured.changePassword(PASSWORDS[1]);
    await kafka.tools.produce(TOPIC, [{ value: 'after' }]);
    await until('the old password is refused', () => former.reports.some(isLoginFault));
    expect(former.log.health()).toMatchObject({ running: false, ready: false });
    await until('the next is taken', () => next.values.length === 1);
    expect([former.values, next.values]).toEqual([['before'], ['after']]);
    expect(next.log.health()).toMatchObject({ running: true, ready: true });

    const everything = JSON.stringify(
      [former, next].map(({ said, reports }) => [said, reports]),
      asText,
    );
    for (const password of PASSWORDS) expect(everything).not.toContain(password);
  });

  it('passes over what compaction removed, calls it a gap and loses nothing that is left', async () => {
    const topic = `${TOPIC}.compacted`;
    await kafka.tools.createTopic(topic, 1, { config: COMPACTED });
    const say = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({ key: `K${(from + i) % 3}`, value: `fact ${from + i}` }));
    await kafka.tools.produce(topic, say(0, 10));
    const plain = { KAFKA_BROKERS: kafka.configured.broker.brokers.join() };
    const stopped = read(topic, plain);
    await until('the first are taken', () => stopped.values.length === 10);
    await stopped.log.stop(5_000);
    await kafka.tools.produce(topic, say(10, 40));
    // A segment is rolled, and then cleaned, by what is written after it.
    await until('the broker has cleaned', async () => {
      await delay(60);
      await kafka.tools.produce(topic, [{ key: 'another', value: 'fresh' }]);
      return (await kafka.tools.readAll(topic)).filter(({ value }) => String(value) !== 'fresh').length === 3;
    });

    const reader = read(topic, plain, stopped.next);
    await until('all is behind', async () => (await reader.log.lag())[0]?.lag === 0n);
    expect(reader.values.filter((value) => value !== 'fresh')).toEqual(['fact 37', 'fact 38', 'fact 39']);
    const gaps = reader.reports.filter((report) => report.kind === 'gap');
    expect(gaps[0]).toEqual({ kind: 'gap', topic, partition: 0, expected: 10n, found: 37n, cause: 'sparse' });
    expect(reader.log.health().ready).toBe(true);
    expect(reader.reports.filter(({ kind }) => kind === 'crash')).toEqual([]);
  });

  it('reads on behind batches that compaction has left empty', async () => {
    const topic = `${TOPIC}.emptied`;
    const { brokers } = kafka.configured.broker;
    await kafka.tools.createTopic(topic, 1, { config: COMPACTED });
    const keys = ['K0', 'K1', 'K2'];
    // Of each producer Kafka keeps the last batch, if not what was in it: its numbers are continued there.
    for (let producer = 0; producer < 3; producer += 1) {
      const tools = await openKafkaTools(brokers);
      await tools.produce(
        topic,
        keys.map((key) => ({ key, value: `of producer ${producer}` })),
      );
      await tools.close();
    }
    await kafka.tools.produce(
      topic,
      keys.map((key) => ({ key, value: 'last' })),
    );
    await until('the broker has cleaned', async () => {
      await delay(60);
      await kafka.tools.produce(topic, [{ key: 'another', value: 'fresh' }]);
      return !(await kafka.tools.readAll(topic)).some(({ value }) => String(value).startsWith('of producer'));
    });

    // So few bytes are one batch, as a megabyte of them are the seventeen thousand that are left by as many producers.
    const reader = read(topic, { KAFKA_BROKERS: brokers.join() }, undefined, { maxBytesPerPartition: 100 });
    await until('all is behind', async () => (await reader.log.lag())[0]?.lag === 0n);
    expect(reader.values.filter((value) => value !== 'fresh')).toEqual(['last', 'last', 'last']);
    const gaps = reader.reports.filter((report) => report.kind === 'gap');
    expect(gaps[0]).toEqual({ kind: 'gap', topic, partition: 0, expected: 0n, found: 9n, cause: 'sparse' });
    expect(reader.log.health()).toMatchObject({ ready: true, problems: [] });
  });
});

function isLoginFault(report: SourceReport): boolean {
  return report.kind === 'crash' && /SASL|authenticat/i.test(report.reason);
}

function asText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
