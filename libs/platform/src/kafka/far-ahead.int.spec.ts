import { afterEach, beforeAll, expect, it } from '@jest/globals';
import { describeWithKafka } from '@retention/testing';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { setImmediate as soon } from 'node:timers/promises';
import { UNPACKED_BYTES_MAX } from './codecs/unpacked-bytes.js';
import { createSourceLog } from './source-log.js';
import type { SourceBatch, SourceLog, SourceLogOptions } from './source-types.js';

type CodecFactory = () => { decompress(packed: Buffer): Promise<Buffer>; compress: unknown };

const PARTITIONS = 8;
const BATCHES = 64;
const RECORDS_PER_BATCH = 100;
const RECORD_BYTES = 16 * 1024;
const BATCH_BYTES = RECORDS_PER_BATCH * (RECORD_BYTES + 100);

/** What one answer of the broker was unpacked to, and what was being stored at once: the most there was of each. */
class Held {
  readonly most = { unpackedBytes: 0, records: 0, bytes: 0 };
  private readonly answers = new WeakMap<ArrayBufferLike, number>();
  private records = 0;
  private bytes = 0;

  unpacked(answer: ArrayBufferLike, bytes: number): void {
    const sum = (this.answers.get(answer) ?? 0) + bytes;
    this.answers.set(answer, sum);
    this.most.unpackedBytes = Math.max(this.most.unpackedBytes, sum);
  }

  async whileStoring({ records }: SourceBatch, store: () => Promise<void>): Promise<void> {
    const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
    this.records += records.length;
    this.bytes += bytes;
    this.most.records = Math.max(this.most.records, this.records);
    this.most.bytes = Math.max(this.most.bytes, this.bytes);
    await store();
    this.records -= records.length;
    this.bytes -= bytes;
  }
}

/** Tells of everything that gzip unpacks to, whoever registers the codec of kafkajs after this. */
function watchGzip(held: Held): void {
  const codecs = CompressionCodecs as Record<number, CodecFactory>;
  let registered = codecs[CompressionTypes.GZIP] as CodecFactory;
  Object.defineProperty(codecs, CompressionTypes.GZIP, {
    configurable: true,
    set: (factory: CodecFactory) => (registered = factory),
    get: () => () => {
      const codec = registered();
      return {
        ...codec,
        decompress: async (packed: Buffer) => {
          const records = await codec.decompress(packed);
          held.unpacked(packed.buffer, records.length);
          return records;
        },
      };
    },
  });
}

describeWithKafka('a log that is far ahead of the store', (kafka) => {
  const topic = `far-ahead-${randomUUID()}`;
  const logs: SourceLog[] = [];

  beforeAll(async () => {
    await kafka.tools.createTopic(topic, PARTITIONS);
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const partition = batch % PARTITIONS;
      const first = Math.floor(batch / PARTITIONS) * RECORDS_PER_BATCH;
      const messages = Array.from({ length: RECORDS_PER_BATCH }, (_, no) => ({
        key: `customer-${partition}`,
        value: String(first + no).padEnd(RECORD_BYTES, '.'),
      }));
      await kafka.tools.produce(topic, messages, { partition, compression: CompressionTypes.GZIP });
    }
  });

  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.stop(10_000)));
  });

  const follow = (take: SourceLogOptions['take'], more: Partial<SourceLogOptions>): SourceLog => {
    const log = createSourceLog({
      brokers: kafka.broker.brokers,
      clientId: 'spec',
      groupId: `group-${randomUUID()}`,
      topics: [topic],
      nextOffset: () => Promise.resolve(null),
      take,
      onReport: () => undefined,
      ...more,
    });
    logs.push(log);
    log.start();
    return log;
  };

  it('fills the memory up to the bound and no further, and every record is stored once and in order', async () => {
    const held = new Held();
    watchGzip(held);
    const numbers = Array.from({ length: PARTITIONS }, (): number[] => []);
    let missing = BATCHES * RECORDS_PER_BATCH;
    await new Promise<void>((resolve) => {
      const take = (batch: SourceBatch): Promise<void> =>
        held.whileStoring(batch, async () => {
          for (let turn = 0; turn < 5; turn += 1) await soon();
          numbers[batch.partition]?.push(...batch.records.map(({ value }) => Number.parseInt(String(value), 10)));
          missing -= batch.records.length;
          if (missing === 0) resolve();
        });
      follow(take, { recordsAtOnce: 60, bytesAtOnce: 600_000 });
    });

    const perPartition = (BATCHES / PARTITIONS) * RECORDS_PER_BATCH;
    for (const partition of numbers) expect(partition).toEqual(Array.from({ length: perPartition }, (_, no) => no));
    expect(BATCHES * BATCH_BYTES).toBeGreaterThan(3 * UNPACKED_BYTES_MAX);
    expect(held.most.unpackedBytes).toBeGreaterThan(UNPACKED_BYTES_MAX / 2);
    expect(held.most.unpackedBytes).toBeLessThan(UNPACKED_BYTES_MAX + BATCH_BYTES);
    expect(held.most.records).toBeGreaterThan(20);
    expect(held.most.records).toBeLessThanOrEqual(60);
    expect(held.most.bytes).toBeLessThanOrEqual(600_000);
  });

  it('is left after the parts that are being stored, when the process is told to stop', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const taken: SourceBatch[] = [];
    let isTaking: () => void = () => undefined;
    const taking = new Promise<void>((resolve) => (isTaking = resolve));
    const take = async (batch: SourceBatch): Promise<void> => {
      taken.push(batch);
      isTaking();
      await released;
    };
    const log = follow(take, { recordsAtOnce: 30 });
    await taking;
    const stopped = log.stop(10_000);
    const begun = taken.length;
    release();
    expect(await stopped).toBe(true);
    expect(taken).toHaveLength(begun);
    for (const { records } of taken) expect(records.length).toBeLessThanOrEqual(10);
  });
});
