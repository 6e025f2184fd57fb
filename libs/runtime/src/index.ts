export { createFeedWorker } from './feed.js';
export { openRuntime } from './runtime.js';
export type { Runtime } from './runtime.js';
export { productDataSource, schemaDifferences } from './schema.js';
