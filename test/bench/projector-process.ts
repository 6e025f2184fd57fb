import { loadConfig } from '@retention/platform';
import { createFeedWorker, openRuntime } from '@retention/runtime';
import { ready, reportFigures, untilToldToEnd } from './bench-process.js';

const runtime = await openRuntime(loadConfig(process.env), 'bench-projector', () => undefined);
const worker = createFeedWorker(runtime, (follower, error) => {
  process.stderr.write(`${follower}: ${String(error)}\n`);
});
const startedAt = performance.now();
await worker.start();
const ended = untilToldToEnd();
ready();
await ended;
await worker.stop();
reportFigures((performance.now() - startedAt) / 1000);
await runtime.close();
