import { storeVariables } from '@retention/testing';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COMMAND = ['scripts/run.mjs', 'ops'];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

/** Starts `retention …` as `npm run retention` does, in an environment of nothing but `environment`. */
export function start(environment: Record<string, string>, ...parameters: string[]): Running {
  const { DATABASE_URL: url } = environment;
  const store = url === undefined || url === '' ? {} : storeVariables(url);
  const child = spawn(process.execPath, [...COMMAND, ...parameters], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...store, ...environment },
  });
  const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => said.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.stderr.push(chunk));
  // It may have ended without reading what it was given.
  child.stdin.on('error', () => undefined);
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout: text(said.stdout), stderr: text(said.stderr) }));
  });
  return { child, ended };
}

/** Runs it to its end, with `input` on its standard input. */
export async function run(
  environment: Record<string, string>,
  parameters: readonly string[],
  input: string | Buffer = '',
): Promise<Ended> {
  const { child, ended } = start(environment, ...parameters);
  child.stdin.end(input);
  return ended;
}

/** The one JSON object a command printed; fails when there is more, or less. */
export function objectOf({ code, stdout, stderr }: Ended): Record<string, unknown> {
  if (code !== 0) throw new Error(`exit code ${String(code)}: ${stderr}`);
  if (!/^\{.*\}\n$/s.test(stdout)) throw new Error(`not one object: ${stdout.slice(0, 200)}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}
