import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseForSpec, describeWithKafka } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { customers, registered } from './messages.js';
import { ObservedProcess } from './observed-process.js';
import type { Scrape } from './scrape.js';

const TOPIC = 'observed.facts.v1';
const DEAD = 'observed.facts.v1.dead';

const itWithOwnBroker = process.env['KAFKA_BROKERS']
  ? (name: string, body: () => Promise<void>) =>
      it.skip(`${name} (SKIPPED: the broker is somebody else's to stop)`, body)
  : it;

describeWithKafka('an ingest process', (kafka) => {
  // Inside, so that the process ends before the broker does.
  describe('in trouble with Kafka', () => {
    let database: SpecDatabase;
    let ingest: ObservedProcess;
    let sent = 0;

    const start = async (): Promise<ObservedProcess> =>
      ObservedProcess.start(['ingest'], database.url, {
        KAFKA_BROKERS: kafka.broker.brokers.join(),
        KAFKA_TOPICS: TOPIC,
        KAFKA_GROUP: 'observed',
        KAFKA_DEAD_LETTER_TOPIC: DEAD,
        // The shortest a broker takes: so long a new consumer waits for the member that crashed.
        KAFKA_SESSION_TIMEOUT_MS: '6000',
      });

    async function tell(values: readonly string[]): Promise<void> {
      await kafka.tools.produce(
        TOPIC,
        values.map((value) => ({ value })),
        { partition: 0 },
      );
      sent += values.length;
    }

    const lag = (scrape: Scrape): number | undefined =>
      scrape.figure('retention_kafka_lag_facts', { topic: TOPIC, partition: '0' });
    const still = (scrape: Scrape): number =>
      scrape.figure('retention_kafka_still_seconds', { topic: TOPIC, partition: '0' }) ?? 0;
    const reports = (scrape: Scrape, kind: string): number =>
      scrape.figure('retention_kafka_reports_total', { kind }) ?? 0;
    const held = (scrape: Scrape, kind: string): number | undefined =>
      scrape.figure('retention_kafka_held_partitions', { kind });
    const isWell = (scrape: Scrape): boolean =>
      scrape.figure('retention_ready', { check: 'kafka' }) === 1 && lag(scrape) === 0;

    beforeAll(async () => {
      database = await createDatabaseForSpec();
      await kafka.tools.createTopic(TOPIC, 2);
      ingest = await start();
      await tell(customers(20));
    });
    afterAll(async () => {
      await ingest.stop();
      await database.drop();
    });

    it('reads both partitions and has nothing to say while all is well', async () => {
      const well = await ingest.until(
        'all is taken',
        (scrape) =>
          isWell(scrape) && scrape.figure('retention_facts_total', { door: 'kafka', outcome: 'accepted' }) === sent,
      );
      expect(well.figure('retention_kafka_consumer_up')).toBe(1);
      expect(well.figure('retention_kafka_assigned_partitions')).toBe(2);
      expect(well.figure('retention_reading_up', { reading: 'kafka-lag' })).toBe(1);
      expect(still(well)).toBe(0);
      expect(well.figure('retention_kafka_gap_timestamp_seconds')).toBeUndefined();
      expect(['gap', 'topic-recreated', 'unreadable', 'crash', 'not-taken'].map((kind) => reports(well, kind))).toEqual(
        [0, 0, 0, 0, 0],
      );
      expect(well.select('retention_kafka_held_partitions').map(({ value }) => value)).toEqual([0, 0, 0, 0]);
      expect((await ingest.readiness()).status).toBe(200);
    });

    it('is not ready while what it read cannot be stored, and names the kind', async () => {
      const { database: pool } = ingest.runtime;
      await pool.query('ALTER TABLE ingestion.fact_identity RENAME TO away');
      await tell([registered('N1')]);
      const bad = await ingest.until('the partition is held', (scrape) => held(scrape, 'not-taken') === 1);
      expect(bad.figure('retention_ready', { check: 'kafka' })).toBe(0);
      expect(reports(bad, 'not-taken')).toBeGreaterThan(0);
      await ingest.until('the standstill is counted', (scrape) => lag(scrape) === 1 && still(scrape) > 0.3);
      const { status, checks } = await ingest.readiness();
      expect([status, checks['kafka']]).toEqual([503, expect.objectContaining({ status: 'down' })]);
      await pool.query('ALTER TABLE ingestion.away RENAME TO fact_identity');
      const well = await ingest.until('it is stored', isWell);
      expect([held(well, 'not-taken'), still(well)]).toEqual([0, 0]);
      expect(reports(well, 'recovered')).toBe(1);
    });

    it('keeps a dead letter and says for how long the topic for them has not had it', async () => {
      await tell(['{']);
      const unsent = await ingest.until(
        'the letter waits',
        (scrape) => (scrape.figure('retention_dead_letters_unsent_age_seconds') ?? 0) > 0.3,
      );
      expect(unsent.figure('retention_dead_letters_unsent')).toBe(1);
      expect(unsent.figure('retention_refused_total', { door: 'kafka', code: 'invalid-json' })).toBe(1);
      expect((await ingest.readiness()).status).toBe(200);
      await kafka.tools.createTopic(DEAD, 1);
      const sent = await ingest.until('it is sent', (scrape) => scrape.figure('retention_dead_letters_unsent') === 0);
      expect(sent.figure('retention_dead_letters_unsent_age_seconds')).toBe(0);
      expect((await kafka.tools.readAll(DEAD)).map(({ value }) => String(value))).toEqual(['{']);
    });

    itWithOwnBroker('is not ready while the group does not answer, though it runs and holds no partition', async () => {
      const broker = brokersOf(process.pid);
      expect(broker).toHaveLength(1);
      process.kill(broker[0]!, 'SIGSTOP');
      try {
        const silent = await ingest.until(
          'no heartbeat came back for a session',
          (scrape) => scrape.figure('retention_ready', { check: 'kafka' }) === 0,
        );
        expect(silent.figure('retention_kafka_consumer_up')).toBe(1);
        expect(silent.select('retention_kafka_held_partitions').map(({ value }) => value)).toEqual([0, 0, 0, 0]);
        const { checks } = await ingest.readiness();
        expect(checks['kafka']).toMatchObject({
          problems: [expect.stringMatching(/^The group has not answered for \d+ s$/)],
        });
      } finally {
        process.kill(broker[0]!, 'SIGCONT');
      }
      await ingest.until('it answers', isWell);
    });

    itWithOwnBroker(
      'is not ready when the consumer crashed, has no figures of a broker that is away, and comes back by itself',
      async () => {
        await kafka.broker.kill();
        const crashed = await ingest.until('the crash is noticed', (scrape) => reports(scrape, 'crash') > 0);
        expect(crashed.figure('retention_kafka_consumer_up')).toBe(0);
        expect(crashed.figure('retention_ready', { check: 'kafka' })).toBe(0);
        expect(crashed.figure('retention_ready', { check: 'database' })).toBe(1);
        expect(crashed.figure('retention_reading_up', { reading: 'kafka-lag' })).toBe(0);
        expect(crashed.select('retention_kafka_lag_facts')).toEqual([]);
        const { status, checks } = await ingest.readiness();
        expect([status, checks['kafka']]).toEqual([
          503,
          expect.objectContaining({ problems: [expect.stringMatching(/^The consumer is being built anew: /)] }),
        ]);
        expect((await ingest.fetch('/health/live')).status).toBe(200);
        await kafka.broker.restart();
        const well = await ingest.until('it reads again', isWell);
        expect(well.figure('retention_kafka_consumer_up')).toBe(1);
        expect(well.figure('retention_reading_up', { reading: 'kafka-lag' })).toBe(1);
      },
    );

    it('holds the partitions of a topic that was created again, and says so until the kept offsets are set back', async () => {
      await kafka.tools.deleteTopic(TOPIC);
      await kafka.tools.createTopic(TOPIC, 2);
      sent = 0;
      const stopped = await ingest.until('it is noticed', (scrape) => held(scrape, 'topic-recreated') === 2);
      expect(stopped.figure('retention_ready', { check: 'kafka' })).toBe(0);
      expect(reports(stopped, 'topic-recreated')).toBeGreaterThan(0);
      await ingest.runtime.database.query('DELETE FROM store.consumer_offset WHERE consumer = $1', ['kafka:observed']);
      const well = await ingest.until('it reads again', isWell);
      expect(held(well, 'topic-recreated')).toBe(0);
      await tell([registered('R1')]);
      await ingest.until('the new topic is read', (scrape) => isWell(scrape) && reports(scrape, 'recovered') === 3);
    });

    it('counts what the broker removed before it was read', async () => {
      await ingest.stop();
      await tell(customers(5, 'G'));
      await kafka.tools.deleteBefore(TOPIC, 0, BigInt(sent - 2));
      ingest = await start();
      const accepted = (scrape: Scrape): number =>
        scrape.figure('retention_facts_total', { door: 'kafka', outcome: 'accepted' }) ?? 0;
      const well = await ingest.until('it has read on', (scrape) => isWell(scrape) && accepted(scrape) >= 2);
      expect(reports(well, 'gap')).toBe(1);
      expect(well.figure('retention_kafka_gap_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
      expect(accepted(well)).toBe(2);
    });
  });
});

/** The brokers this process has started, by their ids: each runs under a shell that watches over it. */
function brokersOf(spec: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => told(id, 'cmdline').startsWith('java\0') && told(id, 'cmdline').includes('kafka.Kafka'))
    .filter((id) => parentOf(parentOf(id)) === spec);
}

function parentOf(id: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(told(id, 'status'))?.[1]);
}

/** What Linux tells of a process; nothing when it has ended meanwhile. */
function told(id: number, file: 'cmdline' | 'status'): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
