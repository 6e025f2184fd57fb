import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthRegistry } from './health-registry.js';

/** GET /health/live and /health/ready over one registry, which other modules inject to add their checks. */
@Module({})
export class HealthModule {
  static register(registry: HealthRegistry = new HealthRegistry()): DynamicModule {
    return {
      module: HealthModule,
      global: true,
      controllers: [HealthController],
      providers: [{ provide: HealthRegistry, useValue: registry }],
      exports: [HealthRegistry],
    };
  }
}
