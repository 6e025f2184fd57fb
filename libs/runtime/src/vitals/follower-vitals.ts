import { FeedGap } from '@retention/projections';
import type { FollowerHealth } from '@retention/projections';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** A hole in the feed is mended by a person; anything else may pass. */
const KINDS = ['feed-gap', 'other'] as const;
type FailureKind = (typeof KINDS)[number];

/** How those who follow the feed are doing: read models, reactors, what is published. */
export class FollowerVitals {
  private readonly kinds = new Map<string, FailureKind>();
  private readonly failures: Counter<'follower' | 'kind'>;

  constructor(metrics: Registry, health: () => readonly FollowerHealth[]) {
    this.failures = new Counter({
      name: 'retention_follower_failures_total',
      help: 'Steps of a follower of the feed that failed, by whether the feed has a hole',
      labelNames: ['follower', 'kind'],
      registers: [metrics],
    });
    for (const { follower } of health()) for (const kind of KINDS) this.failures.inc({ follower, kind }, 0);
    const failing: Gauge<'follower' | 'kind'> = new Gauge({
      name: 'retention_follower_failing',
      help: '1 while the last step of a follower of the feed failed, by whether the feed has a hole',
      labelNames: ['follower', 'kind'],
      registers: [metrics],
      collect: () => {
        for (const { follower, failing: message } of health()) {
          const current = message === null ? null : (this.kinds.get(follower) ?? 'other');
          for (const kind of KINDS) failing.set({ follower, kind }, kind === current ? 1 : 0);
        }
      },
    });
  }

  failed(follower: string, error: unknown): void {
    const kind = error instanceof FeedGap ? 'feed-gap' : 'other';
    this.kinds.set(follower, kind);
    this.failures.inc({ follower, kind });
  }
}
