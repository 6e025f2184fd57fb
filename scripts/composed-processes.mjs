import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from './composed-file.mjs';

const POLL_MS = 250;
const ONE_OFF_MS = 120_000;
const LOG_LINES_SHOWN = 40;
const ERROR_LEVEL = 50;
/** The account `node` of the image; no name is needed for it. */
const NODE_ACCOUNT = { uid: 1000, gid: 1000 };

/** Asks until the answer is not undefined. Throws what `complaint` says when the time is over, or when it is interrupted. */
export async function until(ask, withinMs, signal, complaint) {
  for (const start = Date.now(); ; await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)) {
    if (signal.aborted) throw new Error('interrupted');
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() - start > withinMs) throw new Error(`${complaint()} (${withinMs / 1000} s)`);
  }
}

/**
 * Runs the services of a compose file that are our own image as processes of this machine: the command, the environment and
 * the health check are the file's, the folder is the image's. `folder` belongs to somebody else, so it is as read-only to
 * them as it is in a container.
 */
export class ComposedProcesses {
  running = [];
  account = accountOf();

  constructor(folder, imageEnvironment, replaced) {
    this.folder = folder;
    this.environmentOf = (service) => ({ ...imageEnvironment, ...replaced(service.environment) });
  }

  /** Starts a service that lasts, on a port of its own. */
  start(name, service, port) {
    const environment = { ...this.environmentOf(service), HTTP_HOST: '127.0.0.1', HTTP_PORT: String(port) };
    const child = this.spawn(service.command, environment);
    const started = { name, service, environment, ...child, address: `http://127.0.0.1:${port}` };
    this.running.push(started);
    return started;
  }

  /** Runs the health check of a service as compose would, until it succeeds. */
  async untilHealthy(started, signal) {
    const { name, service, environment } = started;
    const { test, timeout, interval, retries, start_period } = service.healthcheck;
    const [, ...command] = test;
    const withinMs = milliseconds(start_period) + retries * milliseconds(interval);
    await until(
      async () => {
        if (started.code() !== undefined) throw new Error(`${name} ended with ${started.code()}\n${started.tail()}`);
        const check = this.spawn(command, environment);
        const timer = setTimeout(() => check.process.kill('SIGKILL'), milliseconds(timeout));
        const code = await check.exit;
        clearTimeout(timer);
        return code === 0 ? true : undefined;
      },
      withinMs,
      signal,
      () => `${name} is not healthy\n${started.tail()}`,
    );
  }

  /** Runs a one-off with these arguments; returns its standard output. */
  async run(name, { entrypoint, ...service }, commandArguments) {
    const child = this.spawn([...entrypoint, ...commandArguments], this.environmentOf(service));
    const timer = setTimeout(() => child.process.kill('SIGKILL'), ONE_OFF_MS);
    const code = await child.exit;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`${name} ${commandArguments.join(' ')} ended with ${code}\n${child.tail()}`);
    return child.stdout();
  }

  /** SIGTERM, those that were started last first; each has to end with 0 within its grace period. */
  async stop() {
    const said = [];
    for (const { name, service, process: child, exit, tail } of this.running.toReversed()) {
      const graceMs = milliseconds(service.stop_grace_period);
      const startedAt = performance.now();
      child.kill('SIGTERM');
      const late = sleep(graceMs, `still there after ${graceMs / 1000} s`, { ref: false });
      const code = await Promise.race([exit, late]);
      if (code !== 0) throw new Error(`${name}: ${code} after SIGTERM\n${tail()}`);
      said.push(`${name} ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    }
    return said.join(', ');
  }

  /** Whatever is still there, at once. */
  async kill() {
    for (const { process: child, exit } of this.running) {
      child.kill('SIGKILL');
      await exit;
    }
  }

  /** What the services have logged at level error, each with who said it. */
  errors() {
    return this.running.flatMap(({ name, stdout }) =>
      stdout()
        .split('\n')
        .filter((line) => levelOf(line) >= ERROR_LEVEL)
        .map((line) => `${name}: ${line}`),
    );
  }

  spawn([program, ...commandArguments], environment) {
    const child = spawn(program === 'node' ? process.execPath : program, commandArguments, {
      cwd: this.folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C is for whoever runs this: a service is told once, by SIGTERM and in its turn, as compose would tell it.
      detached: true,
      ...this.account,
    });
    const printed = { stdout: [], both: [] };
    let code;
    child.stdout.on('data', (chunk) => printed.stdout.push(chunk) && printed.both.push(chunk));
    child.stderr.on('data', (chunk) => printed.both.push(chunk));
    const exit = new Promise((resolve) => child.once('close', (number, signal) => resolve(number ?? signal)));
    exit.then((ended) => (code = ended));
    const text = (chunks) => Buffer.concat(chunks).toString('utf8');
    return {
      process: child,
      exit,
      code: () => code,
      stdout: () => text(printed.stdout),
      tail: () => text(printed.both).trim().split('\n').slice(-LOG_LINES_SHOWN).join('\n'),
    };
  }
}

/** Root runs them as the image's account, where that may use this Node; whoever is not root runs them as himself. */
function accountOf() {
  if (process.getuid?.() !== 0) return {};
  const { status } = spawnSync(process.execPath, ['-e', '0'], { cwd: '/', ...NODE_ACCOUNT });
  return status === 0 ? NODE_ACCOUNT : {};
}

function levelOf(line) {
  try {
    const { level } = JSON.parse(line);
    return typeof level === 'number' ? level : { error: 50, fatal: 60 }[level];
  } catch {
    return undefined;
  }
}
