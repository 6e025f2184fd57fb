import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { dayClosed } from '@retention/ingestion';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec, describeWithKafka, storeVariables } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DEMO_LAST_DAY, demoFeedPath } from '../../apps/standalone/src/demo-feed.js';
import { publish, untilTaken } from '../support/kafka-feed.js';
import { startApp } from '../support/processes.js';
import type { AppProcess } from '../support/processes.js';
import { canonicalStates, caughtUp, everyEvent, feedLines, openProduct, readModelHash } from '../support/product.js';
import { postFacts, postUntilTaken } from './shutdown/http-client.js';
import { SilentProxy } from './shutdown/silent-proxy.js';
import { figureOf, readinessOf, terminate, until } from './shutdown/stopping.js';
import type { Stopped } from './shutdown/stopping.js';

const TOPIC = 'lending.facts.v1';
const STOP_WITHIN_SECONDS = 10;
/** Logged by who could not end in order, with exit code 1. */
const NOT_IN_ORDER = 'not everything had ended after 9 s; what was not committed was not acknowledged';
/** Each once: a message that is a duplicate when it is taken has been taken before by one of our processes. */
const LINES = [...new Set(simulateLines({ customers: 1_000, years: 2, seed: 3 }))];

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

async function neverStopped(lines: readonly string[], lastDay: string | null = null): Promise<Undisturbed> {
  const { product } = await newProduct();
  await feedLines(product, lines);
  if (lastDay !== null) await product.writer.submit({ items: [dayClosed(lastDay, 'command line')], advances: [] });
  const worker = createFeedWorker(product, () => undefined);
  await worker.start();
  await caughtUp(product);
  await worker.stop();
  return { states: await canonicalStates(product), rows: await readModelHash(product) };
}

async function takenOf({ store }: Runtime): Promise<number> {
  return [...(await store.offsets('kafka:retention-ingest')).values()].reduce((one, other) => one + other, 0);
}

async function expectAs({ states, rows }: Undisturbed, product: Runtime): Promise<void> {
  await caughtUp(product);
  expect(await canonicalStates(product)).toEqual(states);
  expect(await readModelHash(product)).toBe(rows);
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
    [undisturbed] = await Promise.all([neverStopped(LINES), publish(kafka.tools, TOPIC, LINES)]);
  });

  const kafkaVariables = () => ({ KAFKA_BROKERS: kafka.broker.brokers.join(), KAFKA_SESSION_TIMEOUT_MS: '6000' });

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
    const outcome = (name: string) => figureOf(successors[0]!, 'retention_facts_total', `outcome="${name}"`);
    expect(await outcome('duplicate')).toBe(0);
    expect((await outcome('accepted')) + (await outcome('parked'))).toBe(LINES.length - taken);
    await expectAs(undisturbed, product);
    (await Promise.all(successors.map(terminate))).forEach(expectInOrder);
  });

  it('ingest, projector and api end within ten seconds though the database does not answer, and say so', async () => {
    await Promise.all([silencedConsumers(), silencedApi()]);
  });

  async function silencedConsumers(): Promise<void> {
    const { database, product } = await newProduct();
    const proxy = await SilentProxy.start(database.url);
    const variables = { ...storeVariables(database.url), ...kafkaVariables() };
    const apps = ['ingest', 'projector'];
    const silenced = await Promise.all(apps.map((app) => start(app, { ...variables, DATABASE_URL: proxy.url })));
    await until('some are taken', async () => (await takenOf(product)) > 0);
    proxy.fallSilent();
    for (const { exitCode, seconds, output } of await Promise.all(silenced.map(terminate))) {
      expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining(NOT_IN_ORDER) });
      expect(seconds).toBeLessThan(STOP_WITHIN_SECONDS);
    }
    await proxy.stop();

    const successors = await Promise.all(apps.map((app) => start(app, { ...variables, DATABASE_URL: database.url })));
    await untilTaken(product, LINES.length, { processes: successors, withinMs: 60_000 });
    expect(await figureOf(successors[0]!, 'retention_facts_total', 'outcome="duplicate"')).toBe(0);
    await expectAs(undisturbed, product);
    (await Promise.all(successors.map(terminate))).forEach(expectInOrder);
  }
});

const held: (() => Promise<void>)[] = [];
afterEach(releaseWriters);

/** Keeps everybody from committing a fact until `releaseWriters`, or the end of the test. Reading goes on. */
async function holdWriters({ database }: Runtime): Promise<void> {
  const client = await database.connect();
  held.push(async () => {
    await client.query('COMMIT');
    client.release();
  });
  await client.query('BEGIN');
  await client.query('LOCK TABLE ingestion.fact_identity IN EXCLUSIVE MODE');
}

async function releaseWriters(): Promise<void> {
  for (const release of held.splice(0)) await release();
}

async function requestsInFlight(api: AppProcess): Promise<number> {
  return figureOf(api, 'retention_http_writes_in_flight', 'of="requests"');
}

const registered = (customerId: string): string =>
  JSON.stringify({
    specversion: '1.0',
    id: `reg-${customerId}`,
    source: '/core',
    type: 'lending.customer.registered.v1',
    time: '2024-01-02T10:00:00+08:00',
    data: { customerId, kind: 'personal', registeredOn: '2024-01-02', branchId: 'B1', officerId: 'O1' },
  });

async function registrations(product: Runtime): Promise<string[]> {
  const events = await everyEvent(product, ['customer-registered']);
  return events.map(({ streamId }) => streamId);
}

const crowd = (name: string, of: number): string[][] =>
  Array.from({ length: of }, (_, no) => [0, 1, 2].map((part) => registered(`${name}${no}-${part}`)));

/** Nobody whose request was under way is told that it is taken; sent again, each is taken once. */
async function silencedApi(): Promise<void> {
  const { database, product } = await newProduct();
  const proxy = await SilentProxy.start(database.url);
  const api = await start('api', { ...storeVariables(database.url), DATABASE_URL: proxy.url });
  const taken = crowd('T', 5);
  for (const lines of taken) await postUntilTaken(api.address, lines);
  proxy.fallSilent();
  const unknown = crowd('U', 20);
  const underWay = Promise.all(unknown.map((lines) => postFacts(api.address, lines)));
  await until('they wait', async () => (await requestsInFlight(api)) === unknown.length);
  const { exitCode, seconds, output } = await terminate(api);
  expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining(NOT_IN_ORDER) });
  expect(seconds).toBeLessThan(STOP_WITHIN_SECONDS);
  expect((await underWay).filter((sent) => 'answer' in sent && sent.answer.status < 500)).toEqual([]);
  await proxy.stop();

  const successor = await start('api', { DATABASE_URL: database.url });
  await Promise.all([...taken, ...unknown].map((lines) => postUntilTaken(successor.address, lines)));
  const streams = await registrations(product);
  expect([streams.length, new Set(streams).size]).toEqual([75, 75]);
  expectInOrder(await terminate(successor));
}

describe('the API that is told to stop', () => {
  it('answers every request it has let in, refuses the others with 503, and what is sent again is taken once', async () => {
    const { database, product } = await newProduct();
    const api = await start('api', { DATABASE_URL: database.url });
    await holdWriters(product);
    const early = crowd('E', 200);
    const underWay = Promise.all(early.map((lines) => postFacts(api.address, lines)));
    await until('they wait', async () => (await requestsInFlight(api)) === early.length);
    const ending = terminate(api);
    await until('it is not ready', async () => (await readinessOf(api)) === 503);
    const late = crowd('L', 50);
    const refused = await Promise.all(late.map((lines) => postFacts(api.address, lines)));
    await releaseWriters();

    for (const sent of await underWay) {
      expect(sent).toMatchObject({ answer: { status: 200, body: { counts: { accepted: 3 } } } });
    }
    for (const sent of refused) {
      expect(sent).toMatchObject({ answer: { status: 503, retryAfter: '1', body: { type: '/problems/stopping' } } });
    }
    expectInOrder(await ending);
    expect(await registrations(product)).toHaveLength(3 * early.length);

    const successor = await start('api', { DATABASE_URL: database.url });
    const again = await Promise.all([...early, ...late].map((lines) => postUntilTaken(successor.address, lines)));
    expect(again.map(({ body }) => body.counts)).toEqual([
      ...early.map(() => expect.objectContaining({ accepted: 0, duplicate: 3 })),
      ...late.map(() => expect.objectContaining({ accepted: 3, duplicate: 0 })),
    ]);
    const streams = await registrations(product);
    expect([streams.length, new Set(streams).size]).toEqual([750, 750]);
    expectInOrder(await terminate(successor));
  });
});

describe('standalone that is told to stop while it takes in a file', () => {
  it('ends in order in the middle of it, and the next start takes in the rest, each message once', async () => {
    const lines = gunzipSync(readFileSync(demoFeedPath())).toString('utf8').trim().split('\n');
    const { database, product } = await newProduct();
    const variables = { DATABASE_URL: database.url, DEMO_FEED: 'on' };
    await holdWriters(product);
    const standalone = await start('standalone', variables);
    await until(
      'it waits to commit',
      async () => (await figureOf(standalone, 'retention_writer_queued_submissions')) > 0,
    );
    const ending = terminate(standalone);
    await until('it is not ready', async () => (await readinessOf(standalone)) !== 200);
    await releaseWriters();
    const stopped = await ending;
    expectInOrder(stopped);
    const positions = [...(await product.store.head()).values()].reduce((one, other) => one + other, 0);
    expect(positions).toBeGreaterThan(0);

    const [successor, undisturbed] = await Promise.all([
      start('standalone', variables),
      neverStopped(lines, DEMO_LAST_DAY),
    ]);
    await until('it has taken in the rest', () => successor.output().includes('Look at'));
    expect(successor.output()).toContain('The last start ended before the demo lender was fed: feeding the rest.');
    const [, accepted, duplicates] = / in .* s: (\d+) accepted, 0 parked, (\d+) duplicates, 0 refused/.exec(
      successor.output(),
    )!;
    expect(Number(accepted) + Number(duplicates)).toBe(lines.length);
    expect(Number(accepted)).toBeGreaterThan(0);
    expect(Number(duplicates)).toBeGreaterThan(1_000);
    await expectAs(undisturbed, product);
    expectInOrder(await terminate(successor));

    const third = await start('standalone', variables);
    await until('it says what is there', () => third.output().includes('Look at'));
    expect(third.output()).not.toContain('messages in');
    expectInOrder(await terminate(third));
  });
});
