import type { App } from './chaos-plan.js';
import type { Progress } from './progress-watch.js';

/** A transaction the struck process had sent may still commit just after: that is not yet somebody consuming again. */
const SETTLED_MS = 300;

/**
 * The time from a strike until the work goes on. After a strike on a process it goes on when of something the process held
 * (partitions or shards) a further batch is taken, by whomever, and on all of it when that is so of everything; a shard with
 * nothing to take is taken over when another process has its lease. After a server was away it goes on with the first batch.
 */
export interface Recovery {
  /** `<act> <app>` */
  readonly kind: string;
  readonly sinceStrikeMs: number;
  /** Since the next process was started, the frozen one was woken, the server was back. 0 when the work went on before. */
  readonly sinceBackMs: number;
  /** No server was away meanwhile, except the one it is about. */
  readonly isUndisturbed: boolean;
}

export interface Struck {
  readonly act: string;
  readonly app: App;
  /** Partitions or shards; null when one of all is enough. */
  readonly held: readonly number[] | null;
  /** The process in the leases that does not count as another one. */
  readonly isStruck: (worker: string) => boolean;
  /** `performance.now()`; now when left out. */
  readonly at?: number;
}

interface OpenRecovery extends Struck {
  readonly at: number;
  readonly seenFrom: number;
  backAt: number | null;
  overAt: number | null;
  allAt: number | null;
  /** What is not taken again, with where it stood; null until that is known. */
  waiting: Map<number, number> | null;
  readonly outages: number;
}

export class Recoveries {
  readonly done: Recovery[] = [];
  private open: OpenRecovery[] = [];

  /** `outages` counts the times a server went away or came back so far, and is odd while one is away. */
  constructor(
    private readonly outages: () => number,
    private readonly onRecovered: (what: string) => void,
  ) {}

  /** The returned function is called when the next process is started, the frozen one woken, or the server back. */
  struck(struck: Struck): () => void {
    const now = performance.now();
    const one: OpenRecovery = {
      ...{
        ...struck,
        at: struck.at ?? now,
        seenFrom: struck.held === null ? now : now + SETTLED_MS,
        outages: this.outages(),
      },
      ...{ backAt: null, overAt: null, allAt: null, waiting: null },
    };
    if (struck.held === null || struck.held.length > 0) this.open.push(one);
    return () => {
      one.backAt = performance.now();
    };
  }

  look(progress: Progress): void {
    this.open = this.open.filter((one) => !this.isOver(one, progress));
  }

  private isOver(one: OpenRecovery, progress: Progress): boolean {
    const { act, app, held, at } = one;
    if (progress.at < one.seenFrom) return false;
    const reached = app === 'ingest' ? progress.offsets : progress.applied;
    if (one.waiting === null) {
      one.waiting = new Map((held ?? [...reached.keys()]).map((number) => [number, reached.get(number) ?? 0]));
      return false;
    }
    const moved = [...one.waiting].filter(([number, stoodAt]) => {
      const now = reached.get(number) ?? 0;
      return now > stoodAt || isTakenOver(one, number, now, progress);
    });
    for (const [number] of moved) one.waiting.delete(number);
    if (moved.length > 0) one.overAt ??= progress.at;
    if (held !== null && one.waiting.size === 0) one.allAt ??= progress.at;
    if (one.overAt === null || one.backAt === null || (held !== null && one.allAt === null)) return false;
    const sinceBackMs = Math.max(0, one.overAt - one.backAt);
    const isUndisturbed = held === null || (one.outages % 2 === 0 && one.outages === this.outages());
    const sinceStrikeMs = one.overAt - at;
    const allSinceStrikeMs = (one.allAt ?? one.overAt) - at;
    this.done.push({ kind: `${act} ${app}`, sinceBackMs, sinceStrikeMs, isUndisturbed });
    const what = held === null ? '' : ` what it held (${held.join()})`;
    this.onRecovered(
      `after ${act} ${app}${what} is taken again: ${Math.round(sinceStrikeMs)} ms, all ${Math.round(allSinceStrikeMs)} ms`,
    );
    return true;
  }
}

function isTakenOver({ app, isStruck }: OpenRecovery, shard: number, applied: number, progress: Progress): boolean {
  if (app === 'ingest') return false;
  const holder = progress.leases.get(shard);
  return holder !== undefined && !isStruck(holder) && applied >= (progress.heads.get(shard) ?? 0);
}
