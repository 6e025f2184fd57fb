import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { HealthRegistry } from '@retention/platform';
import type { FeedWorker } from '@retention/projections';
import { createFeedWorker, FollowerVitals, readModelProgress, RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { Registry } from 'prom-client';
import { setTimeout as delay } from 'node:timers/promises';

/** How often facts that wait for a loan are looked through; those of the same process are let in at once. */
const SWEEP_EVERY_MS = 10_000;

/** Follows the feed while the process runs: read models, reactors, and the waiting room. */
@Injectable()
export class FeedService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('FeedService');
  private readonly worker: FeedWorker;
  private readonly stopping = new AbortController();
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthRegistry) health: HealthRegistry,
    @Inject(Registry) metrics: Registry,
  ) {
    this.worker = createFeedWorker(runtime, (follower, error) => {
      vitals.failed(follower, error);
      this.logger.error({ err: error, follower, msg: `${follower} failed and is tried again` });
    });
    const vitals = new FollowerVitals(metrics, () => this.worker.health());
    health.addReadiness('feed', () => {
      const followers = this.worker.health();
      return { up: followers.every(({ failing }) => failing === null), details: { followers } };
    });
    health.addReadiness('progress', readModelProgress(runtime));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.worker.start();
    this.sweeping = this.sweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.sweeping;
    await this.worker.stop();
  }

  private async sweep(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.runtime.writer.sweepPending();
      } catch (error) {
        this.logger.error({ err: error, msg: 'waiting facts could not be looked through; tried again' });
      }
      await delay(SWEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
