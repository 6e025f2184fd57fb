/**
 * Runs what docker-compose.yml composes, without an engine: `npm run composed`, with `-- --keep` until Ctrl-C.
 *
 * PostgreSQL, Kafka and EventStoreDB are run by this machine: the embedded server, a broker from its published jars, and the
 * server that EVENTSTORE_URL names or else the double of libs/testing. The apps are the built ones, laid out as the
 * Dockerfile says, as processes of their own with the commands, environments and health checks of the file; only the
 * addresses of servers and the ports differ. EVENT_STORE chooses the store, as it does for compose. KAFKA_BROKERS is not
 * looked at, for the topics of the file have to be new.
 */
/* global AbortController */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import pg from 'pg';
import { startEventStoreDoubleProcess } from '../libs/testing/src/eventstoredb/start-event-store.ts';
import { freePort } from '../libs/testing/src/kafka/free-port.ts';
import { startKafkaBroker } from '../libs/testing/src/kafka/kafka-broker.ts';
import { openKafkaTools } from '../libs/testing/src/kafka/kafka-tools.ts';
import { ensureBuilt } from './build.mjs';
import { composedServices, inOrderOfStart, isApp, topicsOf } from './composed-file.mjs';
import { filesOf, imageEnvironment, layOutImage } from './composed-image.mjs';
import { ComposedProcesses, until } from './composed-processes.mjs';
import { withPostgres } from './postgres.mjs';
import { withFolder } from './temporary-folder.mjs';

const LENDER = ['--customers', '60', '--years', '2', '--seed', '7'];
const CAUGHT_UP_WITHIN_MS = 120_000;
const QUIET_MS = 3_000;

const isKept = process.argv.includes('--keep');
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => interrupted.abort());
const { signal } = interrupted;

const startedAt = performance.now();
let steps = 0;

/** Prints what is done, once it is. */
async function step(name, work) {
  const since = performance.now();
  const says = await work();
  steps += 1;
  console.log(`${name.padEnd(13)} ${says} (${((performance.now() - since) / 1000).toFixed(1)} s)`);
}

/** What compose would be called with: the choices of the caller's environment that the file knows. */
function givenToCompose() {
  const { EVENT_STORE, EVENTSTORE_URL, EVENTSTORE_PREFIX } = process.env;
  // PostgreSQL is new at each run, and a server that is not must not bring the events of the last one.
  const prefix = EVENTSTORE_PREFIX || `composed-${randomBytes(4).toString('hex')}.`;
  return { EVENT_STORE, EVENTSTORE_URL, EVENTSTORE_PREFIX: prefix };
}

const given = givenToCompose();
const { services } = composedServices(given);
const store = services.ingest.environment.EVENT_STORE;

/** The servers that stand in for the services of others; each says where it is and how it is stopped. */
const servers = {
  places: new Map(),
  stops: [],
  /** The double, where there is one. */
  double: null,
  tools: null,
};

async function startPostgres({ environment }, freshDatabase) {
  const { POSTGRES_USER: user, POSTGRES_PASSWORD: password, POSTGRES_DB: database } = environment;
  const address = await freshDatabase('composed_by');
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user]);
    const verb = role.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE "${user}" LOGIN SUPERUSER PASSWORD '${password}'`);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE "${database}" OWNER "${user}"`);
  } finally {
    await client.end();
  }
  servers.places.set('postgres:5432', new URL(address).host);
  return `PostgreSQL at ${new URL(address).host}, with the user and the database of the file`;
}

async function startKafka() {
  delete process.env.KAFKA_BROKERS;
  const broker = await startKafkaBroker().catch((error) => {
    throw new Error(`Kafka did not start; it needs a JDK, and Maven the first time: ${error.message}`, {
      cause: error,
    });
  });
  servers.stops.push(() => broker.stop());
  servers.places.set('kafka:9092', broker.brokers.join(','));
  servers.tools = await openKafkaTools(broker.brokers);
  servers.stops.push(() => servers.tools.close());
  return `a broker at ${broker.brokers.join(',')}`;
}

async function startEventStore() {
  if (store !== 'eventstoredb') return `not started: EVENT_STORE=${store}`;
  if (given.EVENTSTORE_URL) return `the server that EVENTSTORE_URL names, streams ${given.EVENTSTORE_PREFIX}…`;
  servers.double = await startEventStoreDoubleProcess();
  servers.stops.push(() => servers.double.stop());
  const { host } = new URL(servers.double.url);
  servers.places.set('eventstoredb:2113', host);
  return `the double of its protocol at ${host}; NO EventStoreDB server takes part (EVENTSTORE_URL names none)`;
}

async function createTopics() {
  const topics = topicsOf(services);
  for (const { topic, partitions } of topics) await servers.tools.createTopic(topic, partitions);
  return `created ${topics.map(({ topic, partitions }) => `${topic} (${partitions})`).join(', ')}`;
}

/** The environment of the file with the places of this machine's servers. */
function replaced(environment) {
  const replace = (value) => [...servers.places].reduce((text, [from, to]) => text.replaceAll(from, to), value);
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, replace(value)]));
}

async function startApp(name, processes) {
  const started = processes.start(name, services[name], await freePort());
  await processes.untilHealthy(started, signal);
  return `healthy at ${started.address}, process ${started.process.pid}`;
}

async function publishFacts(processes) {
  const lines = (await processes.run('ops', services.ops, ['simulate', ...LENDER])).trim().split('\n');
  const messages = lines.map((line) => JSON.parse(line));
  const { topic } = topicsOf(services)[0];
  const records = messages.map(({ subject, data }, at) => ({ key: subject ?? data.customerId, value: lines[at] }));
  await servers.tools.produce(topic, records);
  return { messages, facts: new Set(messages.map(({ source, id }) => `${source}#${id}`)).size };
}

async function asked(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
  const body = await answer.json();
  if (answer.status !== 200) throw new Error(`${address} answers ${answer.status}: ${JSON.stringify(body)}`);
  return body;
}

/** Waits until every fact is known, nobody is to be decided anew, the read models hold all of it, and nothing more comes. */
function caughtUp(api, facts) {
  let last;
  let quietSince;
  return until(
    async () => {
      const before = last;
      last = await asked(`${api}/v1/status`);
      const { events, customersDue, readModels } = last;
      const isCurrent = readModels.length > 0 && readModels.every(({ lagEvents }) => lagEvents === 0);
      if (events !== before?.events || !isCurrent || customersDue > 0) quietSince = performance.now();
      // What reactors report comes back as facts, a moment after the facts that made them do so.
      return last.facts.known >= facts && performance.now() - quietSince > QUIET_MS ? last : undefined;
    },
    CAUGHT_UP_WITHIN_MS,
    signal,
    () => `not caught up with ${facts} facts: ${JSON.stringify(last)}`,
  );
}

function require(isSo, complaint) {
  if (!isSo) throw new Error(complaint());
}

async function looksAtACustomer(api) {
  const { items } = await asked(`${api}/v1/customers?limit=1`);
  const { customerId, points } = await asked(`${api}/v1/customers/${items[0].customerId}`);
  const timeline = await asked(`${api}/v1/customers/${customerId}/timeline?limit=1`);
  const { origin } = timeline.items[0];
  require(origin.door === 'kafka', () => `the first fact of ${customerId} came by ${JSON.stringify(origin)}`);
  return `${customerId} has ${points} points; its first fact came by ${origin.topic ?? origin.door}`;
}

async function storeHolds({ events }) {
  if (servers.double === null) return `${events} events, in ${store === 'postgres' ? 'PostgreSQL' : 'EventStoreDB'}`;
  const kept = (await servers.double.all()).filter(({ stream }) => stream.startsWith(given.EVENTSTORE_PREFIX));
  require(kept.length >= events && events > 0, () => `of ${events} events EventStoreDB holds ${kept.length}`);
  return `${events} events, in EventStoreDB (${kept.length} in all its streams)`;
}

async function opsSaysTheSame(processes, status) {
  const printed = JSON.parse(await processes.run('ops', services.ops, ['status', '--json']));
  const said = { events: printed.events, known: printed.facts.known, points: printed.points };
  const expected = { events: status.events, known: status.facts.known, points: status.points };
  require(JSON.stringify(said) === JSON.stringify(expected), () => {
    return `ops says ${JSON.stringify(said)} and the API ${JSON.stringify(expected)}`;
  });
  return `status says what the API says: ${said.known} facts, ${said.events} events, ${said.points} points`;
}

async function tryWhatIsUp(processes, image, laidOutAtMs) {
  const api = processes.running.find(({ name }) => name === 'api').address;
  let published;
  let status;
  await step('facts', async () => {
    published = await publishFacts(processes);
    return `${published.messages.length} messages of a simulated lender to Kafka, ${published.facts} different`;
  });
  await step('caught up', async () => {
    status = await caughtUp(api, published.facts);
    require(status.deadLetters.length === 0, () => `refused: ${JSON.stringify(status.deadLetters)}`);
    return `${status.facts.known} facts, ${status.customers} customers, nothing refused, no lag`;
  });
  await step('store', () => storeHolds(status));
  await step('api', () => looksAtACustomer(api));
  await step('ops', () => opsSaysTheSame(processes, status));
  await step('read-only', async () => {
    const { changed } = filesOf(image, laidOutAtMs);
    require(changed.length === 0, () => `written into the image: ${changed.join(', ')}`);
    return `nothing was written into the image, by user ${processes.account.uid ?? process.getuid?.()}`;
  });
  await step('log', async () => {
    const errors = processes.errors();
    require(errors.length === 0, () => `logged at level error:\n${errors.join('\n')}`);
    return 'no line of level error';
  });
}

function untilInterrupted() {
  return new Promise((resolve) => {
    // A signal handler alone keeps no process alive.
    const timer = setTimeout(() => undefined, 2 ** 31 - 1);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
    if (signal.aborted) resolve();
  });
}

function isListening(place) {
  const [host, port] = place.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function whatIsLeft(processes) {
  const alive = processes.running.filter(({ process: child }) => isAlive(child.pid)).map(({ name }) => name);
  const addresses = processes.running.map(({ address }) => new URL(address).host);
  const listening = [];
  for (const place of [...addresses, ...servers.places.values()]) if (await isListening(place)) listening.push(place);
  return [...alive, ...listening];
}

function isAlive(pid) {
  return spawnSync('kill', ['-0', String(pid)], { stdio: 'ignore' }).status === 0;
}

async function composed(folder) {
  let image;
  await step('build', async () => {
    await ensureBuilt();
    return 'as new as the sources';
  });
  await step('image', async () => {
    image = layOutImage(folder);
    return `${filesOf(image).megabytes} MB laid out as the Dockerfile says, without an engine`;
  });
  const laidOutAtMs = Date.now();
  const processes = new ComposedProcesses(image, imageEnvironment(), replaced);
  try {
    await withPostgres(async ({ freshDatabase }) => {
      const starts = {
        postgres: () => startPostgres(services.postgres, freshDatabase),
        kafka: startKafka,
        eventstoredb: startEventStore,
        topics: createTopics,
      };
      try {
        for (const name of inOrderOfStart(services, ['apps'])) {
          await step(name, () => (isApp(services[name]) ? startApp(name, processes) : starts[name]()));
        }
        await tryWhatIsUp(processes, image, laidOutAtMs);
        if (isKept) {
          console.log(`It stays up until Ctrl-C. The servers: ${[...servers.places.values()].join(', ')}`);
          await untilInterrupted();
        }
        await step('stopped', () => processes.stop());
      } finally {
        await processes.kill();
        for (const stop of servers.stops.toReversed()) await stop();
      }
    });
    await step('left', async () => {
      const left = await whatIsLeft(processes);
      require(left.length === 0, () => `still there: ${left.join(', ')}`);
      return 'no process and no port';
    });
  } catch (error) {
    throw new Error(`${error.message}\n${processes.errors().slice(-10).join('\n')}`, { cause: error });
  }
}

try {
  await withFolder(composed);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`The composed product works with EVENT_STORE=${store}: ${steps} steps in ${seconds} s`);
} catch (error) {
  console.log(`FAILED after ${steps} steps: ${error.message}`);
  process.exitCode = 1;
}
