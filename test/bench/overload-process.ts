import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MemorySample } from './overload-sampler.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOADERS = ['./test/support/typescript.mjs', './test/bench/overload-sampler.ts'].flatMap((path) => [
  '--import',
  path,
]);

/** One of the product's processes, run from its sources with the heap limits of docker-compose.yml. */
export interface MeasuredProcess {
  /** What it last said of its memory; null before the first time. */
  memory(): MemorySample | null;
  /** SIGTERM; resolves with the exit code and how long it took. */
  stop(): Promise<{ readonly exitCode: number | null; readonly seconds: number }>;
}

const NODE_OPTIONS = {
  ingest: ['--max-old-space-size=1024', '--max-semi-space-size=64'],
  projector: ['--max-old-space-size=640', '--max-semi-space-size=64'],
} as const;

export function startMeasured(
  app: keyof typeof NODE_OPTIONS,
  variables: Readonly<Record<string, string>>,
): MeasuredProcess {
  const child = spawn(process.execPath, [...NODE_OPTIONS[app], ...LOADERS, `apps/${app}/src/main.ts`], {
    cwd: ROOT,
    env: { ...process.env, EVENT_STORE: 'postgres', LOG_LEVEL: 'warn', HTTP_PORT: '0', ...variables },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let last: MemorySample | null = null;
  child.on('message', (sample) => {
    last = sample as MemorySample;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    memory: () => last,
    stop: async () => {
      const startedAt = performance.now();
      child.kill('SIGTERM');
      const exitCode = await exited;
      return { exitCode, seconds: (performance.now() - startedAt) / 1000 };
    },
  };
}
