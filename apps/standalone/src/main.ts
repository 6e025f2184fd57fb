import { serve } from '@retention/runtime';
import { ApiModule, configureApi } from '../../api/src/api.module.js';
import { IngestModule } from '../../ingest/src/ingest.module.js';
import { ProjectorModule } from '../../projector/src/projector.module.js';
import { feedDemoOnFirstStart, sayWhatIsThere } from './first-start.js';

// For the person who typed `npm start`; the log of the process is one JSON object a line on standard output.
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await serve(process.env, {
  app: 'standalone',
  modules: ({ kafka }) => [ApiModule, ProjectorModule, ...(kafka === null ? [] : [IngestModule])],
  configure: configureApi,
  listening: async (runtime, signal) => {
    const { http, database } = runtime.config;
    const address = `http://${http.host}:${http.port}`;
    const where = runtime.isEmbedded ? `data in ${database.dataFolder}` : 'database as configured';
    say(`Retention is at ${address} (${where})`);
    await feedDemoOnFirstStart(runtime, say, signal);
    if (signal.aborted) return;
    await sayWhatIsThere(runtime, say);
    say(`Look at ${address}/docs, ${address}/v1/customers and ${address}/v1/tier-distribution. Ctrl-C stops it.`);
  },
});
