import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deadLetterCounts, ingestFile, kafkaDoor } from '@retention/ingestion';
import type { SourceLog } from '@retention/platform';
import { loadConfig } from '@retention/platform';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, describeWithKafka } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { BAD_MESSAGES, GOOD_AFTER, GOOD_BEFORE, HUGE_MESSAGE } from '../support/bad-input.js';
import type { BadMessage } from '../support/bad-input.js';
import { openProduct } from '../support/product.js';

const TOPIC = 'lending.facts.v1';
const WITHIN_MS = 60_000;

interface KeptRow {
  readonly code: string;
  readonly field: string | null;
  readonly reason: string;
  readonly body: Buffer | null;
  readonly seen: number;
}

async function kept({ database }: Runtime): Promise<KeptRow[]> {
  const { rows } = await database.query<KeptRow>(
    'SELECT code, field, reason, body, seen FROM ingestion.dead_letter ORDER BY id',
  );
  return rows;
}

function expectKept(rows: readonly KeptRow[], bad: readonly BadMessage[]): void {
  for (const { what, bytes, code, field } of bad) {
    const row = rows.find((one) => one.code === code && (bytes === null ? one.body === null : one.body?.equals(bytes)));
    expect({ what, code: row?.code, field: row?.field }).toEqual({ what, code, field });
    expect(row?.reason.length).toBeGreaterThan(10);
  }
}

/** The repayment after the bad messages is in, and nothing bad has taken effect. */
async function expectNothingTookEffect({ store }: Runtime): Promise<void> {
  const types = (await store.readStream('customer-K1', 0, 100)).map(({ type }) => type);
  expect(types.filter((type) => type === 'repayment-received')).toHaveLength(2);
  expect(types.filter((type) => type === 'fact-set-aside')).toHaveLength(1);
  expect(types.filter((type) => type === 'loan-disbursed')).toHaveLength(1);
  expect(await store.readStream('customer-K2', 0, 100)).toEqual([]);
}

describe('bad messages in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retention-spec-'));
  const path = join(folder, 'bad.ndjson');
  // A line cannot be missing, and an empty one is none.
  const bad = [...BAD_MESSAGES.filter(({ code }) => code !== 'empty-message'), HUGE_MESSAGE];
  let database: SpecDatabase;
  let product: Runtime;

  beforeAll(async () => {
    database = await createDatabaseForSpec();
    product = await openProduct(database.url);
    const lines = [...GOOD_BEFORE, ...bad.map(({ bytes }) => bytes ?? Buffer.alloc(0)), ...GOOD_AFTER];
    writeFileSync(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
  });
  afterAll(async () => {
    await product.close();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  it('are each refused by name, kept with their bytes and counted, and the good ones around them are taken', async () => {
    const report = await ingestFile(product.writer, { path });
    expect(report.outcomes).toEqual({
      accepted: GOOD_BEFORE.length + GOOD_AFTER.length,
      parked: 0,
      duplicate: 0,
      'conflicting-duplicate': 1,
      refused: bad.length - 1,
    });
    expectKept(await kept(product), bad);
    await expectNothingTookEffect(product);
  });

  it('keep the fields nobody knows', async () => {
    const events = await product.store.readStream('customer-K1', 0, 100);
    const disbursal = events.find(({ type }) => type === 'loan-disbursed');
    expect(JSON.parse(disbursal?.payload ?? '{}')).toMatchObject({ extra: { unknownField: { kept: true } } });
  });

  it('are counted and not kept twice when they come again', async () => {
    const before = await kept(product);
    await ingestFile(product.writer, { path });
    const after = await kept(product);
    expect(after.map(({ code }) => code)).toEqual(before.map(({ code }) => code));
    // What was set aside is known by its id: that one is a duplicate now.
    const again = after.filter(({ code }) => code !== 'currency-mismatch');
    expect(again.every(({ seen }) => seen === 2)).toBe(true);
    const counts = await deadLetterCounts(product.database);
    expect(counts.map(({ code }) => code).sort()).toEqual([...new Set(bad.map(({ code }) => code))].sort());
  });
});

describeWithKafka('bad messages in a Kafka topic', (kafka) => {
  let database: SpecDatabase;
  let product: Runtime;
  let door: SourceLog;
  const failures: string[] = [];

  beforeAll(async () => {
    database = await createDatabaseForSpec();
    await kafka.tools.createTopic(TOPIC, 1);
    product = await openProduct(database.url);
    const config = loadConfig({ KAFKA_BROKERS: kafka.broker.brokers.join() });
    if (config.kafka === null) throw new Error('no Kafka in the configuration');
    door = kafkaDoor({
      kafka: config.kafka,
      store: product.store,
      writer: product.writer,
      log: () => undefined,
      onReport: (report) => {
        // A broker that has just started may send the first member of its first group away once.
        if (report.kind === 'assigned') failures.length = 0;
        if (report.kind === 'crash' || report.kind === 'not-taken' || report.kind === 'unreadable') {
          failures.push(`${report.kind}: ${report.reason}`);
        }
      },
      onTaken: () => undefined,
    });
    door.start();
  });
  afterAll(async () => {
    await door.stop(5000);
    await product.close();
    await database.drop();
  });

  it('are each refused by name, kept with their bytes, and the consumer goes on', async () => {
    const values = [...GOOD_BEFORE, ...BAD_MESSAGES.map(({ bytes }) => bytes), ...GOOD_AFTER];
    await kafka.tools.produce(
      TOPIC,
      values.map((value) => ({ key: 'K1', value })),
    );
    const deadline = Date.now() + WITHIN_MS;
    while ((await product.store.offsets('kafka:retention-ingest')).get(`${TOPIC}/0`) !== values.length) {
      if (Date.now() > deadline) throw new Error(`not all taken: ${JSON.stringify(door.health())}`);
      await delay(50);
    }
    expectKept(await kept(product), BAD_MESSAGES);
    await expectNothingTookEffect(product);
    expect(door.health()).toMatchObject({ running: true, ready: true });
    expect(failures).toEqual([]);
  });
});
