export * from './database/database-for-spec.js';
export * from './kafka/kafka-broker.js';
export * from './kafka/kafka-for-spec.js';
export * from './kafka/kafka-tools.js';
