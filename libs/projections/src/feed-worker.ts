import { setTimeout as delay } from 'node:timers/promises';
import type { ShardLeases } from './shard-leases.js';

/** Something that follows the feed: a projection runner, a reactor. */
export interface FeedFollower {
  readonly name: string;
  /**
   * Least time between two steps. Steps come as soon as there is something when it is short, and carry more when it is
   * long: what costs by the batch, or disturbs others by the batch, costs less.
   */
  readonly everyMs: number;
  /**
   * Takes one step on the shards given, and returns how many events it saw. `stopping` is aborted when the worker is to
   * end: a step that waits for somebody outside must not keep it waiting. Without it nobody wants to stop.
   */
  follow(shards: ReadonlySet<number>, stopping?: AbortSignal): Promise<number>;
  /** Ends what it holds open, after its last step. */
  close?(): Promise<void>;
}

export interface FeedWorkerOptions {
  readonly leases: ShardLeases;
  readonly leaseTermMs: number;
  readonly followers: readonly FeedFollower[];
  /** Told of every failure; the worker goes on trying. */
  readonly onFailure: (follower: string, error: unknown) => void;
}

const IDLE_PAUSE_MS = 100;
const FAILURE_PAUSE_MS_MIN = 200;
const FAILURE_PAUSE_MS_MAX = 10_000;

export interface FollowerHealth {
  readonly follower: string;
  /** Message of the failure it is in, null when its last step went well. */
  readonly failing: string | null;
}

/** Keeps leases and lets each follower run by itself: one that fails holds up neither the others nor the leases. */
export class FeedWorker {
  private readonly stopping = new AbortController();
  private readonly failing = new Map<string, string>();
  private readonly sleepers = new Set<AbortController>();
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: FeedWorkerOptions) {}

  async start(): Promise<void> {
    await this.renewLeases();
    this.running = Promise.all([this.keepLeases(), ...this.options.followers.map((follower) => this.run(follower))]);
  }

  /** Lets every follower finish its step, then gives the shards back. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    const { followers, leases, onFailure } = this.options;
    const ends = followers.map(async (follower) => {
      await follower.close?.().catch((error: unknown) => {
        onFailure(follower.name, error);
      });
    });
    await Promise.all(ends);
    await leases.release().catch((error: unknown) => {
      onFailure('leases', error);
    });
  }

  /** Events were appended: no need to wait for the next poll. A hint, nothing depends on it. */
  wake(): void {
    for (const sleeper of this.sleepers) sleeper.abort();
  }

  health(): FollowerHealth[] {
    const names = ['leases', ...this.options.followers.map(({ name }) => name)];
    return names.map((follower) => ({ follower, failing: this.failing.get(follower) ?? null }));
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async keepLeases(): Promise<void> {
    while (!this.isStopping()) {
      await delay(this.options.leaseTermMs / 3, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (!this.isStopping()) await this.renewLeases();
    }
  }

  private async renewLeases(): Promise<void> {
    try {
      await this.options.leases.renew();
      this.failing.delete('leases');
    } catch (error) {
      this.fail('leases', error);
    }
  }

  private async run(follower: FeedFollower): Promise<void> {
    let pauseMs = FAILURE_PAUSE_MS_MIN;
    while (!this.isStopping()) {
      const startedAt = performance.now();
      try {
        const seen = await follower.follow(this.options.leases.held, this.stopping.signal);
        this.failing.delete(follower.name);
        pauseMs = FAILURE_PAUSE_MS_MIN;
        const leastMs = seen === 0 ? Math.max(IDLE_PAUSE_MS, follower.everyMs) : follower.everyMs;
        const restMs = leastMs - (performance.now() - startedAt);
        if (restMs > 0) await this.sleep(restMs);
      } catch (error) {
        this.fail(follower.name, error);
        await this.sleep(pauseMs);
        pauseMs = Math.min(FAILURE_PAUSE_MS_MAX, pauseMs * 2);
      }
    }
  }

  private async sleep(forMs: number): Promise<void> {
    if (this.isStopping()) return;
    const sleeper = new AbortController();
    this.sleepers.add(sleeper);
    await delay(forMs, undefined, { signal: sleeper.signal }).catch(() => undefined);
    this.sleepers.delete(sleeper);
  }

  private fail(follower: string, error: unknown): void {
    this.failing.set(follower, error instanceof Error ? error.message : String(error));
    this.options.onFailure(follower, error);
  }
}
