import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { HealthRegistry } from '@retention/platform';
import type { ProjectionLag } from '@retention/projections';
import { Gauge, Registry } from 'prom-client';
import { RUNTIME, type Runtime } from '../runtime.js';
import { readModelLags } from './read-model-lag.js';
import { sharedWhileUnderWay } from './shared-while-under-way.js';

/** How old the answers of the read models are: for readiness and metrics of the processes that keep or serve them. */
@Injectable()
class ReadModelVitals implements OnModuleInit {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(Registry) private readonly metrics: Registry,
  ) {}

  onModuleInit(): void {
    this.health.addReadiness('read-models', () => this.areReadModelsNear());
    this.measureLag();
  }

  /** Answers that are too old count as no answers. A customer parked by one bad event does not take the others along. */
  private async areReadModelsNear(): Promise<{ up: boolean; details: Record<string, unknown> }> {
    const { lagReadyEventsMax } = this.runtime.config.projections;
    const readModels = await readModelLags(this.runtime);
    return {
      up: readModels.every(({ lagEvents }) => lagEvents <= lagReadyEventsMax),
      details: { lagEventsMax: lagReadyEventsMax, readModels },
    };
  }

  private measureLag(): void {
    const read = sharedWhileUnderWay(() => readModelLags(this.runtime).catch(() => []));
    const measure = (name: string, help: string, of: (lag: ProjectionLag) => number): void => {
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames: ['projection'],
        registers: [this.metrics],
        // Each of the three waits for the figures by itself: all are collected at the same time.
        collect: async () => {
          const lags = await read();
          // An old figure would look like a fresh one: while the database is away there is none.
          gauge.reset();
          for (const lag of lags) gauge.set({ projection: lag.projection }, of(lag));
        },
      });
    };
    measure('retention_projection_lag_events', 'Events of the feed not applied yet', ({ lagEvents }) => lagEvents);
    measure('retention_projection_lag_seconds', 'Age of the oldest event not applied', ({ lagSeconds }) => lagSeconds);
    measure(
      'retention_projection_parked_streams',
      'Customers a projection stands still on',
      ({ parkedStreams }) => parkedStreams,
    );
  }
}

/** Imported by every module that keeps or serves read models; in one process it is there once. */
@Module({ providers: [ReadModelVitals] })
export class ReadModelVitalsModule {}
