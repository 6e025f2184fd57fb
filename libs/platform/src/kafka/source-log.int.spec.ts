import { afterEach, expect, it } from '@jest/globals';
import { describeWithKafka } from '@retention/testing';
import type { PartitionAssigner } from 'kafkajs';
import { AssignerProtocol, CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createRecordProducer } from './record-producer.js';
import { createSourceLog } from './source-log.js';
import type { SourceBatch, SourceLog, SourceLogOptions, SourceRecord, SourceReport } from './source-types.js';

const WAIT_MS = 60_000;

/** Keeps records and positions in one step, as a store does; refuses a batch that does not begin where it stands. */
class MemoryStore {
  readonly next = new Map<string, bigint>();
  readonly records: SourceRecord[] = [];
  readonly batches: SourceBatch[] = [];
  beforeTake: (batch: SourceBatch) => Promise<void> = () => Promise.resolve();

  async nextOffset(topic: string, partition: number): Promise<bigint | null> {
    return this.next.get(`${topic}/${partition}`) ?? null;
  }

  async take(batch: SourceBatch): Promise<void> {
    await this.beforeTake(batch);
    const place = `${batch.topic}/${batch.partition}`;
    if ((this.next.get(place) ?? null) !== batch.keptOffset) throw new Error('another consumer was here');
    this.next.set(place, batch.lastOffset + 1n);
    this.records.push(...batch.records);
    this.batches.push(batch);
  }

  get values(): string[] {
    return this.records.map(({ value }) => String(value));
  }
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await pause(20);
  }
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ key: `customer-${(from + i) % 50}`, value: `fact ${from + i}` }));
const facts = (from: number, to: number) => numbered(from, to).map(({ value }) => value);

/** Members of one group must have a way to share in common: this one has none with ours. */
const unlikeOurs: PartitionAssigner = () => ({
  name: 'unlike-ours',
  version: 1,
  assign: ({ members }) =>
    Promise.resolve(
      members.map(({ memberId }) => {
        const assignment = { version: 1, assignment: {}, userData: Buffer.alloc(0) };
        return { memberId, memberAssignment: AssignerProtocol.MemberAssignment.encode(assignment) };
      }),
    ),
  protocol: ({ topics }) => {
    const metadata = AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) });
    return { name: 'unlike-ours', metadata };
  },
});

describeWithKafka('the source log', (kafka) => {
  const logs: SourceLog[] = [];
  // Unlike those of an earlier run, when the broker is not ours.
  const nameOfTopic = () => `facts-${randomUUID()}`;

  const newTopic = async (partitions: number, config: Record<string, string> = {}) => {
    const topic = nameOfTopic();
    await kafka.tools.createTopic(topic, partitions, { config });
    return topic;
  };

  const follow = (topic: string, store: MemoryStore, more: Partial<SourceLogOptions> = {}) => {
    const reports: SourceReport[] = [];
    const log = createSourceLog({
      brokers: kafka.broker.brokers,
      clientId: 'spec',
      groupId: `group-of-${topic}`,
      topics: [topic],
      sessionTimeoutMs: 6_000,
      metadataMaxAgeMs: 1_000,
      retryMs: 50,
      retryMaxMs: 400,
      nextOffset: (...place) => store.nextOffset(...place),
      take: (batch) => store.take(batch),
      onReport: (report) => reports.push(report),
      ...more,
    });
    log.start();
    logs.push(log);
    const of = <K extends SourceReport['kind']>(kind: K) =>
      reports.filter((report): report is Extract<SourceReport, { kind: K }> => report.kind === kind);
    return { log, reports, of };
  };

  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.stop(10_000)));
  });

  it('hands over keys, values, tombstones, headers and times as they were written', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, [
      { key: 'c1', value: 'with a key', headers: { ce_id: 'f1', ce_tags: ['a', 'b'] }, timestamp: '1700000000123' },
      { key: null, value: 'without a key' },
      { key: 'c1', value: null },
      { key: 'c2', value: 'hostile headers', headers: { ['__proto__']: 'x', constructor: 'y' } },
    ]);
    const store = new MemoryStore();
    follow(topic, store);
    await until('all four are taken', () => store.records.length === 4);

    const [first, second, tombstone, hostile] = store.records;
    expect(first).toMatchObject({ topic, partition: 0, offset: 0n, timestamp: 1_700_000_000_123 });
    expect([String(first!.key), String(first!.value)]).toEqual(['c1', 'with a key']);
    expect([String(first!.headers['ce_id']), String(first!.headers['ce_tags'])]).toEqual(['f1', 'b']);
    expect([second!.key, String(second!.value), second!.offset]).toEqual([null, 'without a key', 1n]);
    expect([String(tombstone!.key), tombstone!.value]).toEqual(['c1', null]);
    expect(Object.keys(hostile!.headers)).toEqual(['__proto__', 'constructor']);
    expect(String(hostile!.headers['constructor'])).toBe('y');
  });

  it('reads on where the store says, whatever Kafka has as the committed offset', async () => {
    const topic = await newTopic(2);
    await kafka.tools.produce(topic, numbered(0, 100), { partition: 0 });
    await kafka.tools.produce(topic, numbered(100, 200), { partition: 1 });
    const first = new MemoryStore();
    const before = follow(topic, first);
    await until('all are taken', () => first.records.length === 200);
    await before.log.stop(10_000);
    expect(await kafka.tools.committed(`group-of-${topic}`, topic)).toEqual(
      new Map([
        [0, 100n],
        [1, 100n],
      ]),
    );

    const restored = new MemoryStore();
    restored.next.set(`${topic}/0`, 40n);
    restored.next.set(`${topic}/1`, 100n);
    const { reports, log } = follow(topic, restored);
    await until('the missing ones are taken', () => restored.records.length >= 60);
    await kafka.tools.produce(topic, [{ value: 'the newest' }], { partition: 1 });
    await until('the newest is taken', () => restored.values.includes('the newest'));

    expect(restored.values).toEqual([...facts(40, 100), 'the newest']);
    expect(reports.map(({ kind }) => kind)).toEqual(['assigned']);
    expect(await log.lag()).toEqual([
      { topic, partition: 0, stored: 100n, end: 100n, lag: 0n },
      { topic, partition: 1, stored: 101n, end: 101n, lag: 0n },
    ]);
  });

  it('does not read again what the store has though Kafka lost its hint', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 100));
    const store = new MemoryStore();
    store.next.set(`${topic}/0`, 90n);
    follow(topic, store);
    await until('the rest is taken', () => store.records.length >= 10);
    expect(store.values).toEqual(facts(90, 100));
  });

  it('loses and doubles nothing when a batch is refused three times, and the order stays', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 500));
    const store = new MemoryStore();
    let refusals = 0;
    store.beforeTake = async () => {
      if (refusals < 3) throw new Error(`the store is away (${++refusals})`);
    };
    const { log, of } = follow(topic, store, { retryMs: 300, retryMaxMs: 300 });
    await until('it was refused', () => of('not-taken').length > 0);
    expect(log.health()).toMatchObject({ running: true, ready: false });
    expect(log.health().problems[0]).toMatch(/could not be stored.*the store is away \(1\)/);
    await until('all are taken', () => store.records.length >= 500);

    expect(store.values).toEqual(facts(0, 500));
    expect(of('not-taken').map(({ attempt, firstOffset }) => [attempt, firstOffset])).toEqual([
      [1, 0n],
      [2, 0n],
      [3, 0n],
    ]);
    await until('it is ready again', () => log.health().ready);
    expect(of('recovered')).toEqual([{ kind: 'recovered', topic, partition: 0 }]);
  });

  it('goes on after a batch that was stored though storing it seemed to fail', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 100));
    const store = new MemoryStore();
    let isFirst = true;
    const { log, of } = follow(topic, store, {
      take: async (batch) => {
        await store.take(batch);
        if (isFirst) {
          isFirst = false;
          throw new Error('the answer to the commit was lost');
        }
      },
    });
    await until('storing it seemed to fail', () => of('not-taken').length === 1);
    // Nothing follows that could be taken.
    await until('it is ready again', () => log.health().ready);
    expect(of('recovered')).toHaveLength(1);
    expect(store.records).toHaveLength(100);
    await kafka.tools.produce(topic, numbered(100, 200));
    await until('the rest is taken', () => store.records.length >= 200);
    expect(store.values).toEqual(facts(0, 200));
    await until('it is ready', () => log.health().ready);
  });

  it('reads the other partitions while one is refused', async () => {
    const topic = await newTopic(2);
    await kafka.tools.produce(topic, numbered(0, 10), { partition: 0 });
    const store = new MemoryStore();
    store.beforeTake = async ({ partition }) => {
      if (partition === 0) throw new Error('not this one');
    };
    const { of } = follow(topic, store);
    await until('it was refused', () => of('not-taken').length >= 2);
    await kafka.tools.produce(topic, numbered(10, 20), { partition: 1 });
    await until('the other is read', () => store.records.length === 10);
    expect(store.values).toEqual(facts(10, 20));
  });

  it('keeps its partitions while a batch takes longer than the session', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 10));
    const store = new MemoryStore();
    store.beforeTake = () => pause(4_000);
    const { log, reports } = follow(topic, store, { sessionTimeoutMs: 2_000 });
    await until('it is taken', () => store.records.length === 10);
    await until(
      'the hint is written',
      async () => (await kafka.tools.committed(`group-of-${topic}`, topic)).get(0) === 10n,
    );
    expect(reports.map(({ kind }) => kind)).toEqual(['assigned']);
    expect(log.health().ready).toBe(true);
  });

  it('shares the partitions between two consumers, and one takes over when the other stops', async () => {
    const topic = await newTopic(4);
    const store = new MemoryStore();
    const one = follow(topic, store);
    await until('the first has all', () => one.log.health().assigned.length === 4);
    const two = follow(topic, store);
    await until('they share', () => one.log.health().assigned.length === 2 && two.log.health().assigned.length === 2);
    await kafka.tools.produce(topic, numbered(0, 2_000));
    await until('all are taken', () => store.records.length >= 2_000);
    expect(one.log.health().lastBatchAt).not.toBeNull();
    expect(two.log.health().lastBatchAt).not.toBeNull();

    expect(await one.log.stop(10_000)).toBe(true);
    await until('the other has all', () => two.log.health().assigned.length === 4);
    await kafka.tools.produce(topic, numbered(2_000, 4_000));
    await until('these are taken too', () => store.records.length >= 4_000);

    expect(new Set(store.values).size).toBe(4_000);
    expect(store.records).toHaveLength(4_000);
    expect(one.of('revoked').flatMap(({ partitions }) => partitions)).toHaveLength(4);
  });

  it('loses and doubles nothing while members come and go every second, and no hint runs ahead of the store', async () => {
    const topic = await newTopic(3);
    const store = new MemoryStore();
    store.beforeTake = () => pause(100);
    const produced: string[] = [];
    let areComing = true;
    const produce = async () => {
      while (areComing) {
        const from = produced.length;
        await kafka.tools.produce(topic, numbered(from, from + 60));
        produced.push(...facts(from, from + 60));
        await pause(100);
      }
    };
    const stays = follow(topic, store);
    await until('it has all', () => stays.log.health().assigned.length === 3);
    const producing = produce();
    let shares = 0;
    for (let turn = 0; turn < 5; turn += 1) {
      const guest = follow(topic, store);
      await pause(1_000);
      shares += guest.of('assigned').length;
      await guest.log.stop(5_000);
    }
    areComing = false;
    await producing;
    await until('all are taken', () => store.records.length >= produced.length);

    expect(store.values.toSorted()).toEqual(produced.toSorted());
    for (const partition of [0, 1, 2]) {
      const offsets = store.records.filter((record) => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.map((_, place) => BigInt(place)));
    }
    for (const [partition, hint] of await kafka.tools.committed(`group-of-${topic}`, topic)) {
      expect(hint).toBeLessThanOrEqual((await store.nextOffset(topic, partition)) ?? 0n);
    }
    expect(stays.of('gap')).toEqual([]);
    await until('it is ready', () => stays.log.health().ready);
    expect(shares).toBeGreaterThan(2);
  });

  it('reads partitions that are added while it runs, from their beginning', async () => {
    const topic = await newTopic(1);
    const store = new MemoryStore();
    const { of, log } = follow(topic, store);
    await until('it runs', () => log.health().assigned.length === 1);
    await kafka.tools.addPartitions(topic, 3);
    await kafka.tools.produce(topic, numbered(0, 10), { partition: 2 });
    await until('they are taken', () => store.records.length === 10);
    await until('it is reported', () => of('partitions-added').length === 1);
    expect(of('partitions-added')).toEqual([{ kind: 'partitions-added', topic, from: 1, to: 3 }]);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads what the broker packed with %s', async (codec) => {
    const topic = await newTopic(1, { 'compression.type': codec });
    await kafka.tools.produce(topic, numbered(0, 3_000));
    const store = new MemoryStore();
    follow(topic, store);
    await until('all are taken', () => store.records.length >= 3_000);
    expect(store.values).toEqual(facts(0, 3_000));
  });

  it('holds a partition at a gzip bomb, without passing over it, and reads the others', async () => {
    const topic = await newTopic(2);
    const store = new MemoryStore();
    const { log, of } = follow(topic, store);
    await kafka.tools.produce(topic, numbered(0, 20), { partition: 0 });
    const bomb = { value: Buffer.alloc(65 * 1024 * 1024) };
    await kafka.tools.produce(topic, [bomb], { partition: 0, compression: CompressionTypes.GZIP });
    await kafka.tools.produce(topic, numbered(20, 40), { partition: 0 });
    await until('it was tried again', () => of('unreadable').length >= 2);
    await kafka.tools.produce(topic, numbered(40, 60), { partition: 1 });
    await until('the other partition is read', () => store.records.length >= 40);

    expect(store.values.filter((value) => facts(20, 40).includes(value))).toEqual([]);
    expect(of('unreadable')[0]).toMatchObject({ partition: 0, firstOffset: 20n, lastOffset: 20n });
    expect(of('unreadable')[0]!.reason).toBe('A gzip batch cannot be unpacked: it unpacks to more than 67108864 bytes');
    expect(log.health().ready).toBe(false);
    expect(of('crash')).toEqual([]);

    // A person decides to pass over it: the kept offset is moved behind it.
    store.next.set(`${topic}/0`, 21n);
    await until('the rest is read', () => store.records.length >= 60);
    await until('it is ready again', () => log.health().ready);
    expect(store.values.filter((value) => facts(20, 40).includes(value))).toEqual(facts(20, 40));
  });

  it('passes over markers and aborted records of transactions without calling them a gap', async () => {
    const topic = await newTopic(1);
    const client = new Kafka({ brokers: kafka.broker.brokers, logLevel: logLevel.NOTHING, retry: { retries: 20 } });
    const producer = client.producer({
      transactionalId: `tx-${topic}`,
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const inTransaction = async (from: number, to: number, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: numbered(from, to) });
      await transaction[end]();
    };
    await inTransaction(0, 10, 'commit');
    const store = new MemoryStore();
    const { log, reports } = follow(topic, store);
    await until('the first are taken', () => store.records.length === 10);
    await inTransaction(10, 20, 'abort');
    await until('the aborted ones are behind', async () => (await log.lag())[0]?.lag === 0n);
    await inTransaction(20, 30, 'commit');
    await producer.disconnect();
    await until('the next are taken', () => store.records.length >= 20);

    expect(store.values).toEqual([...facts(0, 10), ...facts(20, 30)]);
    expect(reports.map(({ kind }) => kind)).toEqual(['assigned']);
    expect((await log.lag())[0]).toEqual({ topic, partition: 0, stored: 33n, end: 33n, lag: 0n });
  });

  it('reports what the broker removed before it was read, and goes on behind it', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 100));
    await kafka.tools.deleteBefore(topic, 0, 60n);
    const store = new MemoryStore();
    store.next.set(`${topic}/0`, 50n);
    const { of } = follow(topic, store);
    await until('the rest is taken', () => store.records.length >= 40);
    expect(store.values).toEqual(facts(60, 100));
    expect(of('gap')).toEqual([{ kind: 'gap', topic, partition: 0, expected: 50n, found: 60n, cause: 'retention' }]);
    expect(store.batches[0]).toMatchObject({ keptOffset: 50n, firstOffset: 60n });
  });

  it('reports it too when the broker removes what it is about to read', async () => {
    const topic = await newTopic(1);
    for (let from = 0; from < 300; from += 50) await kafka.tools.produce(topic, numbered(from, from + 50));
    const store = new MemoryStore();
    let isTaking = false;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    store.beforeTake = () => {
      isTaking = true;
      return released;
    };
    const { of, log } = follow(topic, store, { maxBytesPerPartition: 2_048 });
    await until('the first batch is being taken', () => isTaking);
    await kafka.tools.deleteBefore(topic, 0, 250n);
    release();
    await until('the rest is taken', () => store.values.includes('fact 299'));

    const taken = store.batches[0]!.lastOffset + 1n;
    expect(taken).toBeLessThan(250n);
    expect(store.values).toEqual([...facts(0, Number(taken)), ...facts(250, 300)]);
    expect(of('gap')).toEqual([{ kind: 'gap', topic, partition: 0, expected: taken, found: 250n, cause: 'retention' }]);
    expect(log.health().ready).toBe(true);
  });

  it('stops at a topic that was created again, and says so, until the kept offset is set back', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 100));
    const store = new MemoryStore();
    const { log, of } = follow(topic, store);
    await until('all are taken', () => store.records.length === 100);
    await kafka.tools.deleteTopic(topic);
    await kafka.tools.createTopic(topic, 1);
    await kafka.tools.produce(topic, numbered(100, 110));
    await until('it is recognised', () => of('topic-recreated').length > 0);

    expect(of('topic-recreated')[0]).toEqual({
      kind: 'topic-recreated',
      topic,
      partition: 0,
      kept: 100n,
      end: 10n,
      action: 'stopped',
    });
    expect(log.health().ready).toBe(false);
    expect(log.health().problems[0]).toMatch(/was deleted and created again/);
    expect(store.records).toHaveLength(100);

    store.next.set(`${topic}/0`, 0n);
    await until('the new ones are taken', () => store.records.length >= 110);
    expect(store.values.slice(100)).toEqual(facts(100, 110));
    await until('it is ready again', () => log.health().ready);
  });

  it('reads a topic that was created again from its beginning when it was told to', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 10));
    const store = new MemoryStore();
    store.next.set(`${topic}/0`, 1_000n);
    const { of } = follow(topic, store, {
      onRecreated: 'from-beginning',
      rewind: async (ofTopic, partition, next) => void store.next.set(`${ofTopic}/${partition}`, next),
    });
    await until('all are taken', () => store.records.length >= 10);
    expect(store.values).toEqual(facts(0, 10));
    expect(of('topic-recreated')[0]).toMatchObject({ kept: 1_000n, end: 10n, action: 'read-from-beginning' });
  });

  it('waits for a topic that does not exist yet, and says so', async () => {
    const topic = nameOfTopic();
    const store = new MemoryStore();
    const { log, of } = follow(topic, store);
    await until('it is reported', () => of('topics-missing').length > 0);
    expect(log.health()).toMatchObject({ running: false, ready: false });
    expect(log.health().problems).toEqual([`These topics do not exist: ${topic}`]);
    await kafka.tools.createTopic(topic, 1);
    await kafka.tools.produce(topic, numbered(0, 5));
    await until('they are taken', () => store.records.length === 5);
    expect(log.health().ready).toBe(true);
  });

  it('waits while the kept offset cannot be asked, and reads nothing from a guess', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 10));
    const store = new MemoryStore();
    let questions = 0;
    const { of, log } = follow(topic, store, {
      nextOffset: async (...place) => {
        if (++questions <= 3) throw new Error('the database is away');
        return store.nextOffset(...place);
      },
    });
    await until('they are taken', () => store.records.length >= 10);
    expect(of('position-unknown').map(({ reason }) => reason)).toEqual(Array(3).fill('the database is away'));
    expect(store.values).toEqual(facts(0, 10));
    expect(log.health().ready).toBe(true);
  });

  it('keeps trying while no broker answers, and reads when one does', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 10));
    const [host, port] = kafka.broker.brokers[0]!.split(':');
    const door = createServer((socket) => {
      const broker = connect({ host: host!, port: Number(port) });
      socket.pipe(broker).pipe(socket);
      broker.on('error', () => socket.destroy());
      socket.on('error', () => broker.destroy());
    });
    const listen = (at: number) => new Promise<void>((resolve) => door.listen(at, '127.0.0.1', resolve));
    await listen(0);
    const doorPort = (door.address() as AddressInfo).port;
    await new Promise((resolve) => door.close(resolve));

    const store = new MemoryStore();
    const { log, of } = follow(topic, store, { brokers: [`127.0.0.1:${doorPort}`] });
    await until('it gave up once', () => of('crash').length > 0);
    expect(log.health()).toMatchObject({ running: false, ready: false });
    expect(log.health().crashed).toMatch(/ECONNREFUSED/);
    await expect(log.lag()).rejects.toThrow(/ECONNREFUSED/);
    await listen(doorPort);
    await until('they are taken', () => store.records.length === 10);
    expect(log.health()).toMatchObject({ running: true, ready: true });
    expect(log.health().crashed).toBeUndefined();
    await log.stop(10_000);
    await new Promise((resolve) => door.close(resolve));
  });

  it('builds the consumer anew after an error that kafkajs gives up at for good', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 10));
    const other = new Kafka({ brokers: kafka.broker.brokers, logLevel: logLevel.NOTHING }).consumer({
      groupId: `group-of-${topic}`,
      partitionAssigners: [unlikeOurs],
    });
    await other.connect();
    await other.subscribe({ topic });
    await other.run({ eachBatch: () => Promise.resolve() });

    const store = new MemoryStore();
    const { log, of } = follow(topic, store);
    await until('it crashed twice', () => of('crash').length >= 2);
    expect(of('crash')[0]!.reason).toMatch(/protocols are incompatible/);
    expect(of('crash')[1]!.restartInMs).toBeGreaterThan(of('crash')[0]!.restartInMs);
    expect(log.health()).toMatchObject({ running: false, ready: false });
    await other.disconnect();
    await until('they are taken', () => store.records.length === 10);
    expect(log.health()).toMatchObject({ running: true, ready: true });
  });

  it('writes dead letters with their headers, and more of them than one request holds', async () => {
    const topic = await newTopic(1);
    const producer = createRecordProducer({ brokers: kafka.broker.brokers, clientId: 'spec' });
    const value = Buffer.alloc(300_000, 'x');
    const records = Array.from({ length: 7 }, (_, n) => ({
      key: n % 2 === 0 ? null : `c${n}`,
      value,
      headers: { reason: 'broken JSON', original: Buffer.from([n]), absent: undefined },
    }));
    await producer.send(topic, records);
    await producer.send(topic, [{ key: 'c', value: null }]);
    await expect(producer.send(nameOfTopic(), [{ key: 'c', value: 'x' }])).rejects.toThrow();
    await producer.send(topic, [{ key: 'c', value: 'after the failure' }]);
    await producer.disconnect();

    const read = await kafka.tools.readAll(topic);
    expect(read).toHaveLength(9);
    expect(read.map(({ headers }) => headers['original']).slice(0, 7)).toEqual(records.map((_, n) => Buffer.from([n])));
    expect(Object.keys(read[0]!.headers)).toEqual(['reason', 'original']);
    expect(read[7]!.value).toBeNull();
    expect(String(read[8]!.value)).toBe('after the failure');
  });

  it('ends within its deadline though a batch is never stored', async () => {
    const topic = await newTopic(1);
    await kafka.tools.produce(topic, numbered(0, 10));
    const store = new MemoryStore();
    let release: () => void = () => undefined;
    let isTaking = false;
    store.beforeTake = () => {
      isTaking = true;
      return new Promise((resolve) => (release = resolve));
    };
    const { log } = follow(topic, store);
    await until('it is being taken', () => isTaking);
    const before = Date.now();
    expect(await log.stop(300)).toBe(false);
    expect(Date.now() - before).toBeLessThan(1_500);
    release();
  });

  it('goes on after the broker was killed and started again, and loses and doubles nothing', async () => {
    if (process.env['KAFKA_BROKERS']) return;
    const topic = await newTopic(3);
    await kafka.tools.produce(topic, numbered(0, 5_000));
    const store = new MemoryStore();
    store.beforeTake = () => pause(20);
    const { log, of } = follow(topic, store, { maxBytesPerPartition: 4_096 });
    await until('some are taken', () => store.records.length > 500);
    await kafka.broker.kill();
    await until('readiness falls', () => !log.health().ready);
    await pause(3_000);
    await kafka.broker.restart();
    await kafka.tools.produce(topic, numbered(5_000, 6_000));
    store.beforeTake = () => Promise.resolve();
    await until('all are taken', () => store.records.length >= 6_000);

    expect(store.records).toHaveLength(6_000);
    expect(new Set(store.values).size).toBe(6_000);
    await until('it is ready again', () => log.health().ready);
    expect(of('gap')).toEqual([]);
  });
});
