import type { KafkaConfig, LogEntry, RetryOptions } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { registerCodecs } from './codecs/register-codecs.js';
import { isBrokerStarting } from './broker-starts.js';
import { readEmptiedBatches } from './emptied-batches.js';
import { quietRequestQueue } from './quiet-request-queue.js';
import { endStoppedRunners } from './stopped-runner.js';

/** Where the brokers are and how to speak to them. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** What kafkajs has to say. Nothing is written anywhere when left out. */
  log?(level: KafkaLogLevel, message: string, context: Readonly<Record<string, unknown>>): void;
}

export type KafkaLogLevel = 'error' | 'warn' | 'info' | 'debug';

const CONNECTION_TIMEOUT_MS = 3_000;
/**
 * So long before a login runs out kafkajs logs in again. With its own ten seconds a broker that lets a login hold for less
 * (`connections.max.reauth.ms`) is asked for one before each request, and no request is ever sent.
 */
const LOGIN_RENEWED_BEFORE_MS = 1_000;

/** Together about 10 s; after that the caller learns of it and decides. */
export const KAFKA_RETRY: RetryOptions = { initialRetryTime: 100, maxRetryTime: 3_000, retries: 7 };

/** A client of its own for each user: kafkajs shares the offsets of a group among the consumers of one client. */
export function createKafkaClient(connection: KafkaConnection): Kafka {
  registerCodecs();
  quietRequestQueue();
  readEmptiedBatches();
  endStoppedRunners();
  return new Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    reauthenticationThreshold: LOGIN_RENEWED_BEFORE_MS,
    retry: KAFKA_RETRY,
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => logEntry(connection, entry),
    ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
  });
}

function logEntry(connection: KafkaConnection, { namespace, level, log }: LogEntry): void {
  const { message, ...context } = log;
  const detail = typeof context['error'] === 'string' ? `${message} ${context['error']}` : message;
  connection.log?.(isBrokerStarting(detail) ? 'debug' : levelName(level), message, { namespace, ...context });
}

function levelName(level: logLevel): KafkaLogLevel {
  if (level === logLevel.ERROR) return 'error';
  if (level === logLevel.WARN) return 'warn';
  return level === logLevel.INFO ? 'info' : 'debug';
}
