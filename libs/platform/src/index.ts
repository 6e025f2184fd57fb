export * from './clock/clock.js';
export * from './database/binary-arrays.js';
export * from './database/data-source.js';
export { EmbeddedPostgresError } from './database/embedded-postgres-binaries.js';
export * from './database/embedded-postgres.js';
export * from './database/pool.js';
