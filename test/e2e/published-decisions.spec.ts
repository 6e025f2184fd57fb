import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { asyncApiDocument } from '@retention/contracts';
import { isDecisionType } from '@retention/customer';
import { customerOf } from '@retention/ingestion';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec, describeWithKafka } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { startApp } from '../support/processes.js';
import type { AppProcess } from '../support/processes.js';
import { feedLines, openProduct } from '../support/product.js';

const TOPIC = 'retention.decisions.v1';
const WITHIN_MS = 90_000;
/** Few, so that much is decided that later facts take back. */
const FACTS_AT_ONCE = 200;

/** Corrections are common at this lender, so that decisions of every kind are made and taken back. */
const LENDER = {
  customers: 300,
  years: 3,
  seed: 5,
  closesBusinessDays: true,
  writtenOffRate: 0.05,
  disbursalUndoneRate: 0.02,
  settlementUndoneRate: 0.02,
  pointsAdjustedRate: 0.05,
};

interface Published {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly streamVersion: number };
}

describeWithKafka('decisions that leave the house', (kafka) => {
  let database: SpecDatabase;
  let product: Runtime;
  let variables: Record<string, string>;
  const processes: AppProcess[] = [];
  const lines = [...simulateLines(LENDER)];

  beforeAll(async () => {
    database = await createDatabaseForSpec();
    product = await openProduct(database.url);
    await kafka.tools.createTopic(TOPIC, 6);
    variables = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: kafka.broker.brokers.join(),
      PUBLISH_DECISIONS: 'on',
      CLOSE_DAYS: 'off',
      LEASE_TTL_MS: '2000',
      LOG_LEVEL: 'warn',
    };
    for (const app of ['projector', 'projector']) processes.push(await startApp(app, variables));
  });
  afterAll(async () => {
    for (const running of processes) await running.kill();
    await product.close();
    await database.drop();
  });

  /** As the metrics of the first process have it. */
  async function lag(): Promise<number> {
    const metrics = await (await fetch(`${processes[0]!.address}/metrics`)).text();
    const line = new RegExp(`^retention_decisions_lag_events{topic="${TOPIC}",.*} (\\d+)$`, 'm').exec(metrics);
    return Number(line?.[1] ?? Number.NaN);
  }

  /** Waits until nothing is decided any more and all of it is published. */
  async function level(): Promise<void> {
    const deadline = Date.now() + WITHIN_MS;
    let head = '';
    let quietTurns = 0;
    while (quietTurns < 5) {
      if (Date.now() > deadline) throw new Error(processes.map((running) => running.output()).join('\n'));
      await delay(300);
      const before = head;
      head = JSON.stringify([...(await product.store.head())]);
      quietTurns = head === before && (await lag()) === 0 ? quietTurns + 1 : 0;
    }
  }

  async function published(): Promise<(Published & { readonly key: string })[]> {
    const messages = await kafka.tools.readAll(TOPIC);
    return messages.map(({ key, value }) => ({ ...(JSON.parse(String(value)) as Published), key: String(key) }));
  }

  async function decided(): Promise<string[]> {
    const ids: string[] = [];
    let after = new Map([...(await product.store.head()).keys()].map((shard) => [shard, 0]));
    for (;;) {
      const page = await product.store.readFeed({ after, limitPerShard: 5000, types: null });
      if (page.events.length === 0) return ids.sort();
      for (const { type, streamId, version } of page.events) {
        if (isDecisionType(type)) ids.push(`${String(customerOf(streamId))}@${version}`);
      }
      after = new Map(page.upTo);
    }
  }

  it('are all the decisions there are, also when one of two projectors dies on the way', async () => {
    await feedLines(product, lines.slice(0, lines.length / 2), FACTS_AT_ONCE);
    await processes.pop()!.kill();
    await feedLines(product, lines.slice(lines.length / 2), FACTS_AT_ONCE);
    await level();
    const read = await published();
    expect([...new Set(read.map(({ id }) => id))].sort()).toEqual(await decided());
    expect(read.length).toBeGreaterThan(2000);
    const types = new Set(read.map(({ type }) => type));
    expect(types.size).toBeGreaterThan(12);
  });

  it('come in order for each customer, but for repetitions', async () => {
    const newest = new Map<string, number>();
    const seen = new Set<string>();
    const outOfOrder: string[] = [];
    for (const { id, key, subject, data } of await published()) {
      expect(subject).toBe(key);
      if (!seen.has(id) && data.streamVersion <= (newest.get(key) ?? 0)) outOfOrder.push(id);
      seen.add(id);
      newest.set(key, Math.max(newest.get(key) ?? 0, data.streamVersion));
    }
    expect(outOfOrder).toEqual([]);
  });

  it('are what the AsyncAPI document says', async () => {
    const { components } = asyncApiDocument() as { components: { messages: Record<string, { payload: object }> } };
    const validator = new Ajv2020({ validateFormats: false });
    validator.addVocabulary(['components']);
    const checks = new Map<string, ReturnType<typeof validator.compile>>();
    for (const [type, { payload }] of Object.entries(components.messages)) {
      if (type.startsWith('retention.'))
        checks.set(type, validator.compile({ $id: `spec:${type}`, components, ...payload }));
    }
    const faults = (await published()).flatMap(({ key: _, ...message }) => {
      const check = checks.get(message.type)!;
      return check(message) ? [] : [{ message, errors: check.errors }];
    });
    expect(faults.slice(0, 3)).toEqual([]);
  });

  it('are not sent again by a process that is started again', async () => {
    const before = (await published()).length;
    const [running] = processes.splice(0);
    expect(await running!.stop()).toBe(0);
    processes.push(await startApp('projector', variables));
    await level();
    expect((await published()).length).toBe(before);
    const { status, body } = await processes[0]!.get('/health/ready');
    expect([status, JSON.stringify(body)]).toEqual([
      200,
      expect.stringContaining('{"follower":"publisher:decisions","failing":null}'),
    ]);
  });
});
