import { ingestFile } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import { openRuntime } from '@retention/runtime';
import { ready, reportFigures, untilToldToEnd } from './bench-process.js';

const { BENCH_FEED: path = '' } = process.env;
const runtime = await openRuntime(loadConfig(process.env), 'bench-ingest', () => undefined);
const ended = untilToldToEnd();
ready();
const { seconds } = await ingestFile(runtime.writer, { path });
await ended;
reportFigures(seconds);
await runtime.close();
