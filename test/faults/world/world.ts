import { Random } from './random.js';
import { realNow, realTimeout } from './real-time.js';

/** One run of an app: killed, it never runs again; frozen, it stands still and knows nothing of it. */
export interface SimulatedProcess {
  readonly name: string;
  /** Different for each start of the same app. */
  readonly id: number;
  readonly isAlive: boolean;
  readonly isFrozen: boolean;
}

interface Mutable extends SimulatedProcess {
  isAlive: boolean;
  isFrozen: boolean;
  /** What came while it was frozen, in order. */
  held: Scheduled[];
  readonly onDeath: (() => void)[];
}

export interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly process: SimulatedProcess | null;
  readonly action: () => void;
  isCancelled: boolean;
}

/** A statement on a small database takes less, unless it waits for a lock. */
const OUTSIDE_PATIENCE_MS = 30;

/** Milliseconds since 1970 at which every world begins. */
export const BEGINNING = Date.UTC(2024, 5, 10, 2, 0, 0);

/**
 * Time, order and life of everything that is simulated. Nothing happens but what was scheduled here; between two
 * events all promises settle. So one seed always gives the same run.
 *
 * What a process does is scheduled for that process: it is dropped when the process was killed, and waits while the
 * process is frozen. Servers (database, brokers) schedule for nobody (null).
 */
export class World {
  readonly random: Random;
  /** The process whose code runs now. Whatever it schedules is its own. */
  current: SimulatedProcess | null = null;
  private readonly queue = new Queue();
  private readonly processes: Mutable[] = [];
  private time = BEGINNING;
  private count = 0;
  private rejected: Error | null = null;
  /** Work of servers that are not simulated, begun and not known to wait for somebody. */
  private readonly outside = new Set<object>();

  constructor(readonly seed: number) {
    this.random = new Random(seed);
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.time;
  }

  /** Runs `action` later; `process` null = for a server or the world itself. */
  schedule(delayMs: number, process: SimulatedProcess | null, action: () => void): Scheduled {
    const scheduled = { at: this.time + Math.max(0, delayMs), order: this.count, process, action, isCancelled: false };
    this.count += 1;
    this.queue.push(scheduled);
    return scheduled;
  }

  /** Resolves after so long, in the process that runs now. */
  pause(delayMs: number): Promise<void> {
    const { current } = this;
    return new Promise((resolve) => this.schedule(delayMs, current, resolve));
  }

  start(name: string): SimulatedProcess {
    const process: Mutable = {
      name,
      id: this.processes.length,
      isAlive: true,
      isFrozen: false,
      held: [],
      onDeath: [],
    };
    this.processes.push(process);
    return process;
  }

  /** kill -9: what it has asked for is never answered to it. Its servers notice by `onDeath`. */
  kill(process: SimulatedProcess): void {
    const mutable = process as Mutable;
    if (!mutable.isAlive) return;
    mutable.isAlive = false;
    mutable.held = [];
    for (const notice of mutable.onDeath) this.schedule(this.random.whole(0, 5), null, notice);
  }

  /** Tells a server that the process is gone, shortly after it is: its connections close. */
  onDeath(process: SimulatedProcess | null, notice: () => void): void {
    if (process !== null) (process as Mutable).onDeath.push(notice);
  }

  freeze(process: SimulatedProcess): void {
    (process as Mutable).isFrozen = true;
  }

  /** Everything that would have happened to it meanwhile happens now, in order. */
  wake(process: SimulatedProcess): void {
    const mutable = process as Mutable;
    mutable.isFrozen = false;
    const { held } = mutable;
    mutable.held = [];
    for (const event of held) {
      this.schedule(0, process, () => {
        if (!event.isCancelled) event.action();
      });
    }
  }

  /** Runs until `isDone`, or the time is up, or nothing is left to happen. True when `isDone`. */
  async run(isDone: () => boolean, forMs: number): Promise<boolean> {
    const until = this.time + forMs;
    for (;;) {
      if (isDone()) return true;
      const next = this.queue.peek();
      if (next === undefined || next.at > until) {
        this.time = until;
        return isDone();
      }
      this.queue.pop();
      this.time = Math.max(this.time, next.at);
      await this.happen(next);
      if (this.rejected !== null) throw this.rejected;
    }
  }

  /**
   * Time stands still while a real server works, up to `patienceMs` of real time: then it waits for a lock, and whoever
   * holds that has to go on.
   */
  async whileOutside<T>(work: Promise<T>): Promise<T> {
    const entry = {};
    this.outside.add(entry);
    try {
      return await work;
    } finally {
      this.outside.delete(entry);
    }
  }

  /** Ends the run with a failure, from wherever it was found. */
  fail(error: unknown): void {
    this.rejected ??= error instanceof Error ? error : new Error(String(error));
  }

  private async happen(event: Scheduled): Promise<void> {
    if (event.isCancelled) return;
    const process = event.process as Mutable | null;
    if (process !== null && !process.isAlive) return;
    if (process?.isFrozen === true) {
      process.held.push(event);
      return;
    }
    this.current = process;
    event.action();
    await settled();
    if (this.outside.size > 0) await this.untilOutsideIsDone();
    this.current = null;
  }

  private async untilOutsideIsDone(): Promise<void> {
    const startedAt = realNow();
    while (this.outside.size > 0 && realNow() - startedAt < OUTSIDE_PATIENCE_MS) {
      await new Promise((resolve) => realTimeout(resolve, 0));
    }
    this.outside.clear();
  }
}

/** After every promise that can go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A heap by time, then by order of scheduling. */
class Queue {
  private readonly heap: Scheduled[] = [];

  peek(): Scheduled | undefined {
    return this.heap[0];
  }

  push(event: Scheduled): void {
    const { heap } = this;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Scheduled;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Scheduled)) child += 1;
      const below = heap[child] as Scheduled;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Scheduled, other: Scheduled): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
