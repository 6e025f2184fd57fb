import type { Message, Producer } from 'kafkajs';
import { Partitioners } from 'kafkajs';
import type { KafkaConnection } from './kafka-client.js';
import { createKafkaClient } from './kafka-client.js';

/** A request stays below the 1 MB that a broker takes by default, unless a single record is larger. */
const MAX_REQUEST_BYTES = 900_000;
const RECORD_OVERHEAD_BYTES = 100;

/** Goes to the partition its key decides. */
export interface OutgoingRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, Buffer | string | undefined>>;
}

export interface RecordProducer {
  /**
   * Writes the records in their order. Resolves when all in-sync replicas have them. Rejects when that is not known:
   * the records may be there all the same, so what reads them must bear a repetition.
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  disconnect(): Promise<void>;
}

/** Connects at the first `send`, and anew after one that failed. The topic must exist. */
export function createRecordProducer(connection: KafkaConnection): RecordProducer {
  const kafka = createKafkaClient(connection);
  let current: Promise<Producer> | null = null;

  const connected = (): Promise<Producer> => {
    current ??= (async () => {
      const producer = kafka.producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        idempotent: true,
        maxInFlightRequests: 1,
        // Idempotence asks for endless retries by default; the caller has its own way to wait.
        retry: { retries: 7 },
      });
      await producer.connect();
      return producer;
    })();
    return current;
  };

  const disconnect = async (): Promise<void> => {
    const last = current;
    current = null;
    await last?.then((producer) => producer.disconnect()).catch(() => undefined);
  };

  return {
    async send(topic, records) {
      try {
        const producer = await connected();
        for (const messages of requestsOf(records)) await producer.send({ topic, acks: -1, messages });
      } catch (error) {
        // After a failed request the numbers by which the broker knows a repetition may no longer fit.
        await disconnect();
        throw error;
      }
    },
    disconnect,
  };
}

function requestsOf(records: readonly OutgoingRecord[]): Message[][] {
  const requests: Message[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = sizeOf(record);
    const last = requests.at(-1);
    if (last === undefined || bytes > room) {
      requests.push([messageOf(record)]);
      room = MAX_REQUEST_BYTES - bytes;
    } else {
      last.push(messageOf(record));
      room -= bytes;
    }
  }
  return requests;
}

function messageOf({ key, value, headers }: OutgoingRecord): Message {
  const present = Object.entries(headers ?? {}).filter(([, header]) => header !== undefined);
  return { key, value, headers: Object.fromEntries(present) };
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  const parts = [key, value, ...Object.entries(headers ?? {}).flat()];
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part ?? ''), RECORD_OVERHEAD_BYTES);
}
