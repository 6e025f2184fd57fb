/**
 * Starts every built app once on an empty database, sees it live, and stops it: `node scripts/start-every-app.mjs`.
 *
 * A build can pass every test and still not start, for a provider is missing only in the composed application.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './build.mjs';
import { withPostgres } from './postgres.mjs';
import { withFolder } from './temporary-folder.mjs';

// Standalone makes a database cluster on its first start, and the machine may be busy.
const liveWithinMs = 60_000;
const stopWithinMs = 10_000;

const mainOf = (app) => join(root, 'dist', 'apps', app, 'src', 'main.js');

const startings = {
  ops: reportsItsStatus,
  ...(process.env.KAFKA_BROKERS ? {} : { ingest: asksForKafka }),
};

async function servesUntilToldToStop(app, environment) {
  const port = await freePort();
  const running = start(app, [], { ...environment, HTTP_PORT: String(port) });
  try {
    await isLive(`http://127.0.0.1:${port}/health/live`, running);
    running.process.kill('SIGTERM');
    const code = await within(stopWithinMs, running.exit, 'did not stop after SIGTERM');
    if (code !== 0) throw new Error(`exit code ${code} after SIGTERM`);
    return 'live, stopped with 0';
  } catch (error) {
    throw new Error(`${error.message}\n${running.output()}`, { cause: error });
  } finally {
    running.process.kill('SIGKILL');
    await running.exit;
  }
}

async function reportsItsStatus(app, environment) {
  const running = start(app, ['status', '--json'], environment);
  const code = await ended(running);
  if (code !== 0) throw new Error(`exit code ${code}\n${running.output()}`);
  JSON.parse(running.stdout());
  return 'status --json printed one JSON value, exit code 0';
}

async function asksForKafka(app, environment) {
  const running = start(app, [], environment);
  const code = await ended(running);
  const lines = running.output().trim().split('\n');
  if (code !== 1 || lines.length !== 1 || !lines[0].includes('KAFKA_BROKERS')) {
    throw new Error(`expected one line about KAFKA_BROKERS and exit code 1, got ${code}\n${running.output()}`);
  }
  return 'asked for KAFKA_BROKERS in one line, exit code 1';
}

async function ended(running) {
  try {
    return await within(liveWithinMs, running.exit, 'did not end');
  } finally {
    running.process.kill('SIGKILL');
  }
}

function start(app, appArguments, environment) {
  const child = spawn(process.execPath, [mainOf(app), ...appArguments], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: [], both: [] };
  child.stdout.on('data', (chunk) => printed.stdout.push(chunk) && printed.both.push(chunk));
  child.stderr.on('data', (chunk) => printed.both.push(chunk));
  return {
    process: child,
    exit: new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal))),
    stdout: () => Buffer.concat(printed.stdout).toString('utf8'),
    output: () => Buffer.concat(printed.both).toString('utf8'),
  };
}

async function isLive(address, running) {
  let code;
  running.exit.then((exitCode) => (code = exitCode));
  for (const start = Date.now(); Date.now() - start < liveWithinMs; await sleep(100)) {
    if (code !== undefined) throw new Error(`ended with ${code} before it was live`);
    const answer = await fetch(address, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
  }
  throw new Error(`${address} did not answer 200 within ${liveWithinMs / 1000} s`);
}

async function within(ms, promise, complaint) {
  const late = Symbol('late');
  const first = await Promise.race([promise, sleep(ms, late, { ref: false })]);
  if (first === late) throw new Error(`${complaint} within ${ms / 1000} s`);
  return first;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Nothing but what names places: a setting of the caller's shell must not decide whether an app starts. */
function placesOnly() {
  const names = ['PATH', 'HOME', 'TMPDIR', 'KAFKA_BROKERS'];
  return Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}

async function startOnce(app, freshDatabase, dataFolder) {
  if (!existsSync(mainOf(app))) throw new Error('is not built');
  const environment = {
    ...placesOnly(),
    HTTP_HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    DEMO_FEED: 'off',
    RETENTION_DATA: join(dataFolder, app),
    // Standalone brings its own server, which is part of what is tried here.
    ...(app === 'standalone' ? {} : { DATABASE_URL: await freshDatabase(`start_${app}`) }),
  };
  return (startings[app] ?? servesUntilToldToStop)(app, environment);
}

const counts = { passed: 0, failed: 0 };
await withFolder((dataFolder) =>
  withPostgres(async ({ freshDatabase }) => {
    for (const app of readdirSync(join(root, 'apps'))) {
      const startedAt = performance.now();
      const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
      try {
        const seen = await startOnce(app, freshDatabase, dataFolder);
        counts.passed += 1;
        console.log(`passed  ${app}: ${seen} (${seconds()} s)`);
      } catch (error) {
        counts.failed += 1;
        console.log(`FAILED  ${app}: ${error.message} (${seconds()} s)`);
      }
    }
  }),
);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
