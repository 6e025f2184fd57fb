import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type * as Kafkajs from 'kafkajs';
import type { SimulatedKafkaOptions } from './simulated-kafka.js';
import type { StandIn } from './source-log-in-world.js';
import { facts, GROUP, numbered, SourceLogWorld } from './source-log-in-world.js';

jest.unstable_mockModule('kafkajs', () => import('./kafkajs.js'));
jest.unstable_mockModule('node:timers/promises', () => import('../world/timers-promises.js'));

const { createSourceLog, createRecordProducer } = await import('@retention/platform');
const { AssignerProtocol, Kafka, logLevel, ...standIn } = (await import('kafkajs')) as unknown as typeof Kafkajs &
  StandIn;

/** Lets a handler take so long, in the time of its process. */
const lasting = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

let there: SourceLogWorld;

function simulate(options: SimulatedKafkaOptions & { readonly seed?: number } = {}) {
  there = new SourceLogWorld(createSourceLog, standIn, options);
  const { world, kafka, store } = there;
  const feed = (topic: string, partition: number, from: number, to: number) =>
    kafka.topics.append(topic, partition, numbered(from, to));
  return { there, world, kafka, store, topics: kafka.topics, feed, follow: there.follow.bind(there) };
}

afterEach(() => there.end());

describe('the source log over a simulated Kafka', () => {
  it('reads all of many partitions, each in its order', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    topics.create('facts', 12);
    for (let at = 0; at < 12; at += 1) feed('facts', at, at * 1_000, at * 1_000 + 500);
    const { reports } = follow('facts');
    await there.until('all are taken', () => store.records.length >= 6_000);
    for (let at = 0; at < 12; at += 1) expect(store.values(at)).toEqual(facts(at * 1_000, at * 1_000 + 500));
    expect(reports.map(({ kind }) => kind)).toEqual(['assigned']);
    await there.until('the hint is written', () => kafka.committed(GROUP, 'facts', 11) === '500');
  });

  it('gives a member the partitions of one that was killed, after its session', async () => {
    const { topics, world, store, follow, feed } = simulate();
    topics.create('facts', 4);
    for (let at = 0; at < 4; at += 1) feed('facts', at, 0, 2_000);
    store.beforeTake = lasting(20);
    const one = follow('facts');
    const two = follow('facts');
    await there.until('they share', () => one.log.health().assigned.length === 2 && two.log.health().ready);
    await there.until('both have stored', () => store.records.length > 1_000);
    const killedAt = world.now;
    world.kill(one.process);
    await there.until('the other has all', () => two.log.health().assigned.length === 4);
    expect(world.now - killedAt).toBeGreaterThan(4_000);
    expect(world.now - killedAt).toBeLessThan(8_000);
    await there.until('all are taken', () => store.records.length >= 8_000);
    for (let at = 0; at < 4; at += 1) expect(store.values(at)).toEqual(facts(0, 2_000));
  });

  it('lets a member that was frozen past its session finish a take that comes too late', async () => {
    const { topics, world, store, follow, feed } = simulate();
    topics.create('facts', 2);
    const one = follow('facts');
    await there.until('the first has all', () => one.log.health().assigned.length === 2);
    const two = follow('facts');
    await there.until('they share', () => two.log.health().assigned.length === 1 && one.log.health().ready);
    let taking = 0;
    store.beforeTake = () => {
      taking += 1;
      return lasting(500)();
    };
    for (let at = 0; at < 2; at += 1) feed('facts', at, 0, 500);
    await there.until('both take', () => taking === 2);
    world.freeze(one.process);
    await there.until('the other has all', () => two.log.health().assigned.length === 2);
    await there.until('all are taken', () => store.records.length >= 1_000);
    world.wake(one.process);
    await there.until('they share again', () => [one, two].every(({ log }) => log.health().assigned.length === 1));
    for (let at = 0; at < 2; at += 1) feed('facts', at, 500, 600);
    await there.until('these are taken too', () => store.records.length >= 1_200);
    expect(store.refused).toBe(1);
    for (let at = 0; at < 2; at += 1) expect(store.values(at)).toEqual(facts(0, 600));
  });

  it('lets a handler go on while the group shares anew, and nobody begins before it has ended', async () => {
    const { topics, world, store, follow, feed } = simulate();
    topics.create('facts', 2);
    for (let at = 0; at < 2; at += 1) feed('facts', at, 0, 10);
    store.beforeTake = lasting(20_000);
    const one = follow('facts');
    await there.until('it takes', () => one.log.health().assigned.length === 2);
    await there.pass(100);
    const two = follow('facts');
    const before = world.now;
    await there.until('they share', () => two.log.health().assigned.length === 1);
    // kafkajs beats for the handler, so Kafka waits for it: longer than the session, less than its 60 s for a rebalance.
    expect(world.now - before).toBeGreaterThan(19_000);
    expect(store.refused).toBe(0);
    expect(store.values(0)).toEqual(facts(0, 10));
  });

  it.each([
    ['ahead of it', (hint: bigint) => hint + 40n],
    ['behind it', (hint: bigint) => hint - 40n],
    ['lost', () => null],
  ])('reads on from the kept offset when the hint is %s', async (_, moved) => {
    const { topics, kafka, store, follow, feed } = simulate();
    topics.create('facts', 1);
    feed('facts', 0, 0, 100);
    const one = follow('facts');
    await there.until('the hint is written', () => kafka.committed(GROUP, 'facts', 0) === '100');
    await there.stop(one);
    kafka.rewindCommitted(GROUP, moved);
    feed('facts', 0, 100, 200);
    const two = follow('facts');
    await there.until('all are taken', () => store.records.length >= 200);
    expect(store.values()).toEqual(facts(0, 200));
    expect(two.reports.map(({ kind }) => kind)).toEqual(['assigned']);
  });

  it('reports what retention removed while it was reading, and goes on behind it', async () => {
    const { topics, store, follow, feed } = simulate({ recordsPerFetch: { least: 10, most: 10 } });
    topics.create('facts', 1);
    feed('facts', 0, 0, 100);
    store.beforeTake = lasting(100);
    const { of } = follow('facts');
    await there.until('some are taken', () => store.records.length >= 20);
    topics.advanceLow('facts', 0, 60);
    await there.until('the rest is taken', () => store.values().includes('fact 99'));
    const taken = store.records.length;
    const found = of('gap');
    expect(found).toEqual([expect.objectContaining({ found: 60n, cause: 'retention' })]);
    expect(store.values()).toEqual([...facts(0, taken - 40), ...facts(60, 100)]);
    expect(found[0]!.expected).toBe(BigInt(taken - 40));
  });

  it('stops at a topic that was created again until the kept offset is set back', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    topics.create('facts', 1);
    feed('facts', 0, 0, 100);
    const { log, of } = follow('facts');
    await there.until('all are taken', () => store.records.length === 100);
    kafka.recreateTopic('facts');
    feed('facts', 0, 100, 110);
    await there.until('it is recognised', () => of('topic-recreated').length > 0);
    expect(of('topic-recreated')[0]).toMatchObject({ kept: 100n, end: 10n, action: 'stopped' });
    await there.pass(60_000);
    expect(store.records).toHaveLength(100);
    store.next.set('facts/0', 0n);
    await there.until('the new ones are taken', () => store.records.length === 110);
    await there.until('it is ready again', () => log.health().ready);
  });

  it('stops at a topic that was created again and filled beyond the kept offset, while it runs and when it starts', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    const isKeptTopic = (topic: string, id: string) => store.isKeptTopic(topic, id);
    topics.create('facts', 2);
    for (let at = 0; at < 2; at += 1) feed('facts', at, 0, 10);
    const one = follow('facts', { isKeptTopic });
    await there.until('all are taken', () => store.records.length === 20);
    // Between two of its fetches, so that it hears of nothing.
    kafka.recreateTopic('facts');
    for (let at = 0; at < 2; at += 1) feed('facts', at, 100, 150);
    await there.until('both are held', () => one.log.health().held.length === 2, 20_000);
    expect(one.of('topic-recreated')[0]).toMatchObject({ end: 50n, action: 'stopped', topicId: topics.id('facts') });
    await there.stop(one);

    const before = store.records.length;
    const two = follow('facts', { isKeptTopic });
    await there.until('both are held', () => two.log.health().held.length === 2);
    expect(two.log.health().problems[0]).toMatch(
      /^facts partition 0: the topic has the id [0-9a-f]{32}, .* created again/,
    );
    await there.pass(60_000);
    expect(store.records.length).toBe(before);

    for (const place of store.next.keys()) store.next.set(place, 0n);
    store.records.length = 0;
    await there.until('the new ones are taken', () => store.records.length >= 100);
    for (let at = 0; at < 2; at += 1) expect(store.values(at)).toEqual(facts(100, 150));
    await there.until('it is ready', () => two.log.health().ready);
  });

  it('goes by offsets alone with brokers that give topics no ids', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    kafka.givesTopicIds = false;
    const isKeptTopic = (topic: string, id: string) => store.isKeptTopic(topic, id);
    topics.create('facts', 1);
    feed('facts', 0, 0, 10);
    const one = follow('facts', { isKeptTopic });
    await there.until('all are taken', () => store.records.length === 10);
    await there.stop(one);
    kafka.recreateTopic('facts');
    feed('facts', 0, 100, 105);
    const two = follow('facts', { isKeptTopic });
    await there.until('it is held', () => two.log.health().held.length === 1);
    feed('facts', 0, 105, 120);
    await there.until('it reads what lies beyond', () => store.records.length === 20);
    expect(store.ids.size).toBe(0);
  });

  it('goes on with a topic it knows by its offsets alone, and keeps the id it finds', async () => {
    const { topics, store, follow, feed } = simulate();
    topics.create('facts', 1);
    feed('facts', 0, 0, 10);
    const one = follow('facts');
    await there.until('all are taken', () => store.records.length === 10);
    await there.stop(one);
    feed('facts', 0, 10, 20);
    const two = follow('facts', { isKeptTopic: (topic, id) => store.isKeptTopic(topic, id) });
    await there.until('all are taken', () => store.records.length === 20);
    expect(store.values()).toEqual(facts(0, 20));
    expect(store.ids.get('facts')).toBe(topics.id('facts'));
    expect(two.reports.map(({ kind }) => kind)).toEqual(['assigned']);
  });

  it('passes over markers and aborted records, and waits for a transaction that is open', async () => {
    const { topics, store, follow, feed } = simulate();
    topics.create('facts', 1);
    const follower = follow('facts');
    feed('facts', 0, 0, 10);
    topics.begin('facts', 0, numbered(10, 20))('abort');
    topics.appendMarker('facts', 0);
    const end = topics.begin('facts', 0, numbered(20, 30));
    feed('facts', 0, 30, 40);
    await there.pass(5_000);
    expect(store.values()).toEqual(facts(0, 10));
    end('commit');
    await there.until('the rest is taken', () => store.records.length >= 30);
    expect(store.values()).toEqual([...facts(0, 10), ...facts(20, 40)]);
    await there.until('the last marker is behind', () => store.next.get('facts/0') !== undefined);
    await there.pass(1_000);
    expect(await there.lag(follower)).toEqual([expect.objectContaining({ end: 43n, lag: 0n })]);
    expect(follower.reports.map(({ kind }) => kind)).toEqual(['assigned']);
  });

  it('calls the offsets that compaction has emptied a gap', async () => {
    const { topics, store, follow, feed } = simulate({ recordsPerFetch: { least: 500, most: 500 } });
    topics.create('facts', 1);
    feed('facts', 0, 0, 100);
    topics.compact('facts', 0, ({ offset }) => Number(offset) >= 50);
    const { of } = follow('facts');
    await there.until('the rest is taken', () => store.records.length === 50);
    expect(of('gap')).toEqual([expect.objectContaining({ expected: 0n, found: 50n, cause: 'sparse' })]);
  });

  it('passes over batches that compaction has emptied, and calls all that is missing one gap', async () => {
    const { topics, store, follow, feed } = simulate({ recordsPerFetch: { least: 1, most: 1 } });
    topics.create('facts', 1);
    feed('facts', 0, 0, 100);
    topics.emptyBatch('facts', 0, 0, 9);
    for (let first = 20; first < 50; first += 10) topics.emptyBatch('facts', 0, first, first + 9);
    topics.appendMarker('facts', 0);
    const { of, log } = follow('facts');
    await there.until('the rest is taken', () => store.records.length === 60);
    expect(store.values()).toEqual([...facts(10, 20), ...facts(50, 100)]);
    expect(of('gap')).toEqual([
      expect.objectContaining({ expected: 0n, found: 10n, cause: 'sparse' }),
      expect.objectContaining({ expected: 20n, found: 50n, cause: 'sparse' }),
    ]);
    expect(log.health().problems).toEqual([]);
  });

  it('reads the same through emptied batches whatever comes with one fetch', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { topics, world, store, follow, feed } = simulate({ seed, recordsPerFetch: { least: 1, most: 3 } });
      topics.create('facts', 1);
      feed('facts', 0, 0, 400);
      const left = new Set(facts(0, 400));
      for (let first = 0; first < 390;) {
        const last = first + world.random.whole(0, 9);
        if (world.random.chance(0.6)) {
          topics.emptyBatch('facts', 0, first, last);
          for (const value of facts(first, last + 1)) left.delete(value);
        }
        first = last + 1;
      }
      follow('facts');
      await there.until('what is left is taken', () => store.records.length >= left.size);
      expect(store.values()).toEqual([...left]);
      there.end();
    }
  });

  it('is not ready while it gets no further before records that are there', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    topics.create('facts', 2);
    for (let at = 0; at < 2; at += 1) feed('facts', at, 0, 10);
    const { log } = follow('facts', { standstillMs: 60_000 });
    await there.until('it is ready', () => store.records.length === 20 && log.health().ready);
    kafka.givesNothingOf = ({ partition }) => partition === 1;
    await there.pass(300_000);
    expect(log.health().ready).toBe(true);
    for (let at = 0; at < 2; at += 1) feed('facts', at, 10, 20);
    await there.pass(50_000);
    expect(log.health().ready).toBe(true);
    await there.until('readiness falls', () => !log.health().ready, 40_000);
    expect(log.health().problems).toEqual([
      expect.stringMatching(
        /^facts partition 1: nothing from offset 10 on has been read for \d+ s, .* goes on to 20\.$/,
      ),
    ]);
    kafka.givesNothingOf = () => false;
    await there.until('the rest is taken', () => store.records.length === 40);
    await there.until('it is ready again', () => log.health().ready);
  });

  it('notices added partitions after the age of its metadata', async () => {
    const { topics, world, store, follow, feed } = simulate();
    topics.create('facts', 1);
    const { log, of } = follow('facts', { metadataMaxAgeMs: 20_000 });
    await there.until('it reads', () => log.health().ready);
    await there.pass(100);
    topics.addPartitions('facts', 3);
    feed('facts', 2, 0, 10);
    const before = world.now;
    await there.until('they are taken', () => store.records.length === 10);
    expect(world.now - before).toBeGreaterThan(15_000);
    await there.until('it is reported', () => of('partitions-added').length === 1);
    expect(of('partitions-added')).toEqual([{ kind: 'partitions-added', topic: 'facts', from: 1, to: 3 }]);
  });
});

describe('the source log while simulated brokers fail', () => {
  it.each([1, 3])('goes on after all of %d brokers were down for an hour', async (nodes) => {
    const { topics, kafka, store, follow, feed } = simulate({ nodes });
    topics.create('facts', 3);
    for (let at = 0; at < 3; at += 1) feed('facts', at, 0, 1_000);
    store.beforeTake = lasting(20);
    const { log, of } = follow('facts');
    await there.until('some are taken', () => store.records.length > 500);
    kafka.stop();
    await there.until('readiness falls', () => !log.health().ready);
    await there.pass(3_600_000);
    expect(of('crash').at(-1)?.reason).toMatch(/ECONNREFUSED/);
    kafka.start();
    for (let at = 0; at < 3; at += 1) feed('facts', at, 1_000, 1_100);
    await there.until('all are taken', () => store.records.length >= 3_300);
    for (let at = 0; at < 3; at += 1) expect(store.values(at)).toEqual(facts(0, 1_100));
    await there.until('it is ready again', () => log.health().ready);
  });

  it('goes on when brokers fall in turn, leaders move and the coordinator moves', async () => {
    const { topics, kafka, world, store, follow, feed } = simulate({ nodes: 3 });
    topics.create('facts', 6);
    store.beforeTake = lasting(10);
    const followers = [follow('facts'), follow('facts')];
    for (let round = 0; round < 12; round += 1) {
      for (let at = 0; at < 6; at += 1) feed('facts', at, round * 100, (round + 1) * 100);
      const port = 1 + (round % 3);
      if (round % 4 === 0) kafka.moveCoordinator(GROUP);
      else if (round % 4 === 1) topics.moveLeader('facts', round % 6);
      else if (round % 4 === 2) kafka.stop(port);
      else kafka.loseNextAnswers(3);
      await there.pass(world.random.whole(200, 6_000));
      kafka.start();
    }
    await there.until('all are taken', () => store.records.length >= 7_200);
    for (let at = 0; at < 6; at += 1) expect(store.values(at)).toEqual(facts(0, 1_200));
    await there.until('both are ready', () => followers.every(({ log }) => log.health().ready));
  });

  it('builds its consumer anew after a crash that kafkajs does not restart from', async () => {
    const { topics, world, store, follow, feed } = simulate();
    topics.create('facts', 1);
    feed('facts', 0, 0, 10);
    const other = world.start('unlike');
    const consumer = new Kafka({ brokers: ['sim:1'], logLevel: logLevel.NOTHING }).consumer({
      groupId: GROUP,
      partitionAssigners: [
        () => ({
          name: 'unlike-ours',
          version: 1,
          assign: ({ members }) =>
            Promise.resolve(members.map(({ memberId }) => ({ memberId, memberAssignment: Buffer.alloc(0) }))),
          protocol: ({ topics: subscribed }) => ({
            name: 'unlike-ours',
            metadata: AssignerProtocol.MemberMetadata.encode({
              version: 1,
              topics: subscribed,
              userData: Buffer.alloc(0),
            }),
          }),
        }),
      ],
    });
    await there.ask(other, async () => {
      await consumer.connect();
      await consumer.subscribe({ topic: 'facts' });
      await consumer.run({ eachBatch: () => Promise.resolve() });
    });
    const { log, of } = follow('facts');
    await there.until('it crashed twice', () => of('crash').length >= 2);
    expect(of('crash')[0]!.reason).toMatch(/protocols are incompatible/);
    expect(log.health()).toMatchObject({ running: false, ready: false });
    world.kill(other);
    await there.until('they are taken', () => store.records.length === 10);
    expect(log.health()).toMatchObject({ running: true, ready: true });
  });

  it('says when the hint could not be written, and stores all the same', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    topics.create('facts', 1);
    const { of } = follow('facts');
    await there.pass(1_000);
    kafka.loseNextAnswers(1, 'commit');
    feed('facts', 0, 0, 10);
    await there.until('it is reported', () => of('hint-not-written').length === 1);
    expect(of('hint-not-written')[0]!.reason).toMatch(/Closed connection/);
    expect(kafka.committed(GROUP, 'facts', 0)).toBe('10');
    expect(store.values()).toEqual(facts(0, 10));
  });

  it('joins again when the coordinator has thrown it out', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    topics.create('facts', 2);
    const { log, of } = follow('facts');
    await there.until('it reads', () => log.health().ready);
    const [member = ''] = kafka.group(GROUP)?.memberIds ?? [];
    kafka.expireSession(GROUP, member);
    for (let at = 0; at < 2; at += 1) feed('facts', at, 0, 10);
    await there.until('it is a member again', () => kafka.group(GROUP)?.isStable === true);
    await there.until('all are taken', () => store.records.length === 20);
    expect(kafka.group(GROUP)?.memberIds).not.toContain(member);
    expect(of('crash')).toEqual([]);
  });

  it('loses and doubles nothing in a storm of rebalances with slow fetches', async () => {
    const { topics, kafka, store, follow, feed } = simulate({ nodes: 2 });
    topics.create('facts', 4);
    kafka.slowFetchMs = 40;
    store.beforeTake = lasting(30);
    const followers = [follow('facts'), follow('facts'), follow('facts')];
    for (let round = 0; round < 60; round += 1) {
      for (let at = 0; at < 4; at += 1) feed('facts', at, round * 10, round * 10 + 10);
      kafka.rebalance(GROUP);
      await there.pass(500);
    }
    await there.until('all are taken', () => store.records.length >= 2_400);
    for (let at = 0; at < 4; at += 1) expect(store.values(at)).toEqual(facts(0, 600));
    expect(kafka.group(GROUP)?.generation).toBeGreaterThan(20);
    await there.until('all are ready', () => followers.every(({ log }) => log.health().ready));
  });

  it('keeps its membership over idle hours with longer fetches', async () => {
    const { topics, kafka, store, follow, feed } = simulate();
    topics.create('facts', 2);
    kafka.idleFetchMs = 5_000;
    const { reports } = follow('facts', { sessionTimeoutMs: 30_000 });
    await there.pass(2 * 3_600_000);
    feed('facts', 1, 0, 10);
    await there.until('they are taken', () => store.records.length === 10, 100);
    expect(reports.map(({ kind }) => kind)).toEqual(['assigned']);
  });
});

describe('a producer over a simulated Kafka', () => {
  const produced = () =>
    there.kafka.topics
      .log('letters', 0)
      .records()
      .map(({ value }) => String(value));

  it('does not repeat what is there when only the answer was lost', async () => {
    const { topics, kafka, world } = simulate();
    topics.create('letters', 1);
    const producer = createRecordProducer({ brokers: ['sim:1'], clientId: 'projector' });
    const process = world.start('projector');
    const send = (value: string) => there.ask(process, () => producer.send('letters', [{ key: null, value }]));
    await send('one');
    kafka.loseNextAnswers(2, 'produce');
    await send('two');
    await send('three');
    expect(produced()).toEqual(['one', 'two', 'three']);
  });

  it('repeats it when it was given up and a new one takes its place', async () => {
    const { topics, kafka, world } = simulate();
    topics.create('letters', 1);
    const producer = createRecordProducer({ brokers: ['sim:1'], clientId: 'projector' });
    const process = world.start('projector');
    const send = (value: string) => there.ask(process, () => producer.send('letters', [{ key: null, value }]));
    await send('one');
    kafka.loseNextAnswers(1, 'produce');
    world.schedule(1, null, () => kafka.stop());
    await expect(send('two')).rejects.toThrow(/ECONNREFUSED/);
    kafka.start();
    await send('two');
    expect(produced()).toEqual(['one', 'two', 'two']);
  });
});

describe('a seed', () => {
  const course = async (seed: number) => {
    const { topics, kafka, world, store, follow, feed } = simulate({ seed, nodes: 2 });
    topics.create('facts', 4);
    for (let at = 0; at < 4; at += 1) feed('facts', at, 0, 1_000);
    store.beforeTake = lasting(10);
    const one = follow('facts');
    const two = follow('facts');
    await there.until('some are taken', () => store.records.length > 1_000);
    world.kill(one.process);
    kafka.stop(1);
    await there.until('all are taken', () => store.records.length >= 4_000);
    const { reports } = two;
    there.end();
    return { at: world.now, batches: store.records.map(({ partition, offset }) => `${partition}/${offset}`), reports };
  };

  it('gives the same course again, and another seed another', async () => {
    const first = await course(7);
    expect(await course(7)).toEqual(first);
    expect((await course(8)).batches).not.toEqual(first.batches);
  });
});
