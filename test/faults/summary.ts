import { faultsOf } from './runs.js';
import type { SeedEnd, Store } from './runs.js';

export interface Figures {
  readonly store: Store;
  readonly seeds: number;
  readonly facts: number;
  readonly deliveries: number;
  readonly faults: number;
  readonly faultsLeast: number;
  readonly faultsByKind: Readonly<Record<string, number>>;
  readonly simulatedHours: number;
  readonly seconds: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
  readonly stuck: number;
  readonly crashed: number;
  /** Seeds in which anything was not as it has to be. */
  readonly failed: readonly number[];
  /** Digest of each seed's end, by seed. */
  readonly digests: Readonly<Record<string, string>>;
}

const FAULTS_SHOWN_MAX = 6;

/** Adds up what the seeds of a run came to. */
export class Summary {
  private readonly startedAt = performance.now();
  private readonly ends: SeedEnd[] = [];

  constructor(private readonly store: Store) {}

  add(end: SeedEnd): void {
    this.ends.push(end);
  }

  failureText(seed: number, faults: readonly string[]): string {
    const more = faults.length > FAULTS_SHOWN_MAX ? [`… and ${faults.length - FAULTS_SHOWN_MAX} more`] : [];
    const store = this.store === 'memory' ? '' : ` --store ${this.store}`;
    return [
      `seed ${seed} FAILED. Again: npm run faults -- --seed ${seed}${store}`,
      ...[...faults.slice(0, FAULTS_SHOWN_MAX), ...more].map((fault) => `  ${fault}`),
    ].join('\n');
  }

  progressText(): string {
    const { seeds, faults, failed, seconds } = this.figures();
    return `${seeds} seeds, ${faults} faults, ${failed.length} failed, ${(seeds / seconds).toFixed(1)} seeds/s`;
  }

  figures(): Figures {
    const reports = this.ends.flatMap((end) => ('crashed' in end ? [] : [end]));
    const sum = (of: (report: (typeof reports)[number]) => number): number =>
      reports.reduce((total, report) => total + of(report), 0);
    const faultsByKind: Record<string, number> = {};
    for (const { faults } of reports) {
      for (const [kind, count] of Object.entries(faults)) faultsByKind[kind] = (faultsByKind[kind] ?? 0) + count;
    }
    const kinds = Object.entries(faultsByKind).sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      store: this.store,
      seeds: this.ends.length,
      facts: sum(({ facts }) => facts),
      deliveries: sum(({ deliveries }) => deliveries),
      faults: sum(({ faultCount }) => faultCount),
      faultsLeast: reports.reduce((least, { faultCount }) => Math.min(least, faultCount), Infinity),
      faultsByKind: Object.fromEntries(kinds),
      simulatedHours: Math.round(sum(({ virtualSeconds }) => virtualSeconds) / 360) / 10,
      seconds: Math.round((performance.now() - this.startedAt) / 100) / 10,
      lost: sum(({ lost }) => lost.length),
      doubled: sum(({ doubled }) => doubled.length),
      wrong: sum(({ wrong }) => wrong.length),
      stuck: sum(({ stuck }) => (stuck.length > 0 ? 1 : 0)),
      crashed: this.ends.length - reports.length,
      failed: this.ends.filter((end) => faultsOf(end).length > 0).map(({ seed }) => seed),
      digests: Object.fromEntries(reports.map(({ seed, digest }) => [String(seed), digest])),
    };
  }

  text(): string {
    const figures = this.figures();
    const rows: [string, string | number][] = [
      ['store', figures.store],
      ['seeds', figures.seeds],
      ['facts', figures.facts],
      ['messages', figures.deliveries],
      [
        'faults injected',
        `${figures.faults} of ${Object.keys(figures.faultsByKind).length} kinds, at least ${figures.faultsLeast} a seed`,
      ],
      ['simulated hours', figures.simulatedHours],
      ['seconds', figures.seconds],
      ['lost', figures.lost],
      ['doubled', figures.doubled],
      ['otherwise wrong', figures.wrong],
      ['stuck', figures.stuck],
      ['crashed', figures.crashed],
    ];
    const kinds = Object.entries(figures.faultsByKind).map(
      ([kind, count]) => `  ${String(count).padStart(8)}  ${kind}`,
    );
    return [...rows.map(([name, value]) => `${name.padEnd(16)} ${value}`), 'by kind of fault:', ...kinds].join('\n');
  }
}
