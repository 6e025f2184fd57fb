import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type * as Kafkajs from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { setTimeout as realPause } from 'node:timers/promises';
import type { KafkaStage } from './kafka-stage.js';
import { realStage, simulatedStage } from './kafka-stage.js';
import type { StandIn } from './source-log-in-world.js';
import { facts } from './source-log-in-world.js';

jest.unstable_mockModule('kafkajs', () => import('./kafkajs.js'));
jest.unstable_mockModule('node:timers/promises', async () => {
  const virtual = await import('../world/timers-promises.js');
  const { setTimeout: nodes } = globalThis;
  // Node's own beside the real broker, whose tools ask for timers that keep nothing alive.
  const pause: typeof realPause = (...given) =>
    globalThis.setTimeout === nodes ? realPause(...given) : (virtual.setTimeout(...given) as Promise<never>);
  return { setTimeout: pause };
});

const { createSourceLog } = await import('@retention/platform');
const { describeWithKafka } = await import('@retention/testing');
const standIn = (await import('kafkajs')) as unknown as StandIn & typeof Kafkajs;

/** Lets a handler take so long, in the time of its process. */
const lasting = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('kafkajs over the simulated broker', () => {
  sameCourses(() => simulatedStage(createSourceLog, standIn));
});

describeWithKafka('kafkajs over the real broker', (kafka) => {
  // The first group of a new broker waits for its coordinator, which kafkajs itself can give up on.
  beforeAll(async () => {
    const topic = `warm-up-${randomUUID()}`;
    await kafka.tools.createTopic(topic, 1);
    await kafka.tools.produce(topic, [{ value: 'first' }]);
    await kafka.tools.readAll(topic);
  });

  sameCourses(() => realStage(kafka, createSourceLog, standIn));
});

/** What happens on the one must happen on the other: else the simulation would prove nothing. */
function sameCourses(open: () => KafkaStage): void {
  let stage: KafkaStage;

  const opened = () => {
    stage = open();
    return stage;
  };

  afterEach(() => stage.end());

  it('shares partitions by turns, and waits for a handler that beats before it shares anew', async () => {
    const { newTopic, produce, follow, until, stop, store, now } = opened();
    const topic = await newTopic(4);
    const one = follow(topic);
    await until('the first has all', () => one.log.health().assigned.length === 4);
    store.beforeTake = lasting(4_000);
    await produce(topic, 0, 10);
    const before = now();
    const two = follow(topic);
    await until('they share', () => two.log.health().assigned.length === 2 && one.log.health().assigned.length === 2);
    expect(now() - before).toBeGreaterThan(2_500);
    expect(store.values()).toEqual(facts(0, 10));
    const numbers = [one, two].map(({ log }) =>
      log
        .health()
        .assigned.map(({ partition }) => partition)
        .sort(),
    );
    expect(numbers.sort()).toEqual([
      [0, 2],
      [1, 3],
    ]);

    store.beforeTake = () => Promise.resolve();
    expect(await stop(one.log)).toBe(true);
    await until('the other has all', () => two.log.health().assigned.length === 4);
    await produce(topic, 10, 20);
    await until('these are taken', () => store.records.length === 20);
    expect(two.reports.map(({ kind }) => kind)).toEqual(['assigned', 'assigned']);
    expect(store.refused).toBe(0);
  });

  it('lets a handler that does not beat go on after its session, and only its commit fails', async () => {
    const { newTopic, produce, run, until, kafkajs } = opened();
    const topic = await newTopic(1);
    await produce(topic, 0, 10);
    const seen: { who: string; isStale: boolean; isRunning: boolean; commit: string }[] = [];
    const crashes: string[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const consumers = ['one', 'two'].map((who) => {
      const consumer = kafkajs.consumer({
        groupId: `zombies-of-${topic}`,
        sessionTimeout: 6_000,
        maxWaitTimeInMs: 250,
      });
      consumer.on('consumer.crash', ({ payload }) => crashes.push(payload.error.name));
      const start = async () => {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          eachBatch: async ({ isStale, isRunning, commitOffsetsIfNecessary }) => {
            if (who === 'one') await lasting(9_000)();
            const offsets = { topics: [{ topic, partitions: [{ partition: 0, offset: '10' }] }] };
            const commit = await commitOffsetsIfNecessary(offsets).then(
              () => 'done',
              (error: unknown) => (error as { type: string }).type,
            );
            seen.push({ who, isStale: isStale(), isRunning: isRunning(), commit });
            await held;
          },
        });
      };
      return { consumer, start };
    });
    await run(consumers[0]!.start);
    await stage.pass(500);
    await run(consumers[1]!.start);
    await until('both have worked', () => seen.length === 2);
    expect(seen).toEqual([
      { who: 'two', isStale: false, isRunning: true, commit: 'done' },
      { who: 'one', isStale: false, isRunning: true, commit: 'UNKNOWN_MEMBER_ID' },
    ]);
    expect(crashes).toEqual([]);
    release();
    await run(() => Promise.all(consumers.map(({ consumer }) => consumer.disconnect())));
  });

  it('gives up for good when a handler throws a TypeError', async () => {
    const { newTopic, produce, run, until, kafkajs } = opened();
    const topic = await newTopic(1);
    await produce(topic, 0, 10);
    const consumer = kafkajs.consumer({ groupId: `poisoned-${topic}`, sessionTimeout: 6_000 });
    const crashes: unknown[] = [];
    consumer.on('consumer.crash', ({ payload: { error, restart } }) => crashes.push([error.name, restart]));
    await run(async () => {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ eachBatch: () => Promise.reject(new TypeError('null has no such property')) });
    });
    await until('it crashed', () => crashes.length > 0);
    expect(crashes).toEqual([['KafkaJSNonRetriableError', false]]);
    expect(() => consumer.pause([{ topic }])).toThrow(/consumer#run must be called first/);
  });

  it('passes over markers and aborted records, and stops before a transaction that is open', async () => {
    const { newTopic, produce, begin, follow, until, pass, lag, store } = opened();
    const topic = await newTopic(1);
    const { log, reports } = follow(topic);
    await produce(topic, 0, 10);
    await (
      await begin(topic, 10, 20)
    )('abort');
    const end = await begin(topic, 20, 30);
    await produce(topic, 30, 40);
    await until('the first are taken', () => store.records.length >= 10);
    await pass(700);
    expect(store.values()).toEqual(facts(0, 10));
    await end('commit');
    await until('the rest is taken', () => store.records.length >= 30);
    expect(store.values()).toEqual([...facts(0, 10), ...facts(20, 40)]);
    for (let tries = 0; tries < 50 && (await lag(log))[0]?.lag !== 0n; tries += 1) await pass(100);
    expect(await lag(log)).toEqual([{ topic, partition: 0, stored: 42n, end: 42n, lag: 0n }]);
    expect(reports.map(({ kind }) => kind)).toEqual(['assigned']);
  });

  it('is out of range below the log, goes to its beginning, and the product says what is missing', async () => {
    const { newTopic, produce, deleteBefore, follow, until, store, committed } = opened();
    const topic = await newTopic(1);
    // A broker gives whole batches of a producer, and then no more than it is asked for.
    for (let from = 0; from < 100; from += 10) await produce(topic, from, from + 10);
    let release: (() => void) | undefined;
    store.beforeTake = () => new Promise((resolve) => (release = resolve));
    const { of } = follow(topic, { maxBytesPerPartition: 600 });
    await until('it takes', () => release !== undefined);
    await deleteBefore(topic, 60n);
    store.beforeTake = () => Promise.resolve();
    release?.();
    await until('the rest is taken', () => store.values().includes('fact 99'));
    const before = store.records.length - 40;
    expect(before).toBeLessThan(60);
    expect(store.values()).toEqual([...facts(0, before), ...facts(60, 100)]);
    expect(of('gap')).toEqual([
      { kind: 'gap', topic, partition: 0, expected: BigInt(before), found: 60n, cause: 'retention' },
    ]);
    await stage.pass(300);
    expect(await committed(topic)).toBe(100n);
  });

  it('sees that a topic was created again while it read', async () => {
    const { newTopic, produce, recreate, follow, until, store, stop } = opened();
    const topic = await newTopic(1);
    await produce(topic, 0, 100);
    const { log, of } = follow(topic);
    await until('all are taken', () => store.records.length === 100);
    await recreate(topic);
    await produce(topic, 100, 110);
    await until('it is recognised', () => of('topic-recreated').length > 0);
    expect(of('topic-recreated')[0]).toMatchObject({ kept: 100n, end: 10n, action: 'stopped' });
    store.next.set(`${topic}/0`, 0n);
    await until('the new ones are taken', () => store.records.length === 110);
    expect(await stop(log)).toBe(true);
  });

  it('finds partitions that were added while it reads', async () => {
    const { newTopic, produce, addPartitions, follow, until, store } = opened();
    const topic = await newTopic(1);
    const { log, of } = follow(topic);
    await until('it reads', () => log.health().ready);
    await stage.pass(300);
    await addPartitions(topic, 3);
    await produce(topic, 0, 5, 2);
    await until('the added partition is read', () => store.values(2).length === 5);
    await until('it is reported', () => of('partitions-added').length > 0);
    expect(of('partitions-added')).toEqual([{ kind: 'partitions-added', topic, from: 1, to: 3 }]);
  });
}
