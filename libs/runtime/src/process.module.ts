import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { createMetricsRegistry, HealthModule, HealthRegistry, loggingModule, MetricsModule } from '@retention/platform';
import { RUNTIME } from './runtime.js';
import type { Runtime } from './runtime.js';
import { FactOutcomes } from './vitals/fact-outcomes.js';
import { WriterVitals } from './vitals/writer-vitals.js';

/**
 * What every process has: log, probes, metrics, and the runtime for all its modules. It closes the runtime last, after
 * what works with it has stopped in `beforeApplicationShutdown`.
 */
@Module({})
export class ProcessModule implements OnApplicationShutdown {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthRegistry) health: HealthRegistry,
  ) {
    health.addReadiness('database', async () => {
      await runtime.database.query('SELECT 1');
      return { up: true };
    });
    if (runtime.config.events.keptIn === 'postgres') return;
    health.addReadiness('event-store', async () => {
      await runtime.store.ping();
      return { up: true };
    });
  }

  static register(runtime: Runtime, app: string): DynamicModule {
    return {
      module: ProcessModule,
      global: true,
      imports: [
        loggingModule({ level: runtime.config.logging.level, app }),
        HealthModule.register(),
        MetricsModule.register(createMetricsRegistry(app)),
      ],
      providers: [{ provide: RUNTIME, useValue: runtime }, WriterVitals, FactOutcomes],
      exports: [RUNTIME, FactOutcomes],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.runtime.close();
  }
}
