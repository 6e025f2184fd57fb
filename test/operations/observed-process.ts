import { Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { loadConfig } from '@retention/platform';
import { openRuntime, ProcessModule } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { storeVariables } from '@retention/testing';
import { Logger } from 'nestjs-pino';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { IngestModule } from '../../apps/ingest/src/ingest.module.js';
import { ApiModule, configureApi } from '../../apps/api/src/api.module.js';
import { ProjectorModule } from '../../apps/projector/src/projector.module.js';
import { Scrape } from './scrape.js';

@Module({})
class SpecModule {}

const ROLES: Readonly<Record<string, Type>> = { api: ApiModule, ingest: IngestModule, projector: ProjectorModule };
export type Role = 'api' | 'ingest' | 'projector';

const COMES_TO_HOLD_WITHIN_MS = 60_000;

/** Real modules of the product in this process, as an operator sees them: by their probes and their metrics. */
export class ObservedProcess {
  private constructor(
    readonly runtime: Runtime,
    private readonly app: NestExpressApplication,
    private readonly address: string,
  ) {}

  static async start(
    roles: readonly Role[],
    databaseUrl: string,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<ObservedProcess> {
    const config = loadConfig({
      DATABASE_URL: databaseUrl,
      ...storeVariables(databaseUrl),
      LOG_LEVEL: 'silent',
      ...variables,
    });
    const runtime = await openRuntime(config, 'spec', () => undefined);
    const imports = [ProcessModule.register(runtime, 'spec'), ...roles.map((role) => ROLES[role]!)];
    const app = await NestFactory.create<NestExpressApplication>({ module: SpecModule, imports }, { bufferLogs: true });
    app.useLogger(app.get(Logger));
    if (roles.includes('api')) configureApi(app, runtime);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new ObservedProcess(runtime, app, `http://127.0.0.1:${port}`);
  }

  async readiness(): Promise<{ readonly status: number; readonly checks: Readonly<Record<string, unknown>> }> {
    const answer = await fetch(`${this.address}/health/ready`);
    const { checks } = (await answer.json()) as { checks: Record<string, unknown> };
    return { status: answer.status, checks };
  }

  async scrape(): Promise<Scrape> {
    const answer = await fetch(`${this.address}/metrics`);
    if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
    return new Scrape(await answer.text());
  }

  /** Scrapes until it holds, and returns that scrape. */
  async until(what: string, holds: (scrape: Scrape) => boolean): Promise<Scrape> {
    const deadline = performance.now() + COMES_TO_HOLD_WITHIN_MS;
    for (;;) {
      const scrape = await this.scrape();
      if (holds(scrape)) return scrape;
      if (performance.now() > deadline) throw new Error(`it never came to this: ${what}\n${scrape.text}`);
      await delay(100);
    }
  }

  async fetch(path: string, request: RequestInit = {}): Promise<Response> {
    return fetch(this.address + path, request);
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}
