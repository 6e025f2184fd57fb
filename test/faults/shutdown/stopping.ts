import { setTimeout as delay } from 'node:timers/promises';
import type { AppProcess } from '../../support/processes.js';

export interface Stopped {
  readonly exitCode: number | null;
  readonly seconds: number;
  /** Statuses of /health/ready from the signal on, each once for as long as it stayed; null when nobody listened. */
  readonly readiness: readonly (number | null)[];
  readonly output: string;
}

/** Sends SIGTERM, asks for the readiness all the while, and waits for the end. */
export async function terminate(running: AppProcess): Promise<Stopped> {
  const startedAt = performance.now();
  const readiness: (number | null)[] = [];
  const ended = running.stop();
  const watch = { goesOn: true };
  void ended.finally(() => (watch.goesOn = false));
  while (watch.goesOn) {
    const status = await readinessOf(running);
    if (readiness.at(-1) !== status) readiness.push(status);
    await delay(5);
  }
  const exitCode = await ended;
  return { exitCode, seconds: (performance.now() - startedAt) / 1000, readiness, output: running.output() };
}

/** The status of /health/ready; null when nobody listens. */
export async function readinessOf({ address }: AppProcess): Promise<number | null> {
  try {
    const answer = await fetch(`${address}/health/ready`, { signal: AbortSignal.timeout(3_000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}

/** A figure of the process by its labels; 0 where it has none. */
export async function figureOf({ address }: AppProcess, name: string, ...labels: readonly string[]): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const line = text
    .split('\n')
    .find((one) => one.startsWith(`${name}{`) && labels.every((label) => one.includes(label)));
  return Number(line?.split(' ').at(-1) ?? 0);
}

export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  withinMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await delay(20);
  }
}
