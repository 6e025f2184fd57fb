import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { simulateLines } from '@retention/simulation';
import kafkajs from 'kafkajs';
import type { Message, Producer } from 'kafkajs';
import { say } from './bench-server.js';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel, Partitioners } = kafkajs;

export const PARTITIONS = 16;
const MESSAGES_PER_BATCH = 2_000;
const SENDS_AT_ONCE = 8;
const SAID_EVERY = 1_000_000;

const CUSTOMERS = 20_000;
const YEARS = 2;
/**
 * So many lenders are under way at once: more customers than ingest keeps in memory, so that every second message meets
 * one it has to load, as in a backlog of a large lender.
 */
const LENDERS_AT_ONCE = 4;

/** The number in the ids of a customer, its loans and all messages about them; nothing else has seven digits and a 0 in front. */
const NUMBERS = /(?<!\d)0\d{6}(?!\d)/g;
const SUBJECT = /"subject":"C(\d{7})"/;

const packGzip = promisify(gzip);

/**
 * Messages without end: a simulated lender of 20,000 customers over two years, again and again with customers, loans and
 * messages under new numbers.
 */
export function* endlessFeed(): Generator<Message & { readonly partition: number }> {
  const lines = [...simulateLines({ customers: CUSTOMERS, years: YEARS, seed: 1 })];
  for (let round = 0; ; round += 1) {
    for (const line of lines) {
      for (let lender = 0; lender < LENDERS_AT_ONCE; lender += 1) {
        const moved = (round * LENDERS_AT_ONCE + lender) * CUSTOMERS;
        const value = line.replace(NUMBERS, (number) => String(Number(number) + moved).padStart(7, '0'));
        const number = SUBJECT.exec(value)?.[1];
        // Days closed by one lender would be closed for all.
        if (number === undefined) continue;
        yield { key: `C${number}`, value, partition: Number(number) % PARTITIONS };
      }
    }
  }
}

/** Writes a feed to a topic, in packed batches, as a loan system with a large export would. */
export class TopicFiller {
  private readonly batches: Message[][] = Array.from({ length: PARTITIONS }, () => []);
  private readonly sends = new Set<Promise<void>>();
  private written = 0;

  private constructor(
    private readonly producer: Producer,
    private readonly topic: string,
    private readonly feed: Iterator<Message & { readonly partition: number }>,
  ) {}

  static async open(brokers: string[], topic: string): Promise<TopicFiller> {
    // The lightest gzip: filling has to be faster than what is measured, and any ratio a producer may have will do.
    CompressionCodecs[CompressionTypes.GZIP] = () => ({
      compress: ({ buffer }: { readonly buffer: Buffer }) => packGzip(buffer, { level: 1 }),
      decompress: () => Promise.reject(new Error('nothing is read here')),
    });
    const kafka = new Kafka({ clientId: 'bench-filler', brokers, logLevel: logLevel.NOTHING, retry: { retries: 10 } });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new TopicFiller(producer, topic, endlessFeed());
  }

  /** Messages in the topic. */
  get messages(): number {
    return this.written;
  }

  /** Writes on until the topic holds so many messages, or some more. */
  async fillTo(messages: number): Promise<void> {
    let saidAt = Math.floor(this.written / SAID_EVERY);
    let made = this.written;
    while (made < messages) {
      const { value: message, done } = this.feed.next();
      if (done === true) return;
      const batch = this.batches[message.partition];
      if (batch?.push(message) !== MESSAGES_PER_BATCH) continue;
      this.batches[message.partition] = [];
      made += batch.length;
      const tracked: Promise<void> = this.send(batch).finally(() => this.sends.delete(tracked));
      this.sends.add(tracked);
      while (this.sends.size >= SENDS_AT_ONCE) await Promise.race(this.sends);
      if (Math.floor(made / SAID_EVERY) === saidAt) continue;
      saidAt = Math.floor(made / SAID_EVERY);
      say(`  ${saidAt} million messages written`);
    }
    await Promise.all(this.sends);
  }

  async close(): Promise<void> {
    await Promise.all(this.sends);
    await this.producer.disconnect();
  }

  private async send(messages: Message[]): Promise<void> {
    await this.producer.send({ topic: this.topic, acks: 1, compression: CompressionTypes.GZIP, messages });
    this.written += messages.length;
  }
}
