export { FeedStandsStill, untilCaughtUp } from './caught-up.js';
export { createFeedWorker } from './feed.js';
export { ProcessModule, RUNTIME } from './process.module.js';
export { explainStart, runProcess, StartRefused } from './run-process.js';
export { openRuntime } from './runtime.js';
export type { Runtime, RuntimeOptions } from './runtime.js';
export { productDataSource, schemaDifferences } from './schema.js';
export { serve } from './serve.js';
export type { Served } from './serve.js';
