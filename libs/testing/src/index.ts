export * from './database/database-for-spec.js';
