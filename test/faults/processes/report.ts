import type { AppPlace } from './app-place.js';
import { APPS } from './chaos-plan.js';
import type { App } from './chaos-plan.js';
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
  /** Until the work went on, by what had struck whom. */
  readonly recovery: Readonly<Record<string, Spread>>;
  /** The most memory one process had, by app; 0 where the system does not tell. */
  readonly memoryMb: Readonly<Record<App, number>>;
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

/**
 * By kind of strike, since the strike (for servers: since they were back); for kills also without those during which a
 * server was away, and since the start of the next process.
 */
export function recoverySpreads(recoveries: readonly Recovery[]): Record<string, Spread> {
  const spreads: Record<string, Spread> = {};
  for (const kind of [...new Set(recoveries.map((recovery) => recovery.kind))].sort()) {
    const own = recoveries.filter((recovery) => recovery.kind === kind);
    spreads[kind] = spreadOf(own.map(({ sinceStrikeMs }) => sinceStrikeMs));
    if (!kind.startsWith('kill ')) continue;
    const undisturbed = own.filter(({ isUndisturbed }) => isUndisturbed);
    spreads[`${kind}, servers up`] = spreadOf(undisturbed.map(({ sinceStrikeMs }) => sinceStrikeMs));
    spreads[`${kind}, since the next start`] = spreadOf(own.map(({ sinceBackMs }) => sinceBackMs));
  }
  return spreads;
}

export function peakMemoryMb(places: readonly AppPlace[]): Record<App, number> {
  const peaks = (Object.keys(APPS) as App[]).map((app) => {
    const bytes = places.filter((place) => place.app === app).map(({ memoryBytesMax }) => memoryBytesMax);
    return [app, Math.round(Math.max(...bytes) / 1024 ** 2)] as const;
  });
  return Object.fromEntries(peaks) as Record<App, number>;
}

export function sums(places: readonly AppPlace[], of: (place: AppPlace) => ReadonlyMap<string, number>) {
  const all: Record<string, number> = {};
  for (const place of places) {
    for (const [name, count] of of(place)) all[name] = (all[name] ?? 0) + count;
  }
  return all;
}

/** What is not as it has to be, one sentence each; none when all is well. */
export function faultsOf({ verdict }: ProcessesReport): string[] {
  const { lost, doubled, wrong, refused, isRebuiltTheSame } = verdict;
  return [
    ...lost.map((factId) => `lost: ${factId}`),
    ...doubled.map((factId) => `doubled: ${factId}`),
    ...wrong.map((what) => `wrong: ${what}`),
    ...Object.entries(refused).map(([code, count]) => `refused: ${count} ${code}`),
    ...(isRebuiltTheSame ? [] : ['read models built anew have other rows']),
  ];
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
    line('wrong', String(verdict.wrong.length)),
    line('read models built anew', verdict.isRebuiltTheSame ? 'the same rows' : 'OTHER ROWS'),
    line('refused', list(verdict.refused)),
    line('struck', list(acts)),
    ...Object.entries(recovery).map(([name, figures]) => line(`again after ${name}`, spread(figures))),
    line('SIGTERM until the end', spread(report.termMs)),
    line('longest standstill', inSeconds(report.standstillMs)),
    line('peak memory, MB', list(report.memoryMb)),
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
