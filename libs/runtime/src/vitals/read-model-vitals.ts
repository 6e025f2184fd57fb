import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { HealthRegistry, type ReadGauge, Readings } from '@retention/platform';
import type { ProjectionLag } from '@retention/projections';
import { RUNTIME, type Runtime } from '../runtime.js';
import { readModelLags } from './read-model-lag.js';
import { ReadModelStandstill } from './read-model-standstill.js';

/** How far a read model is, and how long it has not got any further with events left to apply. */
type ReadModelFigures = ProjectionLag & { readonly stillSeconds: number };

/** How old the answers of the read models are: for readiness and metrics of the processes that keep or serve them. */
@Injectable()
class ReadModelVitals implements OnModuleInit {
  private readonly standstill: ReadModelStandstill;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(Readings) private readonly readings: Readings,
  ) {
    this.standstill = new ReadModelStandstill(runtime);
  }

  onModuleInit(): void {
    this.health.addReadiness('read-models', () => this.areReadModelsNear());
    this.readings.add({
      name: 'read-models',
      read: () => this.read(),
      gauges: [
        gauge('lag_events', 'Events of the feed not applied yet', ({ lagEvents }) => lagEvents),
        gauge('lag_seconds', 'Age of the oldest event not applied', ({ lagSeconds }) => lagSeconds),
        gauge(
          'still_seconds',
          'Longest time a shard has events left to apply without any progress',
          ({ stillSeconds }) => stillSeconds,
        ),
        gauge('parked_streams', 'Customers a projection stands still on', ({ parkedStreams }) => parkedStreams),
      ],
    });
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

  private async read(): Promise<ReadModelFigures[]> {
    const lags = await readModelLags(this.runtime);
    const still = await this.standstill.seconds();
    return lags.map((lag) => ({ ...lag, stillSeconds: still.get(lag.projection) ?? 0 }));
  }
}

function gauge(
  figure: string,
  help: string,
  of: (figures: ReadModelFigures) => number,
): ReadGauge<readonly ReadModelFigures[]> {
  return {
    name: `retention_projection_${figure}`,
    help,
    labels: ['projection'],
    figures: (readModels) => readModels.map((one) => ({ labels: { projection: one.projection }, value: of(one) })),
  };
}

/** Imported by every module that keeps or serves read models; in one process it is there once. */
@Module({ providers: [ReadModelVitals] })
export class ReadModelVitalsModule {}
