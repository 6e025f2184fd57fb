import { serve, StartRefused } from '@retention/runtime';
import { IngestModule } from './ingest.module.js';

await serve(process.env, {
  app: 'ingest',
  modules: (config) => {
    if (config.kafka === null) {
      throw new StartRefused('KAFKA_BROKERS is not set: this process ingests from Kafka and has nothing else to do.');
    }
    return [IngestModule];
  },
});
