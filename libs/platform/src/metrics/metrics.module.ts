import { type DynamicModule, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { MetricsController } from './metrics.controller.js';
import { Readings } from './readings.js';

/** A registry of its own, not prom-client's global one: tests and `standalone` hold several applications in one process. */
export function createMetricsRegistry(app: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** GET /metrics over one registry, which other modules inject to register their own metrics; what is read, as `Readings`. */
@Module({})
export class MetricsModule {
  static register(registry: Registry): DynamicModule {
    return {
      module: MetricsModule,
      global: true,
      controllers: [MetricsController],
      providers: [
        { provide: Registry, useValue: registry },
        { provide: Readings, useValue: new Readings(registry) },
      ],
      exports: [Registry, Readings],
    };
  }
}
