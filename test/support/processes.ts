import { storeVariables } from '@retention/testing';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIVE_WITHIN_MS = 60_000;

/** One of the apps as a real process. */
export interface AppProcess {
  readonly address: string;
  readonly child: ChildProcess;
  /** Everything it has printed. */
  output(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  get(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** Starts an app and waits until it is live. Its environment holds nothing but what is given and where programs are. */
export async function startApp(app: string, variables: Readonly<Record<string, string>>): Promise<AppProcess> {
  const running = await spawnApp(app, variables);
  const deadline = Date.now() + LIVE_WITHIN_MS;
  while (!(await isLive(running))) {
    if (running.child.exitCode !== null || Date.now() > deadline) {
      await running.kill();
      throw new Error(`${app} did not get live (exit code ${String(running.child.exitCode)}):\n${running.output()}`);
    }
    await delay(100);
  }
  return running;
}

/** Starts an app and waits for nothing. From its sources, or as it was built into `builtIn`. */
export async function spawnApp(
  app: string,
  variables: Readonly<Record<string, string>>,
  builtIn?: string,
): Promise<AppProcess> {
  const port = await freePort();
  const program =
    builtIn === undefined
      ? ['--import', './test/support/typescript.mjs', `apps/${app}/src/main.ts`]
      : [join(builtIn, 'apps', app, 'src', 'main.js')];
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      HTTP_PORT: String(port),
      DEMO_FEED: 'off',
      ...(variables['DATABASE_URL'] === undefined ? {} : storeVariables(variables['DATABASE_URL'])),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const address = `http://127.0.0.1:${port}`;
  return {
    address,
    child,
    output: () => printed.join(''),
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    get: async (path) => {
      const answer = await fetch(address + path, { signal: AbortSignal.timeout(5000) });
      return { status: answer.status, body: await answer.json() };
    },
  };
}

async function isLive(running: AppProcess): Promise<boolean> {
  try {
    return (await running.get('/health/live')).status === 200;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
