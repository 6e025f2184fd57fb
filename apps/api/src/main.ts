import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { openRuntime, ProcessModule, runProcess } from '@retention/runtime';
import { Logger } from 'nestjs-pino';
import { ApiModule, configureApi } from './api.module.js';

@Module({})
class AppModule {}

await runProcess(process.env, async (config) => {
  const runtime = await openRuntime(config, 'api', (reason) => {
    process.stderr.write(`The embedded PostgreSQL is gone: ${reason}\n`);
    process.exit(1);
  });
  const imports = [ProcessModule.register(runtime, 'api'), ApiModule];
  const app = await NestFactory.create<NestExpressApplication>({ module: AppModule, imports }, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  configureApi(app, runtime);
  await app.listen(config.http.port, config.http.host).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
});
