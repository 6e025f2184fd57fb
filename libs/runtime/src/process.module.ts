import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createMetricsRegistry, HealthModule, HealthRegistry, loggingModule, MetricsModule } from '@retention/platform';
import type { Server } from 'node:http';
import { endConnections } from './connections-end.js';
import { RUNTIME } from './runtime.js';
import type { Runtime } from './runtime.js';
import { FactOutcomes } from './vitals/fact-outcomes.js';
import { ReadinessVitals } from './vitals/readiness-vitals.js';
import { WriterVitals } from './vitals/writer-vitals.js';

/**
 * What every process has: log, probes, metrics, and the runtime for all its modules. When it is told to stop it
 * says so first, then what works with the runtime stops in `beforeApplicationShutdown`, then it stops listening, and last it
 * closes the runtime.
 */
@Module({})
export class ProcessModule implements OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    private readonly http: HttpAdapterHost,
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
      providers: [{ provide: RUNTIME, useValue: runtime }, WriterVitals, ReadinessVitals, FactOutcomes],
      exports: [RUNTIME, FactOutcomes],
    };
  }

  onModuleDestroy(): void {
    this.health.addReadiness('process', () => ({ up: false, details: { reason: 'it is about to stop' } }));
    endConnections(this.http.httpAdapter.getHttpServer() as Server);
  }

  onApplicationShutdown(): Promise<void> {
    return this.runtime.close();
  }
}
