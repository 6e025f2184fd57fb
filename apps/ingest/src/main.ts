import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openRuntime, ProcessModule, runProcess, StartRefused } from '@retention/runtime';
import { Logger } from 'nestjs-pino';
import { IngestModule } from './ingest.module.js';

@Module({})
class AppModule {}

await runProcess(process.env, async (config) => {
  if (config.kafka === null) {
    throw new StartRefused('KAFKA_BROKERS is not set: this process ingests from Kafka and has nothing else to do.');
  }
  const runtime = await openRuntime(config, 'ingest', (reason) => {
    process.stderr.write(`The embedded PostgreSQL is gone: ${reason}\n`);
    process.exit(1);
  });
  const imports = [ProcessModule.register(runtime, 'ingest'), IngestModule];
  const app = await NestFactory.create({ module: AppModule, imports }, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks();
  await app.listen(config.http.port, config.http.host).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
});
