import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec, describeWithKafka } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { publish, untilTaken } from '../support/kafka-feed.js';
import { startApp } from '../support/processes.js';
import type { AppProcess } from '../support/processes.js';
import { canonicalStates, caughtUp, feedLines, openProduct, readModelHash } from '../support/product.js';
import { counterOf, terminate, until } from './shutdown/stopping.js';
import type { Stopped } from './shutdown/stopping.js';

const TOPIC = 'lending.facts.v1';
const STOP_WITHIN_SECONDS = 10;
/** Each once: a message that is a duplicate when it is taken has been taken before by one of our processes. */
const LINES = [...new Set(simulateLines({ customers: 1_500, years: 2, seed: 3 }))];

/** What the facts come to where nothing is ever stopped. */
interface Undisturbed {
  readonly states: ReadonlyMap<string, string>;
  readonly rows: string;
}

const started: AppProcess[] = [];
const databases: SpecDatabase[] = [];
const products: Runtime[] = [];

async function start(app: string, variables: Readonly<Record<string, string>>): Promise<AppProcess> {
  const running = await startApp(app, { LOG_LEVEL: 'warn', ...variables });
  started.push(running);
  return running;
}

async function newProduct(): Promise<{ readonly database: SpecDatabase; readonly product: Runtime }> {
  const database = await createDatabaseForSpec();
  databases.push(database);
  const product = await openProduct(database.url);
  products.push(product);
  return { database, product };
}

afterAll(async () => {
  await Promise.all(started.map((running) => running.kill()));
  await Promise.all(products.map((product) => product.close()));
  await Promise.all(databases.map((database) => database.drop()));
});

async function takenOf({ store }: Runtime): Promise<number> {
  return [...(await store.offsets('kafka:retention-ingest')).values()].reduce((one, other) => one + other, 0);
}

function expectInOrder({ exitCode, seconds, output }: Stopped): void {
  // What it printed is looked at when it did not end well.
  expect({ exitCode, output }).toEqual({ exitCode: 0, output });
  expect(seconds).toBeLessThan(STOP_WITHIN_SECONDS);
}

describeWithKafka('processes that are told to stop under full load', (kafka) => {
  let undisturbed: Undisturbed;
  beforeAll(async () => {
    await kafka.tools.createTopic(TOPIC, 8);
    await kafka.tools.createTopic(`${TOPIC}.dead`, 1);
    const { product } = await newProduct();
    await Promise.all([publish(kafka.tools, TOPIC, LINES), feedLines(product, LINES)]);
    const worker = createFeedWorker(product, () => undefined);
    await worker.start();
    await caughtUp(product);
    await worker.stop();
    undisturbed = { states: await canonicalStates(product), rows: await readModelHash(product) };
  });

  const kafkaVariables = () => ({ KAFKA_BROKERS: kafka.broker.brokers.join(), KAFKA_SESSION_TIMEOUT_MS: '6000' });

  async function expectUndisturbed(product: Runtime): Promise<void> {
    await caughtUp(product);
    expect(await canonicalStates(product)).toEqual(undisturbed.states);
    expect(await readModelHash(product)).toBe(undisturbed.rows);
  }

  it('ingest and projector end within ten seconds, unready first, and what follows takes every message once', async () => {
    const { database, product } = await newProduct();
    const variables = { DATABASE_URL: database.url, ...kafkaVariables() };
    const [ingest, projector] = await Promise.all(['ingest', 'projector'].map((app) => start(app, variables)));
    await until('some are taken', async () => (await takenOf(product)) > 2_000);
    const stopped = await Promise.all([terminate(ingest!), terminate(projector!)]);
    stopped.forEach(expectInOrder);
    const taken = await takenOf(product);
    expect(taken).toBeLessThan(LINES.length);
    // It answers while the last batch is committed, and nobody is told that it is ready after it was not.
    expect(stopped[0].readiness.filter((status) => status !== null)).toEqual(expect.arrayContaining([503]));
    expect(stopped[0].readiness.lastIndexOf(200)).toBeLessThanOrEqual(0);

    const successors = await Promise.all(['ingest', 'projector'].map((app) => start(app, variables)));
    await untilTaken(product, LINES.length, { processes: successors, withinMs: 60_000 });
    const outcome = (name: string) => counterOf(successors[0]!, 'retention_facts_total', [`outcome="${name}"`]);
    expect(await outcome('duplicate')).toBe(0);
    expect((await outcome('accepted')) + (await outcome('parked'))).toBe(LINES.length - taken);
    await expectUndisturbed(product);
    (await Promise.all(successors.map(terminate))).forEach(expectInOrder);
  });
});
