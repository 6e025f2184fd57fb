import type { Random } from '../world/random.js';
import type { World } from '../world/world.js';
import type { ChannelEnd } from './broker-channel.js';
import { BrokerNodes } from './broker-nodes.js';
import type { ConsumerGroup } from './consumer-group.js';
import { GroupCoordinators } from './group-coordinators.js';
import type { Api, Reply } from './group-protocol.js';
import { offsetOutOfRange, protocolError } from './kafkajs-internals.js';
import type {
  FetchAnswer,
  FetchRequest,
  ListOffsetsAnswer,
  ListOffsetsRequest,
  MetadataAnswer,
  ProduceAnswer,
  ProduceRequest,
} from './log-protocol.js';
import { longPoll } from './long-poll.js';
import { TopicLogs } from './topic-logs.js';

export interface SimulatedKafkaOptions {
  /** Brokers; their ports are 1 and following. Default 1. */
  readonly nodes?: number;
  /** How long the first member of an empty group waits for others. Default 0; Kafka's is 3 s. */
  readonly initialRebalanceDelayMs?: number;
  /** At most so many records of a partition in one fetch; drawn anew for each. Default 1 to 500. */
  readonly recordsPerFetch?: { readonly least: number; readonly most: number };
  /** How long a coordinator that has just taken a group over knows nothing of it. Default 200. */
  readonly loadingMs?: number;
}

const TRAVEL_MS = { least: 0.2, most: 2 };
const EARLIEST = -2;
const NOTHING = { messages: [], emptied: [], abortedTransactions: [] };
/** Where a broker is named and none is up. */
const NOBODY = -1;

/** Kafka as its clients see it, in a simulated world. What goes wrong is a method each. */
export class SimulatedKafka implements ChannelEnd {
  /** What producers, retention and people do to the topics. */
  readonly topics: TopicLogs;
  recordsPerFetch: { readonly least: number; readonly most: number };
  /** Every other fetch brings up to so many records from before the offset it asks for. At least 1. */
  recordsBeforeFetch = 20;
  /** So much longer each fetch takes that finds something. */
  slowFetchMs = 0;
  /**
   * So long a fetch stays open that finds nothing, whatever the client asks for: below the session time-out, or the
   * members lose their place. Long ones make idle hours cheap; what was paused meanwhile is fetched so much later.
   */
  idleFetchMs: number | null = null;
  /** Fetches of these partitions bring nothing, though it is there. */
  givesNothingOf: (place: { readonly topic: string; readonly partition: number }) => boolean = () => false;
  /** Brokers from Kafka 2.8 on give each topic an id. */
  givesTopicIds = true;
  private readonly random: Random;
  private readonly nodes: BrokerNodes;
  private readonly groups: GroupCoordinators;
  private refusals = 0;
  private readonly losses: { count: number; readonly apis: readonly Api[] | null }[] = [];
  private producers = 0;

  constructor(
    readonly world: World,
    { nodes = 1, initialRebalanceDelayMs = 0, recordsPerFetch, loadingMs = 200 }: SimulatedKafkaOptions = {},
  ) {
    this.random = world.random.fork();
    this.topics = new TopicLogs(world);
    this.recordsPerFetch = recordsPerFetch ?? { least: 1, most: 500 };
    this.nodes = new BrokerNodes(nodes);
    this.groups = new GroupCoordinators(world, this.nodes, initialRebalanceDelayMs, () =>
      this.random.whole(0, loadingMs),
    );
  }

  // What goes wrong.

  /** kill -9 of one broker, or of all. What was acknowledged is kept; what is on its way fails. */
  stop(port?: number): void {
    this.nodes.stop(port === undefined ? undefined : port - 1);
    this.groups.settle();
    this.topics.changed();
  }

  start(port?: number): void {
    this.nodes.start(port === undefined ? undefined : port - 1);
    this.groups.settle();
    this.topics.changed();
  }

  /** The next answers are lost with the connection they were to come on. The broker has done what was asked. */
  loseNextAnswers(count: number, ...apis: Api[]): void {
    this.losses.push({ count, apis: apis.length === 0 ? null : apis });
  }

  /** The next requests of producers are refused for good, as where somebody has taken their right to write. */
  refuseNextProduces(count: number): void {
    this.refusals += count;
  }

  expireSession(groupId: string, memberId: string): void {
    this.groups.group(groupId)?.expire(memberId);
  }

  rebalance(groupId: string): void {
    this.groups.group(groupId)?.rebalance();
  }

  /** Another broker coordinates the group (with one broker: the same again), and has to load it first. */
  moveCoordinator(groupId: string): void {
    this.groups.move(groupId);
  }

  /** The topic is deleted, with the offsets groups have committed for it, and created again, empty. */
  recreateTopic(topic: string, partitions = this.topics.count(topic)): void {
    this.deleteTopic(topic);
    this.topics.create(topic, partitions);
  }

  deleteTopic(topic: string): void {
    this.topics.delete(topic);
    for (const { offsets } of this.groups.all) offsets.forget(topic);
  }

  /** The hint is lost, or an older one came back. */
  rewindCommitted(groupId: string, to: (offset: bigint) => bigint | null): void {
    this.groups.group(groupId)?.offsets.change(to);
  }

  // What its driver and the specs look at.

  group(groupId: string): ConsumerGroup | undefined {
    return this.groups.group(groupId);
  }

  committed(groupId: string, topic: string, partition: number): string {
    return this.groups.group(groupId)?.offsets.at(topic, partition) ?? '-1';
  }

  // What the connections ask.

  travelMs(): number {
    return TRAVEL_MS.least + this.random.next() * (TRAVEL_MS.most - TRAVEL_MS.least);
  }

  isUp(port: number): boolean {
    return this.nodes.isUp(port - 1);
  }

  connected(port: number, channel: { cut(): void }): void {
    this.nodes.connected(port - 1, channel);
  }

  disconnected(port: number, channel: { cut(): void }): void {
    this.nodes.disconnected(port - 1, channel);
  }

  losesAnswer(api: Api): boolean {
    const at = this.losses.findIndex(({ apis }) => apis === null || apis.includes(api));
    const loss = this.losses[at];
    if (loss === undefined) return false;
    loss.count -= 1;
    if (loss.count <= 0) this.losses.splice(at, 1);
    return true;
  }

  newProducerId(): string {
    this.producers += 1;
    return String(this.producers);
  }

  newMemberId(): string {
    return this.random
      .whole(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(8, '0');
  }

  coordinatorOf(groupId: string): number {
    return this.groups.coordinatorOf(groupId) ?? NOBODY;
  }

  isLoading(port: number, groupId: string): boolean {
    return this.groups.isLoading(port - 1, groupId);
  }

  groupAt(port: number, groupId: string): ConsumerGroup {
    return this.groups.groupAt(port - 1, groupId);
  }

  metadata(topics: readonly string[]): MetadataAnswer {
    const names = topics.length === 0 ? this.topics.names : topics;
    return {
      controllerId: this.nodes.firstUp(0) ?? NOBODY,
      brokers: this.nodes.up.map((nodeId) => ({ nodeId, host: HOST, port: nodeId + 1 })),
      topicMetadata: names.map((topic) => ({
        topic,
        topicErrorCode: 0,
        partitionMetadata: Array.from({ length: this.topics.count(topic) }, (_, partitionId) => {
          const leader = this.leaderOf(topic, partitionId);
          return { partitionId, leader, replicas: [leader], isr: [leader] };
        }),
      })),
    };
  }

  listOffsets(port: number, { topics }: ListOffsetsRequest): ListOffsetsAnswer {
    const responses = topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, timestamp }) => {
        const { low, stableEnd } = this.led(port, topic, partition);
        return { partition, offset: String(timestamp === EARLIEST ? low : stableEnd) };
      }),
    }));
    return { responses };
  }

  produce(port: number, { topicData, producerId }: ProduceRequest): ProduceAnswer {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw protocolError('TOPIC_AUTHORIZATION_FAILED');
    }
    const topics = topicData.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition, firstSequence, messages }) => {
        this.led(port, topic, partition);
        const records = messages.map(({ timestamp, ...record }) => ({
          ...record,
          timestamp: Number(timestamp ?? this.world.now),
        }));
        const batch = { producerId: String(producerId), firstSequence };
        const offset =
          Number(producerId) < 0
            ? this.topics.append(topic, partition, records)
            : this.topics.appendOnce(topic, partition, records, batch);
        if (offset === null) throw protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER');
        return { partition, baseOffset: String(offset) };
      }),
    }));
    return { topics };
  }

  fetch(port: number, request: FetchRequest, reply: Reply<FetchAnswer>): void {
    longPoll(reply, {
      hasNews: () => this.hasNews(port, request),
      read: () => this.read(port, request),
      onChange: (changed) => this.topics.onChange(changed),
      waitMs: this.idleFetchMs ?? request.maxWaitTime,
      slowMs: this.slowFetchMs,
    });
  }

  private hasNews(port: number, { topics }: FetchRequest): boolean {
    try {
      return topics.some(({ topic, partitions }) =>
        partitions.some(
          ({ partition, fetchOffset }) =>
            this.led(port, topic, partition).hasAt(Number(fetchOffset)) && !this.givesNothingOf({ topic, partition }),
        ),
      );
    } catch {
      return true;
    }
  }

  private read(port: number, { topics }: FetchRequest): FetchAnswer {
    const { least, most } = this.recordsPerFetch;
    const responses = topics.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition, fetchOffset, maxBytes }) => {
        const log = this.led(port, topic, partition);
        const before = this.random.chance(0.5) ? 0 : this.random.whole(1, this.recordsBeforeFetch);
        const part = log.read(Number(fetchOffset), maxBytes, this.random.whole(least, most), before);
        if (part === null) throw offsetOutOfRange(topic, partition);
        const given = this.givesNothingOf({ topic, partition }) ? NOTHING : part;
        return { partition, highWatermark: String(log.high), ...given };
      }),
    }));
    return { responses };
  }

  private led(port: number, topic: string, partition: number) {
    const log = this.topics.log(topic, partition);
    if (this.leaderOf(topic, partition) !== port - 1) throw protocolError('NOT_LEADER_FOR_PARTITION');
    return log;
  }

  private leaderOf(topic: string, partition: number): number {
    return this.nodes.firstUp(this.topics.leaderPreference(topic, partition)) ?? NOBODY;
  }
}

export const HOST = 'sim';
