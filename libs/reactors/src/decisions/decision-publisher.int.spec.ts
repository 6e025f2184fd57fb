import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore } from '@retention/event-store';
import { createRecordProducer } from '@retention/platform';
import type { RecordProducer } from '@retention/platform';
import { FeedWorker, shardLeases } from '@retention/projections';
import type { FeedFollower } from '@retention/projections';
import { describeWithKafka } from '@retention/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  idsByCustomer,
  openDecidedForSpec,
  readDecisions,
  until,
  withoutRepetitions,
  type DecidedForSpec,
  type ReadDecision,
} from './decided.spec-support.js';
import { decisionPublisher } from './decision-publisher.js';
import { publicationLag } from './publication.js';

const ALL_SHARDS: ReadonlySet<number> = new Set(Array.from({ length: 16 }, (_, shard) => shard));
const LEASE_TERM_MS = 1500;
const customers = (count: number, name = 'C') => Array.from({ length: count }, (_, index) => `${name}${index}`);

describeWithKafka('publishing decisions', (kafka) => {
  let decided: DecidedForSpec;
  let topic: string;
  const producers: RecordProducer[] = [];
  const workers: FeedWorker[] = [];

  beforeEach(async () => {
    decided = await openDecidedForSpec();
    topic = `decisions-${randomUUID()}`;
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    await Promise.all(producers.splice(0).map((producer) => producer.disconnect()));
    await decided.close();
  });

  function newProducer(): RecordProducer {
    const producer = createRecordProducer({ brokers: kafka.broker.brokers, clientId: 'spec' });
    producers.push(producer);
    return producer;
  }

  function newPublisher(more: { store?: EventStore; producer?: RecordProducer; from?: 'beginning' | 'now' } = {}) {
    return decisionPublisher({ store: decided.store, producer: newProducer(), topic, from: 'beginning', ...more });
  }

  async function catchUp(publisher: FeedFollower, shards = ALL_SHARDS): Promise<void> {
    while ((await publisher.follow(shards)) > 0);
  }

  async function published(): Promise<ReadDecision[]> {
    return readDecisions(await kafka.tools.readAll(topic));
  }

  /** A worker as a process has it; beside the publisher somebody follows the feed who needs no broker. */
  async function startWorker(
    publisher: FeedFollower,
    leases = shardLeases(decided.database, randomUUID(), LEASE_TERM_MS),
  ) {
    const failures: string[] = [];
    const worker = new FeedWorker({
      leases,
      leaseTermMs: LEASE_TERM_MS,
      followers: [publisher, { name: 'neighbour', everyMs: 0, follow: async () => 0 }],
      onFailure: (follower, error) => failures.push(`${follower}: ${String(error)}`),
    });
    workers.push(worker);
    await worker.start();
    return { worker, failures };
  }

  const isLevel = async (): Promise<boolean> =>
    (await publicationLag(decided.store, { topic, from: 'beginning' })) === 0;

  it('sends every decision and no fact, keyed by its customer, in order, each id once', async () => {
    await kafka.tools.createTopic(topic, 5);
    await decided.decide(customers(50), 4);
    await decided.decide(customers(50), 3);
    await catchUp(newPublisher());

    const messages = await kafka.tools.readAll(topic);
    const read = readDecisions(messages);
    expect(idsByCustomer(read)).toEqual(await decided.decided());
    expect(new Set(read.map(({ id }) => id)).size).toBe(350);
    expect(read.filter(({ key, id, streamVersion }) => id !== `${key}@${streamVersion}`)).toEqual([]);
    expect(read.filter(({ key }) => key === 'C7').map(({ balance }) => balance)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const partitions = new Set(read.map(({ key, partition }) => `${key} ${partition}`));
    expect([partitions.size, new Set(read.map(({ partition }) => partition)).size]).toEqual([50, 5]);
    expect(String(messages[0]!.headers['content-type'])).toBe('application/cloudevents+json; charset=UTF-8');
  });

  it('goes on where it stopped, also in another process, and says how far it is behind', async () => {
    await kafka.tools.createTopic(topic, 2);
    await decided.decide(customers(10), 1);
    expect(await publicationLag(decided.store, { topic, from: 'beginning' })).toBe(20);
    expect(await publicationLag(decided.store, { topic, from: 'now' })).toBe(0);
    await catchUp(newPublisher());
    expect(await isLevel()).toBe(true);
    await decided.decide(customers(3), 1);
    expect(await publicationLag(decided.store, { topic, from: 'now' })).toBe(6);
    const next = newPublisher();
    await catchUp(next);
    await decided.decide(customers(2), 1);
    await catchUp(next);
    const read = await published();
    expect([read.length, await isLevel()]).toEqual([15, true]);
    expect(idsByCustomer(read)).toEqual(await decided.decided());
  });

  it('sends what is more than one step can take', async () => {
    await kafka.tools.createTopic(topic, 3);
    for (let turn = 0; turn < 3; turn += 1) await decided.decide(customers(300), 20);
    const publisher = newPublisher();
    expect(await publisher.follow(ALL_SHARDS)).toBeLessThan(9000);
    await catchUp(publisher);
    const read = await published();
    expect(read).toHaveLength(18_000);
    expect(idsByCustomer(read)).toEqual(await decided.decided());
  });

  describe('for the first time', () => {
    it('begins after what is there when told so, for all shards at the same moment', async () => {
      await kafka.tools.createTopic(topic, 1);
      await decided.decide(customers(20), 1);
      const first = newPublisher({ from: 'now' });
      expect(await first.follow(new Set([0]))).toBe(0);
      await decided.decide(customers(20), 1);
      await catchUp(newPublisher({ from: 'now' }));
      const expected = customers(20).map((customerId) => `${customerId}@4`);
      expect((await published()).map(({ id }) => id).sort()).toEqual(expected.sort());
    });

    it('begins once: where to begin is not asked again when a place is kept', async () => {
      await kafka.tools.createTopic(topic, 1);
      await decided.decide(customers(5), 1);
      await catchUp(newPublisher());
      await decided.decide(customers(5), 1);
      await catchUp(newPublisher({ from: 'now' }));
      expect(idsByCustomer(await published())).toEqual(await decided.decided());
    });

    it('begins at one place when two workers begin at once', async () => {
      await kafka.tools.createTopic(topic, 1);
      await decided.decide(customers(5), 1);
      const both = [newPublisher(), newPublisher()];
      await Promise.all(both.map((publisher) => publisher.follow(ALL_SHARDS)));
      for (const publisher of both) await catchUp(publisher);
      expect(idsByCustomer(withoutRepetitions(await published()))).toEqual(await decided.decided());
      expect(await isLevel()).toBe(true);
    });

    it('begins anew under the name of another topic', async () => {
      await kafka.tools.createTopic(topic, 1);
      await decided.decide(customers(5), 1);
      await catchUp(newPublisher());
      topic = `decisions-${randomUUID()}`;
      await kafka.tools.createTopic(topic, 1);
      await catchUp(newPublisher());
      expect(idsByCustomer(await published())).toEqual(await decided.decided());
    });
  });

  it('sends all of it again when its places are forgotten, beginning with the next event', async () => {
    await kafka.tools.createTopic(topic, 2);
    await decided.decide(customers(10), 1);
    const publisher = newPublisher();
    await catchUp(publisher);
    await decided.database.query('DELETE FROM store.consumer_offset WHERE consumer = $1', [`decisions:${topic}`]);
    await decided.decide(customers(1), 1);
    await until('it has noticed', async () => (await publisher.follow(ALL_SHARDS)) > 0);
    const read = await published();
    expect(read.length).toBe(10 + 1 + 11);
    expect(idsByCustomer(withoutRepetitions(read))).toEqual(await decided.decided());
  });

  it('sends the same bytes again after a crash between the broker and its offset, and leaves none out', async () => {
    await kafka.tools.createTopic(topic, 3);
    await decided.decide(customers(30), 2);
    let crashes = 0;
    const crashing: EventStore = Object.assign(Object.create(decided.store) as EventStore, {
      append: async (batch: Parameters<EventStore['append']>[0]) => {
        const isBeginning = batch.advances.every(({ expected }) => expected === null);
        if (!isBeginning && crashes < 2) {
          crashes += 1;
          throw new Error('the power went off');
        }
        await decided.store.append(batch);
      },
    });
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(newPublisher({ store: crashing }).follow(ALL_SHARDS)).rejects.toThrow('the power went off');
    }
    await catchUp(newPublisher({ store: crashing }));

    const read = await published();
    expect(read).toHaveLength(3 * 60);
    const bytes = new Map(read.map(({ id, value }) => [id, value]));
    expect(read.filter(({ id, value }) => bytes.get(id) !== value)).toEqual([]);
    expect(idsByCustomer(withoutRepetitions(read))).toEqual(await decided.decided());
  });

  it('sends again, and nothing wrong, when a worker wakes that slept through what another has published', async () => {
    await kafka.tools.createTopic(topic, 2);
    await decided.decide(customers(10), 1);
    const [sleeper, other] = [newPublisher(), newPublisher()];
    await catchUp(sleeper);
    await decided.decide(customers(10), 1);
    await catchUp(other);
    await decided.decide(customers(10), 1);
    expect(await sleeper.follow(ALL_SHARDS)).toBe(0);
    await catchUp(other);
    expect(await sleeper.follow(ALL_SHARDS)).toBe(0);
    const read = await published();
    expect(read.length).toBe(10 + 10 + 20 + 10);
    expect(idsByCustomer(withoutRepetitions(read))).toEqual(await decided.decided());
  });

  it('asks for the place of a shard again when it comes back to it', async () => {
    await kafka.tools.createTopic(topic, 1);
    const [one, other] = [newPublisher(), newPublisher()];
    await decided.decide(customers(20), 1);
    await catchUp(one);
    await catchUp(one, new Set([0]));
    await decided.decide(customers(20), 1);
    await catchUp(other);
    await catchUp(one);
    expect(idsByCustomer(await published())).toEqual(await decided.decided());
  });

  it('holds up nothing else while the broker is away, says so, and goes on when it is back', async () => {
    await kafka.tools.createTopic(topic, 3);
    await decided.decide(customers(10), 2);
    const { worker, failures } = await startWorker(newPublisher());
    await until('all is published', isLevel);
    await kafka.broker.kill();
    await decided.decide(customers(15), 5);
    await until('the failure shows', () => worker.health().some(({ failing }) => failing !== null));
    expect(worker.health()).toEqual([
      { follower: 'leases', failing: null },
      {
        follower: 'publisher:decisions',
        failing: expect.stringMatching(new RegExp(`^decisions cannot be published to ${topic}: .*ECONNREFUSED`)),
      },
      { follower: 'neighbour', failing: null },
    ]);
    expect(await publicationLag(decided.store, { topic, from: 'beginning' })).toBe(150);
    await decided.decide(customers(15), 1);
    await kafka.broker.restart();
    await until('all is published again', isLevel);
    await until('all is well again', () => worker.health().every(({ failing }) => failing === null));
    expect(failures.length).toBeGreaterThan(0);
    expect(idsByCustomer(withoutRepetitions(await published()))).toEqual(await decided.decided());
  });

  it('waits for a topic that is missing, and names it', async () => {
    await decided.decide(customers(10), 2);
    const { worker } = await startWorker(newPublisher());
    await until('the failure shows', () => worker.health().some(({ failing }) => failing !== null));
    expect(worker.health()[1]?.failing).toMatch(
      new RegExp(`^decisions cannot be published to ${topic}: This server does not host this topic-partition`),
    );
    expect(await publicationLag(decided.store, { topic, from: 'beginning' })).toBe(40);
    await kafka.tools.createTopic(topic, 2);
    await until('all is published', isLevel);
    expect(idsByCustomer(withoutRepetitions(await published()))).toEqual(await decided.decided());
  });

  it('ends within seconds though the broker does not answer, and what was not acknowledged is sent later', async () => {
    await kafka.tools.createTopic(topic, 1);
    await decided.decide(customers(5), 1);
    const producer: RecordProducer = {
      send: () => new Promise(() => undefined),
      disconnect: () => pause(60_000, undefined, { ref: false }),
    };
    const { worker, failures } = await startWorker(newPublisher({ producer }));
    await pause(300);
    const startedAt = performance.now();
    await worker.stop();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(failures).toEqual([]);
    expect(await publicationLag(decided.store, { topic, from: 'beginning' })).toBe(10);
    await catchUp(newPublisher());
    expect(idsByCustomer(await published())).toEqual(await decided.decided());
  });

  it('is shared by two workers, and one takes over when the other no longer renews its leases and goes on all the same', async () => {
    await kafka.tools.createTopic(topic, 4);
    let isAsleep = false;
    const leases = shardLeases(decided.database, 'sleeper', LEASE_TERM_MS);
    const forgetful = { ...leases, renew: () => (isAsleep ? Promise.resolve() : leases.renew()) };
    Object.defineProperty(forgetful, 'held', { get: () => leases.held });
    const sleeper = await startWorker(newPublisher(), forgetful);
    const other = await startWorker(newPublisher());
    const holders = async (shardsEach: number): Promise<number> => {
      const { rowCount } = await decided.database.query(
        'SELECT worker FROM projection.shard_lease WHERE held_until >= now() GROUP BY worker HAVING count(*) = $1',
        [shardsEach],
      );
      return rowCount ?? 0;
    };
    const writing = new AbortController();
    const deciding = (async () => {
      while (!writing.signal.aborted) {
        await decided.decide(customers(40), 1);
        await pause(20);
      }
    })();
    await until('each has half', async () => (await holders(8)) === 2);
    isAsleep = true;
    await until('one has all, and the other still its half', async () => (await holders(16)) === 1);
    expect(leases.held.size).toBe(8);
    await pause(2000);
    writing.abort();
    await deciding;
    await until('all is published', isLevel);
    const read = await published();
    expect(idsByCustomer(withoutRepetitions(read))).toEqual(await decided.decided());
    const bytes = new Map(read.map(({ id, value }) => [id, value]));
    expect(read.filter(({ id, value }) => bytes.get(id) !== value)).toEqual([]);
    expect([...sleeper.failures, ...other.failures]).toEqual([]);
  });

  it('stops where the store ends before what was published, as after a restore in part', async () => {
    await kafka.tools.createTopic(topic, 1);
    await decided.decide(customers(20), 1);
    await catchUp(newPublisher());
    await decided.database.query('UPDATE store.feed_shard SET head = 1 WHERE head > 1');
    await expect(newPublisher().follow(ALL_SHARDS)).rejects.toMatchObject({ name: 'FeedGap' });
  });
});
