export * from './database/database-for-spec.js';
export * from './database/event-rows-for-spec.js';
export * from './database/store-for-spec.js';
export type { EventStoreCluster } from './eventstoredb/event-store-cluster.js';
export type {
  Credentials,
  EventStoreDouble,
  EventStoreDoubleOptions,
  InspectedEvent,
} from './eventstoredb/event-store-double.js';
export type {
  AppendFault,
  Faults,
  FaultTarget,
  RandomFaults,
  ReadFault,
  SubscriptionFault,
  WhereToStrike,
} from './eventstoredb/faults.js';
export type { EventStoreDoubleProcess } from './eventstoredb/event-store-process.js';
export * from './eventstoredb/start-event-store.js';
export * from './kafka/kafka-broker.js';
export * from './kafka/kafka-for-spec.js';
export * from './kafka/kafka-tools.js';
