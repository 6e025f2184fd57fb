import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthRegistry } from '@retention/platform';
import type { ProjectionLag } from '@retention/projections';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { Counter, Gauge, Registry } from 'prom-client';
import { readModelLags } from './read-model-lag.js';
import { sharedWhileUnderWay } from './shared-while-under-way.js';

const LAG_EVENTS = 'retention_projection_lag_events';

/** What an operator watches of this process: the writer behind the HTTP door, and how old the answers are. */
@Injectable()
export class ApiVitals implements OnModuleInit {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(Registry) private readonly metrics: Registry,
  ) {}

  onModuleInit(): void {
    this.health.addReadiness('read-models', () => this.areReadModelsNear());
    this.measureWriter();
    // In one process with the projector the lag is measured there, under the same names.
    if (this.metrics.getSingleMetric(LAG_EVENTS) === undefined) this.measureLag();
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

  private measureWriter(): void {
    const { writer } = this.runtime;
    const registers = [this.metrics];
    const batches: Counter = new Counter({
      name: 'retention_writer_batches_total',
      help: 'Batches committed to the event store',
      registers,
      collect: () => {
        batches.reset();
        batches.inc(writer.statistics().batches);
      },
    });
    const conflicts: Counter = new Counter({
      name: 'retention_writer_conflicts_total',
      help: 'Batches decided anew because another writer had moved a stream',
      registers,
      collect: () => {
        conflicts.reset();
        conflicts.inc(writer.statistics().conflicts);
      },
    });
    const queued: Gauge = new Gauge({
      name: 'retention_writer_queued_submissions',
      help: 'Submissions that wait for the writer',
      registers,
      collect: () => queued.set(writer.statistics().queued),
    });
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
    measure(LAG_EVENTS, 'Events of the feed not applied yet', ({ lagEvents }) => lagEvents);
    measure('retention_projection_lag_seconds', 'Age of the oldest event not applied', ({ lagSeconds }) => lagSeconds);
    measure(
      'retention_projection_parked_streams',
      'Customers a projection stands still on',
      ({ parkedStreams }) => parkedStreams,
    );
  }
}
