import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ingestFile, kafkaDoor } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import type { SourceHealth, SourceLog, SourceReport } from '@retention/platform';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, describeWithKafka, openKafkaTools } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, event } from '../../support/bad-input.js';
import { canonicalStates, openProduct } from '../../support/product.js';
import { AFTER, BEFORE, PAYLOADS } from './bad-payloads.js';
import type { Payload } from './bad-payloads.js';
import { until } from './until.js';

interface KeptRow {
  readonly code: string;
  readonly field: string | null;
  readonly body: Buffer | null;
}

/** What a door made of the payloads: what was refused, and which facts were taken. */
interface Made {
  readonly refused: readonly KeptRow[];
  readonly facts: ReadonlySet<string>;
}

async function whatWasMade({ database, store }: Runtime): Promise<Made> {
  const { rows } = await database.query<KeptRow>('SELECT code, field, body FROM ingestion.dead_letter ORDER BY id');
  const facts = new Set<string>();
  for (const customerId of ['K1', '-K-1-', 'calendar']) {
    for (const { payload } of await store.readStream(`customer-${customerId}`, 0, 1_000)) {
      const { factId } = JSON.parse(payload) as { factId?: string };
      if (factId !== undefined) facts.add(factId);
    }
  }
  return { refused: rows, facts };
}

function expectMade({ bytes, code, field }: Payload, { refused, facts }: Made): void {
  const row = refused.find((one) => (bytes === null ? one.body === null : one.body?.equals(bytes)));
  if (code !== null) {
    // An empty value and no value at all are one letter: neither has a byte.
    const kept = bytes?.length === 0 ? refused.find((one) => one.code === code) : row;
    expect(kept).toMatchObject({ code, field });
    return;
  }
  expect(row).toBeUndefined();
  const { source, id } = JSON.parse(String(bytes)) as { source: string; id: string };
  expect(facts).toContain(`${source}#${id}`);
}

const titled = PAYLOADS.map((payload) => [payload.of, payload.what, payload] as const);

describe('through a file', () => {
  let database: SpecDatabase;
  let product: Runtime;
  let made: Made;

  beforeAll(async () => {
    database = await createDatabaseForSpec();
    product = await openProduct(database.url);
    const folder = mkdtempSync(join(tmpdir(), 'retention-spec-'));
    const path = join(folder, 'cases.ndjson');
    const lines = [...BEFORE, ...PAYLOADS.map(({ bytes }) => bytes ?? Buffer.alloc(0)), AFTER];
    writeFileSync(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
    await ingestFile(product.writer, { path });
    rmSync(folder, { recursive: true });
    made = await whatWasMade(product);
  });
  afterAll(async () => {
    await product.close();
    await database.drop();
  });

  // An empty line is none, so nothing can be missing there.
  it.each(titled.filter(([, , { code }]) => code !== 'empty-message'))('case %i: %s', (_case, _what, payload) => {
    expectMade(payload, made);
  });

  it('what comes after all of them is taken', () => {
    expect(made.facts).toContain('/bank#case-after');
  });
});

describeWithKafka('through Kafka', (kafka) => {
  const databases: SpecDatabase[] = [];
  const products: Runtime[] = [];
  const logs: SourceLog[] = [];

  async function openAnother(): Promise<Runtime> {
    const database = await createDatabaseForSpec();
    databases.push(database);
    const product = await openProduct(database.url);
    products.push(product);
    return product;
  }

  // Before the broker is stopped: a consumer that cannot say goodbye stays for a while.
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.stop(5_000);
  });
  afterAll(async () => {
    for (const product of products) await product.close();
    for (const database of databases) await database.drop();
  });

  interface Door {
    readonly log: SourceLog;
    readonly reports: readonly SourceReport[];
  }

  function openDoor(product: Runtime, ...topics: string[]): Door {
    const config = loadConfig({
      KAFKA_BROKERS: kafka.broker.brokers.join(),
      KAFKA_TOPICS: topics.join(),
      KAFKA_GROUP: `group-of-${topics.join('-and-')}`,
    });
    const reports: SourceReport[] = [];
    const log = kafkaDoor({
      kafka: config.kafka!,
      store: product.store,
      writer: product.writer,
      log: () => undefined,
      onReport: (report) => reports.push(report),
      onTaken: () => undefined,
    });
    log.start();
    logs.push(log);
    return { log, reports };
  }

  async function untilTaken(product: Runtime, messages: number, ...topics: string[]): Promise<void> {
    await until('everything is taken', async () => {
      const offsets = await product.store.offsets(`kafka:group-of-${topics.join('-and-')}`);
      return [...offsets.values()].reduce((sum, next) => sum + next, 0) === messages;
    });
  }

  describe('a payload', () => {
    const topic = 'cases.payloads';
    let made: Made;
    let door: Door;
    let health: SourceHealth;

    beforeAll(async () => {
      const product = await openAnother();
      // Larger than a broker takes by default: what is refused for its size has to get here at all.
      await kafka.tools.createTopic(topic, 1, { config: { 'max.message.bytes': '16000000' } });
      door = openDoor(product, topic);
      const values = [...BEFORE, ...PAYLOADS.map(({ bytes }) => bytes), AFTER];
      for (const value of values) await kafka.tools.produce(topic, [{ key: 'K1', value }]);
      await untilTaken(product, values.length, topic);
      health = door.log.health();
      made = await whatWasMade(product);
    });
    it.each(titled)('case %i: %s', (_case, _what, payload) => {
      expectMade(payload, made);
    });

    it('stops nothing: what comes after all of them is taken, and the consumer is ready', () => {
      expect(made.facts).toContain('/bank#case-after');
      expect(health).toMatchObject({ running: true, ready: true });
      const kinds = new Set(door.reports.map(({ kind }) => kind));
      for (const kind of ['not-taken', 'unreadable', 'gap'] as const) expect(kinds).not.toContain(kind);
    });
  });

  it('the key of a message says nothing: without one, with an empty one or with another customer’s it is taken', async () => {
    const product = await openAnother();
    const topic = 'cases.keys';
    await kafka.tools.createTopic(topic, 1);
    const keys = [null, '', 'K9', Buffer.from([0xff, 0x00])];
    const registered = (customerId: string) =>
      bytesOf({
        ...event(`reg-${customerId}`, 'customer.registered', {
          customerId,
          kind: 'personal',
          registeredOn: '2026-03-01',
        }),
        subject: customerId,
      });
    await kafka.tools.produce(
      topic,
      keys.map((key, place) => ({ key, value: registered(`K${place}`) })),
    );
    const { log } = openDoor(product, topic);
    await untilTaken(product, keys.length, topic);
    await log.stop(5_000);
    expect([...(await canonicalStates(product)).keys()]).toEqual(['K0', 'K1', 'K2', 'K3']);
  });

  it('a customer whose facts are split over an old partition, a new one and another topic comes to the same', async () => {
    const [topic, other] = ['cases.partitions', 'cases.repayments'];
    const registered = event('reg', 'customer.registered', {
      customerId: 'K1',
      kind: 'personal',
      registeredOn: '2026-03-01',
    });
    const about = { loanId: 'L1', customerId: 'K1' };
    const terms = { product: 'micro', principal: '70000.00', currency: 'CNY', maturesOn: '2026-09-02' };
    const disbursed = event('dis', 'loan.disbursed', { ...about, ...terms, disbursedOn: '2026-03-02' });
    const corrected = {
      ...event('dis-2', 'loan.disbursed', { ...about, ...terms, disbursedOn: '2026-03-03' }),
      time: '2026-03-05T10:00:00+08:00',
    };
    const settled = event('set', 'loan.settled', { loanId: 'L1', settledOn: '2026-09-02' });
    const repaid = event('rep', 'repayment.received', {
      repaymentId: 'R1',
      loanId: 'L1',
      amount: '70000.00',
      currency: 'CNY',
      paidOn: '2026-09-02',
    });
    const inOrder = await openAnother();
    const items = [registered, disbursed, corrected, repaid, settled].map((message, line) => ({
      kind: 'message' as const,
      bytes: bytesOf(message),
      origin: { door: 'file', file: 'in order', line } as const,
    }));
    for (const item of items) await inOrder.writer.submit({ items: [item], advances: [] });

    const product = await openAnother();
    await kafka.tools.createTopic(topic, 1);
    await kafka.tools.createTopic(other, 1);
    const say = async (message: typeof settled, where: string, partition: number) => {
      // Of its own each time: a producer that has not heard of a partition yet sends nothing to it, and says nothing.
      const tools = await openKafkaTools(kafka.broker.brokers);
      await tools.produce(where, [{ key: 'K1', value: bytesOf(message) }], { partition });
      await tools.close();
    };
    // Before its loan is known at all, and without naming the customer.
    await say(repaid, other, 0);
    const before = openDoor(product, topic, other);
    await untilTaken(product, 1, topic, other);
    await say(corrected, topic, 0);
    await untilTaken(product, 2, topic, other);
    await before.log.stop(5_000);
    await kafka.tools.addPartitions(topic, 2);
    await say(settled, topic, 1);
    await say(registered, topic, 1);
    await say(disbursed, topic, 0);
    const after = openDoor(product, topic, other);
    await untilTaken(product, 5, topic, other);
    await after.log.stop(5_000);
    await product.writer.sweepPending();
    expect(await canonicalStates(product)).toEqual(await canonicalStates(inOrder));
    expect(after.reports.filter(({ kind }) => kind === 'gap' || kind === 'skipped')).toEqual([]);
  });

  it('a topic that was created again and filled beyond the kept offset is held until its offsets are set back', async () => {
    const product = await openAnother();
    const topic = 'cases.recreated';
    const group = `group-of-${topic}`;
    const create = async (...ids: number[]): Promise<void> => {
      await kafka.tools.createTopic(topic, 1);
      const values = ids.map((id) => ({
        ...event(`reg-${id}`, 'customer.registered', registeredAs(`K${id}`)),
        subject: `K${id}`,
      }));
      await kafka.tools.produce(
        topic,
        values.map((value) => ({ key: null, value: bytesOf(value) })),
      );
    };
    const taken = async (): Promise<string[]> => [...(await canonicalStates(product)).keys()].sort();
    await create(1, 2);
    const first = openDoor(product, topic);
    await untilTaken(product, 2, topic);
    await first.log.stop(5_000);

    // The same topic: nothing is held, and a store from before ids were kept takes the one it finds.
    await product.database.query('DELETE FROM store.consumer_offset WHERE consumer = $1', [`kafka-ids:${group}`]);
    const again = openDoor(product, topic);
    await until('it is ready', () => again.log.health().ready);
    await again.log.stop(5_000);
    expect(await product.store.offsets(`kafka-ids:${group}`)).toEqual(new Map([[topic, expect.any(Number)]]));

    await kafka.tools.deleteTopic(topic);
    await create(3, 4, 5, 6);
    const held = openDoor(product, topic);
    await until('it is held', () => held.log.health().held.length === 1);
    expect(held.log.health()).toMatchObject({ ready: false, held: [{ topic, partition: 0, kind: 'topic-recreated' }] });
    expect(held.log.health().problems.join()).toMatch(/the kept offsets are of one with another id, .* created again/);
    await until('it is tried again', () => held.reports.filter(({ kind }) => kind === 'topic-recreated').length >= 3);
    expect(await taken()).toEqual(['K1', 'K2']);

    await product.database.query('DELETE FROM store.consumer_offset WHERE consumer = $1 AND source LIKE $2', [
      `kafka:${group}`,
      `${topic}/%`,
    ]);
    await untilTaken(product, 4, topic);
    expect(await taken()).toEqual(['K1', 'K2', 'K3', 'K4', 'K5', 'K6']);
    await until('it is ready again', () => held.log.health().ready);

    // While it is read. The log looks every fifteen seconds by itself, and at once when it is asked for the lag.
    await kafka.tools.deleteTopic(topic);
    await create(7, 8, 9, 10, 11);
    await until('it is held again', async () => {
      await held.log.lag();
      return held.log.health().held.length === 1;
    });
    await product.database.query('UPDATE store.consumer_offset SET next = 0 WHERE consumer = $1', [`kafka:${group}`]);
    await untilTaken(product, 5, topic);
    expect(await taken()).toHaveLength(11);
  });
});

const registeredAs = (customerId: string) => ({ customerId, kind: 'personal', registeredOn: '2026-03-01' });
