import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { faultsOf, runSeeds } from './runs.js';
import type { SeedEnd, Store } from './runs.js';
import { Summary } from './summary.js';

/*
 * `npm run faults -- --seeds N --minutes M [--first S] [--store memory|postgres] [--workers W] [--json FILE]`, or `--seed S`
 * for one seed again, with everything that was wrong.
 */

const DEFAULT_SEEDS = 2000;
const SAY_EVERY_MS = 5000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    store: { type: 'string', default: 'memory' },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    json: { type: 'string' },
  },
});

function whole(name: keyof typeof values, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name}: ${JSON.stringify(text)} is no whole number`);
}

function storeOf(text: string): Store {
  if (text === 'memory' || text === 'postgres') return text;
  throw new Error(`--store: ${JSON.stringify(text)} is neither memory nor postgres`);
}

const store = storeOf(values.store);
const one = values.seed === undefined ? null : whole('seed', values.seed);
const minutes = values.minutes === undefined ? null : Number(values.minutes);
const seeds =
  one === null
    ? values.seeds === undefined
      ? minutes === null
        ? DEFAULT_SEEDS
        : Infinity
      : whole('seeds', values.seeds)
    : 1;
const summary = new Summary(store);
let saidAt = performance.now();

function tell(end: SeedEnd): boolean {
  summary.add(end);
  const faults = faultsOf(end);
  if (one !== null) process.stdout.write(`${JSON.stringify(end, null, 2)}\n`);
  else if (faults.length > 0) process.stdout.write(`${summary.failureText(end.seed, faults)}\n`);
  if (process.stderr.isTTY && performance.now() - saidAt > SAY_EVERY_MS) {
    saidAt = performance.now();
    process.stderr.write(`${summary.progressText()}\n`);
  }
  return false;
}

await runSeeds({
  first: one ?? whole('first', values.first),
  seeds,
  forMs: (minutes ?? Infinity) * 60_000,
  workers: one === null ? Math.max(1, whole('workers', values.workers)) : 1,
  store,
  mutation: process.env['FAULTS_MUTATION'] ?? null,
  onEnd: tell,
});
process.stdout.write(`${summary.text()}\n`);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(summary.figures(), null, 2));
process.exitCode = summary.figures().failed.length === 0 ? 0 : 1;
