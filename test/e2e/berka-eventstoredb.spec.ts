import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, describeWithKafka, startEventStoreDoubleProcess } from '@retention/testing';
import type { EventStoreDoubleProcess, SpecDatabase } from '@retention/testing';
import { describeWithBerka } from '../support/berka.js';
import { publish, untilTaken } from '../support/kafka-feed.js';
import { startApp } from '../support/processes.js';
import type { AppProcess } from '../support/processes.js';
import { canonicalStates, caughtUp, churnTotalsOf, openProduct, readModelHash, totalsOf } from '../support/product.js';

const TOPIC = 'lending.facts.v1';
const PARTITIONS = 10;
const WITHIN_MS = 240_000;

/** RETENTION_FAULT_SEED=<n> tries another sequence of faults. */
const SEED = Number(process.env['RETENTION_FAULT_SEED'] ?? 20_261_124);

const FAULTS = {
  seed: SEED,
  longestMs: 400,
  mostEventsBefore: 800,
  rates: {
    append: {
      ...{ 'error-before': 0.01, 'error-after': 0.01, late: 0.03, 'drop-connections': 0.001, 'not-replicated': 0.001 },
      never: 0.0005,
    },
    read: { 'error-before': 0.01, 'error-halfway': 0.01, late: 0.03, never: 0.0005, 'drop-connections': 0.001 },
    subscription: { error: 0.2, end: 0.2, freeze: 0.15, 'drop-connections': 0.1 },
  },
};

describeWithBerka('the Berka feed', ({ lines, expected }) => {
  describeWithKafka(`through Kafka into an EventStoreDB that misbehaves throughout (seed ${SEED})`, (kafka) => {
    let database: SpecDatabase;
    let double: EventStoreDoubleProcess;
    let product: Runtime;
    let variables: Record<string, string>;
    let isOver = false;
    let disturbing: Promise<void> = Promise.resolve();
    const processes: AppProcess[] = [];

    beforeAll(async () => {
      database = await createDatabaseForSpec();
      double = await startEventStoreDoubleProcess();
      variables = {
        ...{ DATABASE_URL: database.url, KAFKA_BROKERS: kafka.broker.brokers.join(), LOG_LEVEL: 'warn' },
        ...{ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: double.url, EVENTSTORE_PREFIX: 'misbehaving.' },
        // Small batches: as many appends, and as many occasions for a fault, as the feed can give.
        INGEST_BATCH_FACTS: '50',
      };
      product = await openProduct(database.url, variables);
      await kafka.tools.createTopic(TOPIC, PARTITIONS);
      for (const app of ['ingest', 'ingest', 'projector']) processes.push(await startApp(app, variables));
      await double.faults.randomly(FAULTS);
      disturbing = disturb();
    });
    afterAll(async () => {
      isOver = true;
      await disturbing;
      for (const running of processes) await running.kill();
      await product.close();
      await double.stop();
      await database.drop();
    });

    /** Beside the faults of single calls: the server goes away, comes back with nothing in its cache, and stands still. */
    async function disturb(): Promise<void> {
      for (let turn = 0; !isOver; turn += 1) {
        if (turn % 3 === 0) await double.restart();
        else if (turn % 3 === 1) await double.freezeAll(700);
        else await double.dropConnections();
        await delay(1500);
      }
    }

    const send = (messages: readonly string[]): Promise<void> => publish(kafka.tools, TOPIC, messages);
    const taken = (messages: number): Promise<void> =>
      untilTaken(product, messages, { processes, withinMs: WITHIN_MS });

    it('gives the points, entries, tiers, retained and churned that were computed independently', async () => {
      const { asOf } = expected;
      const envelope = { specversion: '1.0', id: `close-${asOf}`, source: '/berka' };
      const about = { type: 'lending.business-day.closed.v1', time: `${asOf}T23:00:00+01:00`, data: { day: asOf } };
      await send(lines);
      await taken(lines.length);
      await send([JSON.stringify({ ...envelope, ...about })]);
      await taken(lines.length + 1);
      await caughtUp(product);
      const { customers, points, entries, tiers, retained, churned, churnKinds } = expected;
      expect(await totalsOf(product)).toEqual({ customers, points, entries, tiers });
      expect(await churnTotalsOf(product)).toEqual({ retained, churned, churnKinds });
    });

    it('changes nothing when every message comes again', async () => {
      const before = { rows: await readModelHash(product), head: await product.store.head() };
      await send(lines);
      await taken(2 * lines.length + 1);
      await caughtUp(product);
      expect([await readModelHash(product), await product.store.head()]).toEqual([before.rows, before.head]);
    });

    it('was struck by faults of every kind', async () => {
      const counts = await double.faults.counts();
      const kinds = Object.entries(FAULTS.rates).flatMap(([target, rates]) =>
        Object.entries(rates).flatMap(([kind, rate]) => (rate >= 0.01 ? [`${target}:${kind}`] : [])),
      );
      for (const kind of kinds) expect([kind, counts[kind] ?? 0]).not.toEqual([kind, 0]);
      const struck = Object.values(counts).reduce((one, other) => one + other, 0);
      process.stderr.write(`EventStoreDB misbehaved ${struck} times: ${JSON.stringify(counts)}\n`);
    });

    it('holds each event once: the states of all customers follow from the streams, and nothing is unfinished', async () => {
      isOver = true;
      await disturbing;
      await double.faults.stop();
      const { rows } = await product.database.query('SELECT count(*)::int AS n FROM store.unfinished_append');
      expect(rows).toEqual([{ n: 0 }]);
      const events = (await double.all()).filter(({ stream }) => stream.startsWith('misbehaving.'));
      const head = [...(await product.store.head()).values()].reduce((sum, position) => sum + position, 0);
      expect([events.length, new Set(events.map(({ id }) => id)).size]).toEqual([head, head]);
      expect((await canonicalStates(product)).size).toBe(expected.customers);
    });

    it('lets every process end on SIGTERM with exit code 0', async () => {
      expect(await Promise.all(processes.map((running) => running.stop()))).toEqual([0, 0, 0]);
    });
  });
});
