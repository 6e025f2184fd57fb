import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SeedReport } from './pipeline/run-seed.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What became of a seed: its report, or why there is none. */
export type SeedEnd = SeedReport | { readonly seed: number; readonly crashed: string };

export type Store = 'memory' | 'postgres';

export interface SeedsToRun {
  readonly first: number;
  /** Most seeds; Infinity = until the time is up. */
  readonly seeds: number;
  readonly forMs: number;
  readonly workers: number;
  readonly store: Store;
  /** One change of the product's sources under which it runs, as JSON; null = the product as it is. */
  readonly mutation: string | null;
  /** True = enough, no further seeds are begun. */
  readonly onEnd: (end: SeedEnd) => boolean;
}

/** Runs seeds in processes of their own, each seed once, in order, as many at a time as there are workers. */
export async function runSeeds(options: SeedsToRun): Promise<void> {
  const until = performance.now() + options.forMs;
  let next = options.first;
  let isEnough = false;
  const take = (): number | null => {
    if (isEnough || next >= options.first + options.seeds || performance.now() > until) return null;
    next += 1;
    return next - 1;
  };
  const ended = (end: SeedEnd): void => {
    isEnough = options.onEnd(end) || isEnough;
  };
  await Promise.all(Array.from({ length: options.workers }, () => work(options, take, ended)));
}

async function work(options: SeedsToRun, take: () => number | null, ended: (end: SeedEnd) => void): Promise<void> {
  for (let seed = take(); seed !== null;) {
    // A process that ends by itself takes its seed with it; the next one gets a new process.
    seed = await serve(options, seed, take, ended);
  }
}

/** Gives seeds to one process until there are none left, or it ends. Resolves with the next seed to run elsewhere. */
function serve(
  { store, mutation }: SeedsToRun,
  first: number,
  take: () => number | null,
  ended: (end: SeedEnd) => void,
): Promise<number | null> {
  const child = start(store, mutation);
  let running: number | null = first;
  let printed = '';
  let rest = '';
  child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-8000)));
  child.stdout.on('data', (chunk: Buffer) => {
    rest += chunk.toString();
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      ended(JSON.parse(line) as SeedEnd);
      running = take();
      if (running === null) child.stdin.end();
      else child.stdin.write(`${running}\n`);
    }
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${first}\n`);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      if (running === null) {
        resolve(null);
        return;
      }
      ended({ seed: running, crashed: `the process of the run ended with ${String(code)}\n${printed}` });
      resolve(take());
    });
  });
}

function start(store: Store, mutation: string | null): ChildProcessWithoutNullStreams {
  return spawn(
    process.execPath,
    [
      '--max-semi-space-size=64',
      '--import',
      './test/support/typescript.mjs',
      '--import',
      './test/faults/simulation.mjs',
      'test/faults/runner.ts',
      store,
    ],
    {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        ...(mutation === null ? {} : { FAULTS_MUTATION: mutation }),
      },
    },
  );
}

/** Everything that is not as it has to be, one sentence each; none for a good seed. */
export function faultsOf(end: SeedEnd): string[] {
  if ('crashed' in end) return [`crashed: ${end.crashed}`];
  return [
    ...end.lost.map((what) => `lost: ${what}`),
    ...end.doubled.map((what) => `doubled: ${what}`),
    ...end.stuck.map((what) => `stuck: ${what}`),
    ...end.wrong.map((what) => `wrong: ${what}`),
  ];
}
