import type { AppPlace } from './app-place.js';
import type { Progress } from './progress-watch.js';

/** Which shards the projector processes hold, and whether they have applied something of them. */
export class ProjectorWorkers {
  /** What each process's shards had applied when it was seen with them first. */
  private readonly found = new Map<AppPlace, Map<number, number>>();
  private readonly busy = new Set<AppPlace>();

  constructor(private readonly places: readonly AppPlace[]) {}

  /** The process of the place is another one, or has slept: it has to show anew that it works. */
  begins(place: AppPlace): void {
    this.found.delete(place);
    this.busy.delete(place);
  }

  shardsOf(place: AppPlace, { leases }: Progress): number[] {
    return [...leases].filter(([, worker]) => isOf(worker, place)).map(([shard]) => shard);
  }

  /** Whether a shard of the process was applied further since it was seen with it. */
  isBusy(place: AppPlace): boolean {
    return this.busy.has(place);
  }

  look(progress: Progress): void {
    for (const place of this.places) {
      const found = this.found.get(place) ?? new Map<number, number>();
      this.found.set(place, found);
      for (const shard of this.shardsOf(place, progress)) {
        const applied = progress.applied.get(shard) ?? 0;
        const first = found.get(shard);
        if (first === undefined) found.set(shard, applied);
        else if (applied > first) this.busy.add(place);
      }
    }
  }
}

/** A worker is called `<host>/<process id>/<random>`. */
export function isOf(worker: string, { pid }: Pick<AppPlace, 'pid'>): boolean {
  return pid !== null && worker.split('/')[1] === String(pid);
}
