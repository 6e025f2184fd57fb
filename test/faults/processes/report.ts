import type { AppPlace } from './app-place.js';
import type { Recovery } from './recoveries.js';
import type { Verdict } from './verdict.js';

export interface Spread {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface ProcessesReport {
  readonly seed: number;
  readonly verdict: Verdict;
  /** Messages in the log, repetitions included. */
  readonly messages: number;
  /** How often each act struck. */
  readonly acts: Readonly<Record<string, number>>;
  /** What the consumers and followers have logged, by message. */
  readonly logged: Readonly<Record<string, number>>;
  /** What the processes had counted when they were asked last: those that were too busy to answer are missing. */
  readonly counted: Readonly<Record<string, number>>;
  /** From the start of the next process until the work of the killed one went on. */
  readonly recovery: Readonly<Record<string, Spread>>;
  readonly termMs: Spread;
  /** The longest time nothing moved while servers were up and no process slept. */
  readonly standstillMs: number;
  readonly seconds: Readonly<Record<string, number>>;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

/** By app, since the start of the next process and since the kill; and without the kills during which a server was away. */
export function recoverySpreads(recoveries: readonly Recovery[]): Record<string, Spread> {
  const spreads: Record<string, Spread> = {};
  for (const app of ['ingest', 'projector'] as const) {
    const own = recoveries.filter((recovery) => recovery.app === app);
    const undisturbed = own.filter(({ isUndisturbed }) => isUndisturbed);
    spreads[`${app}, since the start`] = spreadOf(own.map(({ sinceStartMs }) => sinceStartMs));
    spreads[`${app}, since the start, servers up`] = spreadOf(undisturbed.map(({ sinceStartMs }) => sinceStartMs));
    spreads[`${app}, since the kill`] = spreadOf(own.map(({ sinceKillMs }) => sinceKillMs));
  }
  return spreads;
}

export function sums(places: readonly AppPlace[], of: (place: AppPlace) => ReadonlyMap<string, number>) {
  const all: Record<string, number> = {};
  for (const place of places) {
    for (const [name, count] of of(place)) all[name] = (all[name] ?? 0) + count;
  }
  return all;
}

/** The report as lines for people. */
export function reportLines(report: ProcessesReport): string[] {
  const { verdict, acts, recovery, logged, counted, seconds } = report;
  const line = (name: string, text: string): string => `${name.padEnd(36)} ${text}`;
  const spread = ({ count, medianMs, p95Ms, maxMs }: Spread): string =>
    `median ${inSeconds(medianMs)}, p95 ${inSeconds(p95Ms)}, max ${inSeconds(maxMs)} (${count})`;
  return [
    line('seed', String(report.seed)),
    line(
      'facts',
      `${verdict.facts} in ${report.messages} messages, ${verdict.events} events of ${verdict.customers} customers`,
    ),
    line('lost', String(verdict.lost.length)),
    line('doubled', String(verdict.doubled.length)),
    line(
      'other than in the quiet run',
      `${verdict.differing.length} customers, ${verdict.foreign.length} facts nobody published`,
    ),
    line('read models', verdict.readModelsAgree ? 'the same rows' : 'OTHER ROWS'),
    line('refused', list(verdict.refused)),
    line('struck', list(acts)),
    ...Object.entries(recovery).map(([name, figures]) => line(name, spread(figures))),
    line('SIGTERM until the end', spread(report.termMs)),
    line('longest standstill', inSeconds(report.standstillMs)),
    line('repeated messages', String(report.messages - verdict.facts)),
    line('counted before their ends', list(counted)),
    line('logged', list(logged)),
    line('seconds', list(seconds)),
  ];
}

function list(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'nothing'
  );
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
