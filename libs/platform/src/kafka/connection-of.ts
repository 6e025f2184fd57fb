import type { SASLOptions } from 'kafkajs';
import type { KafkaConfig } from '../config/config.js';
import type { KafkaConnection } from './kafka-client.js';

/** How to reach the brokers, as the configuration says. */
export function kafkaConnection(config: KafkaConfig, log: NonNullable<KafkaConnection['log']>): KafkaConnection {
  const { brokers, clientId, ssl, sasl } = config;
  // kafkajs types one object per mechanism; all three take exactly these fields.
  return { brokers, clientId, ssl, log, ...(sasl === null ? {} : { sasl: { ...sasl } as SASLOptions }) };
}
