import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, describeWithKafka } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { describeWithBerka } from '../support/berka.js';
import { publish, untilTaken } from '../support/kafka-feed.js';
import { startApp } from '../support/processes.js';
import type { AppProcess } from '../support/processes.js';
import { caughtUp, churnTotalsOf, openProduct, readModelHash, totalsOf } from '../support/product.js';

const TOPIC = 'lending.facts.v1';
const DEAD = 'lending.facts.v1.dead';
const PARTITIONS = 10;
const WITHIN_MS = 120_000;

describeWithBerka('the Berka feed', ({ lines, expected }) => {
  describeWithKafka('through a real Kafka, ten partitions, two ingest processes and a projector', (kafka) => {
    let database: SpecDatabase;
    let product: Runtime;
    const processes: AppProcess[] = [];

    beforeAll(async () => {
      database = await createDatabaseForSpec();
      product = await openProduct(database.url);
      await kafka.tools.createTopic(TOPIC, PARTITIONS);
      await kafka.tools.createTopic(DEAD, 1);
      const variables = { DATABASE_URL: database.url, KAFKA_BROKERS: kafka.broker.brokers.join(), LOG_LEVEL: 'warn' };
      for (const app of ['ingest', 'ingest', 'projector']) processes.push(await startApp(app, variables));
    });
    afterAll(async () => {
      for (const running of processes) await running.kill();
      await product.close();
      await database.drop();
    });

    const send = (messages: readonly string[]): Promise<void> => publish(kafka.tools, TOPIC, messages);

    async function taken(messages: number): Promise<void> {
      await untilTaken(product, messages, { processes, withinMs: WITHIN_MS });
      await caughtUp(product);
    }

    it('gives the points, entries and tiers that were computed independently', async () => {
      const { customers, points, entries, tiers } = expected;
      await send(lines);
      await taken(lines.length);
      expect(await totalsOf(product)).toEqual({ customers, points, entries, tiers });
    });

    it('has the retained and the churned that were computed independently once its last day is closed', async () => {
      const { asOf, retained, churned, churnKinds } = expected;
      const envelope = { specversion: '1.0', id: `close-${asOf}`, source: '/berka' };
      const about = { type: 'lending.business-day.closed.v1', time: `${asOf}T23:00:00+01:00`, data: { day: asOf } };
      await send([JSON.stringify({ ...envelope, ...about })]);
      await taken(lines.length + 1);
      expect(await churnTotalsOf(product)).toEqual({ retained, churned, churnKinds });
    });

    it('changes nothing when it is published again, and counts every message as a duplicate', async () => {
      const before = { rows: await readModelHash(product), head: await product.store.head() };
      await send(lines);
      await taken(2 * lines.length + 1);
      expect(await readModelHash(product)).toBe(before.rows);
      expect(await product.store.head()).toEqual(before.head);
      expect(await outcomes(processes.slice(0, 2))).toMatchObject({ duplicate: expected.facts, refused: 0 });
    });

    it('sends what it cannot read to the dead-letter topic, with bytes and reason, and goes on', async () => {
      const bad = ['{"broken', JSON.stringify({ specversion: '1.0' })];
      await kafka.tools.produce(TOPIC, [...bad.map((value) => ({ key: 'x', value })), { key: 'x', value: null }]);
      await taken(2 * lines.length + 4);
      const letters = await untilThere(() => kafka.tools.readAll(DEAD), 3);
      const codes = letters.map(({ headers }) => String(headers['retention-reason-code']));
      expect(codes.sort()).toEqual(['empty-message', 'invalid-json', 'missing-field']);
      expect(letters.map(({ value }) => (value === null ? null : value.toString())).sort()).toEqual(
        [null, ...bad].sort(),
      );
    });

    it('shares the partitions among both processes, and both are ready', async () => {
      const ready = await Promise.all(processes.map((running) => running.get('/health/ready')));
      expect(ready.map(({ status }) => status)).toEqual([200, 200, 200]);
      const partitions = ready
        .slice(0, 2)
        .map(({ body }) => (body as { checks: { kafka: { partitions: number } } }).checks.kafka.partitions);
      expect(partitions).toEqual([PARTITIONS / 2, PARTITIONS / 2]);
    });

    it('stops on SIGTERM with exit code 0', async () => {
      expect(await Promise.all(processes.map((running) => running.stop()))).toEqual([0, 0, 0]);
    });
  });
});

async function untilThere<T>(read: () => Promise<readonly T[]>, count: number): Promise<readonly T[]> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const found = await read();
    if (found.length >= count || Date.now() > deadline) return found;
    await delay(200);
  }
}

/** The sum of what the processes counted of their messages, from their metrics. */
async function outcomes(running: readonly AppProcess[]): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { address } of running) {
    const text = await (await fetch(`${address}/metrics`)).text();
    for (const [, outcome = '', count] of text.matchAll(
      /^retention_facts_total\{door="kafka",outcome="([^"]+)".*\} (\d+)$/gm,
    )) {
      sums[outcome] = (sums[outcome] ?? 0) + Number(count);
    }
  }
  return sums;
}
