import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { dueCustomerCount } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import type { FeedWorker } from '@retention/projections';
import { createFeedWorker, openRuntime, ProcessModule, readModelLags } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, storeVariables } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { Logger } from 'nestjs-pino';
import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import { ApiModule, configureApi } from './api.module.js';

@Module({})
class SpecModule {}

/** The whole API on a database of its own, listening on a free port, with the worker that keeps the read models. */
export class RunningApi {
  private constructor(
    readonly runtime: Runtime,
    readonly app: NestExpressApplication,
    readonly database: SpecDatabase,
    readonly worker: FeedWorker,
    readonly failures: readonly unknown[],
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<RunningApi> {
    const database = await createDatabaseForSpec();
    const config = loadConfig({
      DATABASE_URL: database.url,
      ...storeVariables(database.url),
      LOG_LEVEL: 'silent',
      ...environment,
    });
    const runtime = await openRuntime(config, 'spec', () => undefined);
    const imports = [ProcessModule.register(runtime, 'spec'), ApiModule];
    const app = await NestFactory.create<NestExpressApplication>({ module: SpecModule, imports }, { bufferLogs: true });
    app.useLogger(app.get(Logger));
    configureApi(app, runtime);
    await app.listen(0, '127.0.0.1');
    const failures: unknown[] = [];
    const worker = createFeedWorker(runtime, (_follower, error) => failures.push(error));
    return new RunningApi(runtime, app, database, worker, failures);
  }

  get http(): ReturnType<typeof request> {
    return request(this.app.getHttpServer());
  }

  /** Resolves when the read models show everything the store holds, what the reactors reported and decided included. */
  async caughtUp(): Promise<void> {
    for (let quiet = 0; quiet < 5;) {
      this.worker.wake();
      await delay(30);
      await this.runtime.writer.drain();
      const due = await dueCustomerCount(this.runtime.database);
      const lags = await readModelLags(this.runtime);
      quiet = due === 0 && lags.every(({ lagEvents }) => lagEvents === 0) ? quiet + 1 : 0;
    }
  }

  async post(body: unknown): Promise<request.Response> {
    return this.http.post('/v1/facts').type('application/json').send(JSON.stringify(body));
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.app.close();
    await this.database.drop();
  }
}

/** A message of the upstream contract; `data` has the customer where the message has one. */
export function message(type: string, id: string, data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    specversion: '1.0',
    id,
    source: '/core',
    type: `lending.${type}.v1`,
    time: '2024-01-15T10:00:00+08:00',
    datacontenttype: 'application/json',
    data,
  };
}

export function registered(customerId: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const data = { customerId, kind: 'personal', registeredOn: '2024-01-02', branchId: 'B1', officerId: 'O1', ...more };
  return message('customer.registered', `reg-${customerId}`, data);
}

export function disbursed(customerId: string, loanId: string): Record<string, unknown> {
  const terms = { product: 'micro', principal: '70000.50', currency: 'CNY' };
  const data = { loanId, customerId, ...terms, disbursedOn: '2024-01-15', maturesOn: '2025-01-15' };
  return message('loan.disbursed', `dis-${loanId}`, data);
}

export function dayClosed(day: string): Record<string, unknown> {
  return message('business-day.closed', `day-${day}`, { day });
}

export function settled(loanId: string): Record<string, unknown> {
  return message('loan.settled', `set-${loanId}`, { loanId, settledOn: '2024-12-15' });
}
