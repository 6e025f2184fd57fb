import { Decoder, Encoder } from './kafkajs-internals.js';

/** A question and its answer as kafkajs describes them, in bytes. Of its own methods none asks for the id of a topic. */
export interface Question {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    encode(): Promise<{ readonly buffer: Buffer }>;
  };
  readonly response: { decode(answer: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}

const METADATA = { apiKey: 3, apiVersion: 10 };
const ID_BYTES = 16;
const UNKNOWN_TOPIC = 3;

/** The versions of each request a simulated broker speaks, where kafkajs does not choose among them by itself. */
export function versionsSpoken(givesTopicIds: boolean): Readonly<Record<number, object>> {
  const { apiKey, apiVersion } = METADATA;
  return { [apiKey]: { minVersion: 0, maxVersion: givesTopicIds ? apiVersion : apiVersion - 1 } };
}

/** The topic a Metadata request of version 10 asks about. Source: Kafka's MetadataRequest.json. */
export async function topicAskedFor({ request }: Question): Promise<string> {
  if (request.apiKey !== METADATA.apiKey || request.apiVersion !== METADATA.apiVersion) {
    throw new Error(`A simulated broker does not answer to ${request.apiKey}, version ${request.apiVersion}`);
  }
  const decoder = new Decoder((await request.encode()).buffer);
  decoder.readTaggedFields();
  if (decoder.readUVarInt() !== 1 + 1) throw new Error('One topic is asked about at once');
  decoder.readBytes(ID_BYTES);
  return decoder.readUVarIntString();
}

/** The answer with one topic; `id` null when there is none of that name. Source: Kafka's MetadataResponse.json. */
export function topicIdAnswer(topic: string, id: string | null): Buffer {
  const noTags = 0;
  const answer = new Encoder()
    .writeUVarInt(noTags)
    .writeInt32(0)
    .writeUVarInt(1 + 1);
  answer.writeInt32(0).writeUVarIntString('sim').writeInt32(1).writeUVarIntString(null).writeUVarInt(noTags);
  answer
    .writeUVarIntString('simulated')
    .writeInt32(0)
    .writeUVarInt(1 + 1);
  answer.writeInt16(id === null ? UNKNOWN_TOPIC : 0).writeUVarIntString(topic);
  answer.writeBuffer(id === null ? Buffer.alloc(ID_BYTES) : Buffer.from(id, 'hex'));
  // Internal or not, no partitions, no rights.
  return answer.writeBuffer(Buffer.of(0)).writeUVarInt(1).writeInt32(0).writeUVarInt(noTags).writeUVarInt(noTags)
    .buffer;
}
