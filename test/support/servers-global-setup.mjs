import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './typescript.mjs';

const PREFIX = 'retention-test-postgres-';

/**
 * One PostgreSQL server for the whole run, started by the product's own launcher; a server named by DATABASE_URL is used
 * instead. When neither can be had, the run fails: specs that need PostgreSQL are never skipped.
 */
export default async function setUp() {
  await startEventStore();
  if (process.env.DATABASE_URL) {
    process.env.RETENTION_TEST_DATABASE_URL = process.env.DATABASE_URL;
    return;
  }
  removeLeftOvers();
  const { startEmbeddedPostgres } = await import('../../libs/platform/src/database/embedded-postgres.ts');
  const dataFolder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(dataFolder, 0o755); // mkdtemp makes it 0700, and the server's account has to get in when we are root.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };
  const server = await startEmbeddedPostgres({ dataFolder, settings });
  globalThis.retentionTestPostgres = { server, dataFolder };
  process.env.RETENTION_TEST_DATABASE_URL = server.url;
}

/**
 * With EVENT_STORE=eventstoredb every spec keeps its events in EventStoreDB: a real server where EVENTSTORE_URL names one,
 * else the double of the protocol, and the run says which.
 */
async function startEventStore() {
  if (process.env.EVENT_STORE !== 'eventstoredb') return;
  if (process.env.EVENTSTORE_URL) {
    process.stderr.write('Events are kept in the EventStoreDB that EVENTSTORE_URL names.\n');
    process.env.RETENTION_TEST_EVENTSTORE_URL = process.env.EVENTSTORE_URL;
    return;
  }
  const { startEventStoreDoubleProcess } = await import('../../libs/testing/src/eventstoredb/start-event-store.ts');
  const double = await startEventStoreDoubleProcess();
  process.stderr.write(
    'EVENTSTORE_URL is not set: events are kept in a double of EventStoreDB, not in a real server.\n',
  );
  globalThis.retentionTestEventStore = double;
  process.env.RETENTION_TEST_EVENTSTORE_URL = double.url;
}

/** Servers and folders of earlier runs that were killed before their teardown. */
function removeLeftOvers() {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    const server = serverOf(folder);
    if (server !== null && isAlive(server)) process.kill(server, 'SIGQUIT');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function serverOf(folder) {
  try {
    return Number(readFileSync(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
