import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { HealthRegistry, Readings } from '@retention/platform';
import { FactOutcomes, RUNTIME } from '@retention/runtime';
import { Registry } from 'prom-client';
import { ApiModule } from './api.module.js';
import { useVersions } from './configure-api.js';
import { apiDocument } from './documentation/api-document.js';

@Module({})
class RootModule {}

@Module({})
class NothingBehind {}

/** The OpenAPI document of the API, the same bytes every time. Needs no database and listens nowhere. */
export async function openApiDocument(): Promise<object> {
  const metrics = new Registry();
  const providers = [
    { provide: RUNTIME, useValue: {} },
    { provide: HealthRegistry, useValue: new HealthRegistry() },
    { provide: Registry, useValue: metrics },
    { provide: Readings, useValue: new Readings(metrics) },
    FactOutcomes,
  ];
  const nothing = { module: NothingBehind, global: true, providers, exports: providers };
  const root = { module: RootModule, imports: [nothing, ApiModule] };
  const app = await NestFactory.create<NestExpressApplication>(root, { logger: false, abortOnError: false });
  useVersions(app);
  return apiDocument(app);
}
