export { customerOf, fold, streamOf } from './aggregates.js';
export type { Aggregate } from './aggregates.js';
export { CALENDAR_STREAM } from './calendar.js';
export { INGESTION_ENTITIES } from './entities.js';
export * from './message.js';
export { Ingestion1763900100000 } from './migrations/1763900100000-ingestion.js';
export * from './queries.js';
export { ConsumerFenced, FactWriter } from './writer/fact-writer.js';
export type { FactWriterOptions } from './writer/fact-writer.js';
