import type { App } from './chaos-plan.js';
import type { Progress } from './progress-watch.js';

/** A transaction the killed process had sent may still commit just after its end: that is not yet somebody consuming again. */
const SETTLED_MS = 300;

/**
 * The time from a kill until the work goes on. It is over when of every partition (or shard) the killed process held a
 * further batch was taken, by whomever; a shard with nothing to take is taken over when another worker has its lease.
 */
export interface Recovery {
  readonly app: App;
  /** From the start of the process that takes the place of the killed one. 0 when others had taken over before. */
  readonly sinceStartMs: number;
  readonly sinceKillMs: number;
  /** No server was away meanwhile. */
  readonly isUndisturbed: boolean;
}

interface OpenRecovery {
  readonly app: App;
  readonly worker: string | null;
  readonly killedAt: number;
  startedAt: number | null;
  overAt: number | null;
  /** What is not taken again, with where it stood; null until that is known. */
  waiting: Map<number, number> | null;
  readonly held: readonly number[];
  readonly outages: number;
}

export class Recoveries {
  readonly done: Recovery[] = [];
  private open: OpenRecovery[] = [];

  /** `outages` counts the times a server went away so far, and is odd while one is away. */
  constructor(
    private readonly outages: () => number,
    private readonly onRecovered: (what: string) => void,
  ) {}

  /** Called at the kill. The returned function is called when the next process is started. */
  killed(app: App, held: readonly number[], worker: string | null): () => void {
    const killedAt = performance.now();
    const one: OpenRecovery = {
      ...{ app, worker, held, killedAt, outages: this.outages() },
      ...{ startedAt: null, overAt: null, waiting: null },
    };
    if (held.length > 0) this.open.push(one);
    return () => {
      one.startedAt = performance.now();
    };
  }

  /** How many kills nobody has recovered from yet. */
  get openCount(): number {
    return this.open.length;
  }

  look(progress: Progress): void {
    this.open = this.open.filter((one) => !this.isOver(one, progress));
  }

  private isOver(one: OpenRecovery, progress: Progress): boolean {
    if (progress.at < one.killedAt + SETTLED_MS) return false;
    const reached = one.app === 'ingest' ? progress.offsets : progress.applied;
    if (one.waiting === null) {
      one.waiting = new Map(one.held.map((number) => [number, reached.get(number) ?? 0]));
      return false;
    }
    for (const [number, stoodAt] of one.waiting) {
      const now = reached.get(number) ?? 0;
      if (now > stoodAt || isTakenOver(one, number, now, progress)) one.waiting.delete(number);
    }
    if (one.waiting.size > 0) return false;
    one.overAt ??= progress.at;
    if (one.startedAt === null) return false;
    const sinceStartMs = Math.max(0, one.overAt - one.startedAt);
    const isUndisturbed = one.outages % 2 === 0 && one.outages === this.outages();
    this.done.push({ app: one.app, sinceStartMs, sinceKillMs: one.overAt - one.killedAt, isUndisturbed });
    this.onRecovered(`what ${one.app} held (${one.held.join()}) is taken again after ${Math.round(sinceStartMs)} ms`);
    return true;
  }
}

function isTakenOver({ app, worker }: OpenRecovery, shard: number, applied: number, progress: Progress): boolean {
  if (app === 'ingest') return false;
  const holder = progress.leases.get(shard);
  return holder !== undefined && holder !== worker && applied >= (progress.heads.get(shard) ?? 0);
}
