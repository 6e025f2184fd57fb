import type { Kafka } from 'kafkajs';
import { createRequire } from 'node:module';

interface Encoder {
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
  writeBuffer(bytes: Buffer): Encoder;
}

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readUVarInt(): number;
  readUVarIntString(): string;
  readBytes(length: number): Buffer;
  readTaggedFields(): unknown;
}

interface TopicFound {
  readonly errorCode: number;
  readonly id: Buffer;
}

interface Cluster {
  readonly brokerPool: {
    readonly seedBroker: {
      readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;
      readonly connectionPool: { send(question: object): Promise<TopicFound> };
    };
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

const METADATA = 3;
/** The first in which a topic has an id: Kafka 2.8. kafkajs knows versions up to 6. */
const VERSION = 10;
const ID_BYTES = 16;
const NO_ID = Buffer.alloc(ID_BYTES);

const require = createRequire(import.meta.url);
const NewEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const NewDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;
const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

/**
 * The id that Kafka drew when the topic was created, as 32 hexadecimal digits: one that is deleted and created again under
 * its name has another. Null where the brokers give topics none. Over a connection of its own.
 * @throws as kafkajs does when no broker answers, or the topic is not there.
 */
export async function topicIdOf(kafka: Kafka, topic: string): Promise<string | null> {
  const cluster = newCluster(kafka);
  try {
    await cluster.connect();
    const { versions, connectionPool } = cluster.brokerPool.seedBroker;
    const spoken = versions[METADATA];
    if (spoken === undefined || spoken.minVersion > VERSION || spoken.maxVersion < VERSION) return null;
    const { id } = await connectionPool.send(questionAbout(topic));
    return id.equals(NO_ID) ? null : id.toString('hex');
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}

/** kafkajs keeps to itself what it makes its clients from, and none of them can ask what it does not know. */
function newCluster(kafka: Kafka): Cluster {
  const name = Object.getOwnPropertySymbols(kafka).find(
    (symbol) => symbol.description === 'private:Kafka:createCluster',
  );
  if (name === undefined) throw new Error('This version of kafkajs makes its clusters in another way');
  const { [name]: create } = kafka as unknown as Record<symbol, (options: object) => Cluster>;
  if (create === undefined) throw new Error('This version of kafkajs makes its clusters in another way');
  return create({ allowAutoTopicCreation: false });
}

/** A request and its response as kafkajs describes them. Source: Kafka's MetadataRequest.json and MetadataResponse.json. */
function questionAbout(topic: string): object {
  return {
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: () => Promise.resolve(encode(topic)),
    },
    response: { decode: (answer: Buffer) => Promise.resolve(decode(answer)), parse },
  };
}

function encode(topic: string): Encoder {
  const noTags = 0;
  // The count of an array of this version is one more than there are.
  return new NewEncoder()
    .writeUVarInt(noTags)
    .writeUVarInt(1 + 1)
    .writeBuffer(NO_ID)
    .writeUVarIntString(topic)
    .writeUVarInt(noTags)
    .writeBuffer(Buffer.of(0, 0, 0)) // Creates no topic, and asks for no rights.
    .writeUVarInt(noTags);
}

/** Reads no further than the id of the first topic: one is asked about. */
function decode(answer: Buffer): TopicFound {
  const decoder = new NewDecoder(answer);
  decoder.readTaggedFields();
  decoder.readInt32(); // The throttle time.
  for (let brokers = decoder.readUVarInt() - 1; brokers > 0; brokers -= 1) {
    decoder.readInt32();
    decoder.readUVarIntString(); // The host.
    decoder.readInt32();
    decoder.readUVarIntString(); // The rack.
    decoder.readTaggedFields();
  }
  decoder.readUVarIntString(); // The cluster.
  decoder.readInt32(); // The controller.
  if (decoder.readUVarInt() - 1 !== 1)
    throw new Error('A broker that was asked about one topic told of another number');
  const errorCode = decoder.readInt16();
  decoder.readUVarIntString(); // The name.
  return { errorCode, id: decoder.readBytes(ID_BYTES) };
}

function parse(found: TopicFound): Promise<TopicFound> {
  return found.errorCode === 0 ? Promise.resolve(found) : Promise.reject(createErrorFromCode(found.errorCode));
}
