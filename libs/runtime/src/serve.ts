import { Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Config } from '@retention/platform';
import { Logger } from 'nestjs-pino';
import { createServer } from 'node:net';
import { stopOnSignals } from './orderly-stop.js';
import { ProcessModule } from './process.module.js';
import { runProcess } from './run-process.js';
import { openRuntime } from './runtime.js';
import type { Runtime } from './runtime.js';

export interface Served {
  /** Name of the process, in logs and metrics. */
  readonly app: string;
  /** Throws StartRefused where the configuration leaves the process nothing to do. */
  readonly modules: (config: Config) => readonly Type[];
  /** What is set on the application and not in its modules, before it listens. */
  readonly configure?: (app: NestExpressApplication, runtime: Runtime) => void;
  /** What is to be done once it listens. The signal aborts when the process is told to stop. */
  readonly listening?: (runtime: Runtime, signal: AbortSignal) => Promise<void>;
}

@Module({})
class RootModule {}

/**
 * Runs a process of the product until it is told to stop: configuration, runtime, log, probes, metrics and the modules
 * of the app. SIGTERM and SIGINT stop it in order, see `stopOnSignals`.
 */
export function serve(env: NodeJS.ProcessEnv, { app: name, modules, configure, listening }: Served): Promise<void> {
  return runProcess(env, async (config) => {
    const parts = modules(config);
    await checkAddress(config);
    const runtime = await openRuntime(config, name, (reason) => {
      process.stderr.write(`The embedded PostgreSQL is gone: ${reason}\n`);
      process.exit(1);
    });
    const imports = [ProcessModule.register(runtime, name), ...parts];
    const app = await NestFactory.create<NestExpressApplication>({ module: RootModule, imports }, { bufferLogs: true });
    const logger = app.get(Logger);
    app.useLogger(logger);
    const stopping = new AbortController();
    stopOnSignals({
      close: () => {
        stopping.abort();
        return app.close();
      },
      onFailure: (msg, error) => logger.error({ err: error, msg }, 'Stop'),
    });
    configure?.(app, runtime);
    try {
      await app.listen(config.http.port, config.http.host);
    } catch (error) {
      await app.close();
      throw error;
    }
    await listening?.(runtime, stopping.signal).catch((error: unknown) => {
      // What it does goes on while everything it stands on is closed.
      if (!stopping.signal.aborted) throw error;
    });
  });
}

/**
 * Listens for a moment where the process is going to. An address that cannot be had is so said first and alone, not after
 * a database was started and the application has logged its routes. Rejects with the error of `listen`.
 */
function checkAddress({ http: { port, host } }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, host, () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
