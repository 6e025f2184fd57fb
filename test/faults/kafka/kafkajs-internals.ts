import type * as Kafkajs from 'kafkajs';
import { createRequire } from 'node:module';
import type { StoredMessage } from './partition-log.js';

// By `require`: in a simulation, and in the specs, an import of kafkajs from the product is given the stand-in.
const require = createRequire(import.meta.url);

export const realKafkajs = require('kafkajs') as typeof Kafkajs;

interface ErrorCode {
  readonly type: string;
  readonly code: number;
}

const { createErrorFromCode, errorCodes } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error;
  errorCodes: readonly ErrorCode[];
};

const fetchResponse = require('kafkajs/src/protocol/requests/fetch/v4/response') as {
  decode(answer: Buffer): Promise<{
    readonly responses: readonly { readonly partitions: readonly { readonly messages: readonly StoredMessage[] }[] }[];
  }>;
};

interface KafkajsEncoder {
  readonly buffer: Buffer;
  writeInt16(value: number): KafkajsEncoder;
  writeInt32(value: number): KafkajsEncoder;
  writeUVarInt(value: number): KafkajsEncoder;
  writeUVarIntString(value: string | null): KafkajsEncoder;
  writeBuffer(bytes: Buffer): KafkajsEncoder;
}

interface KafkajsDecoder {
  readUVarInt(): number;
  readUVarIntString(): string;
  readBytes(length: number): Buffer;
  readTaggedFields(): unknown;
}

export const Encoder = require('kafkajs/src/protocol/encoder') as new () => KafkajsEncoder;
export const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => KafkajsDecoder;

/** What kafkajs reads from an answer of version 4 to a fetch, of all partitions in it. */
export async function decodeFetch(answer: Buffer): Promise<StoredMessage[]> {
  const { responses } = await fetchResponse.decode(answer);
  return responses.flatMap(({ partitions }) => partitions.flatMap(({ messages }) => messages));
}

export type ProtocolErrorType =
  | 'OFFSET_OUT_OF_RANGE'
  | 'UNKNOWN_TOPIC_OR_PARTITION'
  | 'LEADER_NOT_AVAILABLE'
  | 'NOT_LEADER_FOR_PARTITION'
  | 'GROUP_LOAD_IN_PROGRESS'
  | 'NOT_COORDINATOR_FOR_GROUP'
  | 'ILLEGAL_GENERATION'
  | 'INCONSISTENT_GROUP_PROTOCOL'
  | 'UNKNOWN_MEMBER_ID'
  | 'REBALANCE_IN_PROGRESS'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'TOPIC_AUTHORIZATION_FAILED';

/** The error kafkajs makes of an error code in an answer. */
export function protocolError(type: ProtocolErrorType): Error {
  const known = errorCodes.find((code) => code.type === type);
  if (known === undefined) throw new Error(`kafkajs knows no error ${type}`);
  return createErrorFromCode(known.code);
}

export function offsetOutOfRange(topic: string, partition: number): Error {
  return new realKafkajs.KafkaJSOffsetOutOfRange(protocolError('OFFSET_OUT_OF_RANGE'), { topic, partition });
}

export function connectionRefused(host: string, port: number): Error {
  const broker = `${host}:${port}`;
  const code = 'ECONNREFUSED';
  return new realKafkajs.KafkaJSConnectionError(`Connection error: connect ${code} ${broker}`, { broker, code });
}

export function connectionClosed(host: string, port: number): Error {
  const { KafkaJSConnectionClosedError } = realKafkajs as unknown as {
    KafkaJSConnectionClosedError: new (message: string, at: { host: string; port: number }) => Error;
  };
  return new KafkaJSConnectionClosedError('Closed connection', { host, port });
}

export function requestTimedOut(host: string, port: number, api: string): Error {
  const { KafkaJSRequestTimeoutError } = realKafkajs as unknown as {
    KafkaJSRequestTimeoutError: new (message: string, at: { broker: string }) => Error;
  };
  return new KafkaJSRequestTimeoutError(`Request ${api} timed out`, { broker: `${host}:${port}` });
}
