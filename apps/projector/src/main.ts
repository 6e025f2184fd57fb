import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openRuntime, ProcessModule, runProcess } from '@retention/runtime';
import { Logger } from 'nestjs-pino';
import { ProjectorModule } from './projector.module.js';

@Module({})
class AppModule {}

await runProcess(process.env, async (config) => {
  const runtime = await openRuntime(config, 'projector', (reason) => {
    process.stderr.write(`The embedded PostgreSQL is gone: ${reason}\n`);
    process.exit(1);
  });
  const imports = [ProcessModule.register(runtime, 'projector'), ProjectorModule];
  const app = await NestFactory.create({ module: AppModule, imports }, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks();
  await app.listen(config.http.port, config.http.host).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
});
