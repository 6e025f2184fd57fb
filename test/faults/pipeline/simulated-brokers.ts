import { registerCluster } from '../kafka/kafkajs.js';
import { SimulatedKafka } from '../kafka/simulated-kafka.js';
import type { World } from '../world/world.js';
import { BROKER, clientIdOf, GROUP } from './apps.js';
import type { Brokers } from './brokers.js';

/** A simulated Kafka of three brokers, found by the product at its address. */
export function openBrokers(world: World): Brokers {
  const kafka = new SimulatedKafka(world, { nodes: 3 });
  registerCluster(BROKER, kafka);
  const { topics } = kafka;
  let isUp = true;
  return {
    createTopic: (topic, partitions) => {
      topics.create(topic, partitions);
    },
    partitionCount: (topic) => topics.count(topic),
    append: (topic, partition, record) => {
      if (!isUp) throw new Error('the brokers are down');
      topics.append(topic, partition, [record]);
    },
    records: (topic) =>
      Array.from({ length: topics.count(topic) }, (_, partition) =>
        topics
          .log(topic, partition)
          .records()
          .map(({ key, value }) => ({
            topic,
            partition,
            key: key?.toString() ?? null,
            value: value?.toString() ?? null,
          })),
      ).flat(),
    ends: (topic) =>
      new Map(
        Array.from({ length: topics.count(topic) }, (_, partition) => {
          const last = topics.log(topic, partition).records().at(-1);
          return [partition, last === undefined ? 0 : Number(last.offset) + 1] as const;
        }),
      ),
    get isUp() {
      return isUp;
    },
    stop: () => {
      isUp = false;
      kafka.stop();
    },
    start: () => {
      isUp = true;
      kafka.start();
    },
    loseNextAnswers: (count) => {
      kafka.loseNextAnswers(count, 'produce');
    },
    refuseNextProduces: (count) => {
      kafka.refuseNextProduces(count);
    },
    expireSession: (process) => {
      const members = kafka.group(GROUP)?.memberIds ?? [];
      const member = members.find((id) => id.startsWith(`${clientIdOf(process)}-`));
      if (member !== undefined) kafka.expireSession(GROUP, member);
    },
    moveCoordinator: () => {
      kafka.moveCoordinator(GROUP);
    },
    forgetCommitted: (group) => {
      kafka.rewindCommitted(group, () => null);
    },
    appendMarker: (topic, partition) => {
      topics.appendMarker(topic, partition);
    },
    removeBefore: (topic, partition, offset) => {
      topics.advanceLow(topic, partition, offset);
    },
    addPartitions: (topic, to) => {
      topics.addPartitions(topic, to);
    },
    paceFetches: ({ delayMs, recordsMax }) => {
      kafka.slowFetchMs = delayMs;
      kafka.recordsPerFetch = { least: 1, most: recordsMax };
    },
  };
}
