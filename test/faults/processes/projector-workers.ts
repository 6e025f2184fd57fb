import type { AppPlace } from './app-place.js';
import type { Progress } from './progress-watch.js';

/** No process is so fast that it has a lease sooner; a lease that shows up sooner is of one that was killed just before. */
const FIRST_LEASE_MS = 500;

/**
 * Which worker in the leases is the process of which place. Workers give themselves names nobody else knows, so processes
 * are started one at a time: the next name that shows up is that of the last one started.
 */
export class ProjectorWorkers {
  private readonly names = new Map<AppPlace, string>();
  /** What each worker's shards had applied when it was seen with them first. */
  private readonly found = new Map<AppPlace, Map<number, number>>();
  private readonly busy = new Set<AppPlace>();
  private readonly known = new Set<string>();
  private turn: Promise<void> = Promise.resolve();
  private naming: { readonly place: AppPlace; readonly startedAt: number; readonly release: () => void } | null = null;

  /** Starts a process as soon as the one started before has its name. */
  async start(place: AppPlace): Promise<void> {
    const before = this.turn;
    let release = (): void => undefined;
    this.turn = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    await place.start();
    this.naming = { place, startedAt: performance.now(), release };
  }

  /** The process of the place is gone. */
  ended(place: AppPlace): void {
    this.names.delete(place);
    this.woken(place);
    if (this.naming?.place === place) this.named();
  }

  /** The process of the place has slept, and has to show anew that it works. */
  woken(place: AppPlace): void {
    this.found.delete(place);
    this.busy.delete(place);
  }

  nameOf(place: AppPlace): string | null {
    return this.names.get(place) ?? null;
  }

  shardsOf(place: AppPlace, { leases }: Progress): number[] {
    return [...leases].filter(([, worker]) => worker === this.names.get(place)).map(([shard]) => shard);
  }

  /** Whether a shard of the worker was applied further since the worker was seen with it. */
  isBusy(place: AppPlace): boolean {
    return this.busy.has(place);
  }

  look(progress: Progress): void {
    for (const worker of progress.leases.values()) {
      if (this.known.has(worker)) continue;
      this.known.add(worker);
      if (this.naming === null || progress.at < this.naming.startedAt + FIRST_LEASE_MS) continue;
      this.names.set(this.naming.place, worker);
      this.named();
    }
    for (const place of this.names.keys()) {
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

  private named(): void {
    this.naming?.release();
    this.naming = null;
  }
}
