import { BrokerChannel } from './broker-channel.js';
import { withEmptied } from './emptied-batches.js';
import type { ConsumerGroup } from './consumer-group.js';
import type {
  Api,
  CommitRequest,
  JoinAnswer,
  JoinRequest,
  Membership,
  Reply,
  SyncAnswer,
  SyncRequest,
} from './group-protocol.js';
import type {
  FetchAnswer,
  FetchRequest,
  ListOffsetsAnswer,
  ListOffsetsRequest,
  MetadataAnswer,
  ProduceAnswer,
  ProduceRequest,
} from './log-protocol.js';
import type { SimulatedKafka } from './simulated-kafka.js';
import type { Question } from './topic-id-protocol.js';
import { topicAskedFor, topicIdAnswer, versionsSpoken } from './topic-id-protocol.js';

export interface ConnectionAddress {
  readonly host: string;
  readonly port: number;
  rack?: string | undefined;
}

/** Kafka answers a join only when the others have joined too; kafkajs waits so much longer. */
const JOIN_GRACE_MS = 5_000;

/**
 * What kafkajs knows as a broker: an address with a method for each request of the protocol. This one hands the requests
 * to the simulated cluster instead of encoding them, so everything above it is the real kafkajs. Two connections, as
 * kafkajs has them: what is fetched has one of its own.
 */
export class SimulatedBroker {
  nodeId: number | null;
  readonly connectionPool: ConnectionAddress & { send(question: Question): Promise<unknown> };
  private readonly requests: BrokerChannel;
  private readonly fetches: BrokerChannel;

  constructor(
    private readonly cluster: SimulatedKafka,
    address: ConnectionAddress,
    private readonly clientId: string,
    nodeId: number | null,
  ) {
    this.nodeId = nodeId;
    this.connectionPool = { ...address, send: (question) => this.send(question) };
    const { host, port } = address;
    this.requests = new BrokerChannel(cluster, host, port);
    this.fetches = new BrokerChannel(cluster, host, port);
  }

  get versions(): Readonly<Record<number, object>> {
    return versionsSpoken(this.cluster.givesTopicIds);
  }

  isConnected(): boolean {
    return this.requests.isOpen || this.fetches.isOpen;
  }

  connect(): Promise<void> {
    return this.isConnected() ? Promise.resolve() : this.requests.open();
  }

  async disconnect(): Promise<void> {
    await Promise.all([this.requests.close(), this.fetches.close()]);
  }

  metadata(topics: readonly string[]): Promise<MetadataAnswer> {
    return this.requests.send('metadata', (reply) => answer(reply, () => this.cluster.metadata(topics)));
  }

  private async send(question: Question): Promise<unknown> {
    const topic = await topicAskedFor(question);
    const bytes = await this.requests.send<Buffer>('metadata', (reply) =>
      answer(reply, () => topicIdAnswer(topic, this.cluster.topics.id(topic))),
    );
    return question.response.parse(await question.response.decode(bytes));
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const answer = await this.fetches.send<FetchAnswer>('fetch', (reply) =>
      orRefuse(reply, () => this.cluster.fetch(this.port, request, reply)),
    );
    return withEmptied(answer);
  }

  listOffsets(request: ListOffsetsRequest): Promise<ListOffsetsAnswer> {
    return this.requests.send('list-offsets', (reply) =>
      answer(reply, () => this.cluster.listOffsets(this.port, request)),
    );
  }

  produce(request: ProduceRequest): Promise<ProduceAnswer> {
    return this.requests.send('produce', (reply) => answer(reply, () => this.cluster.produce(this.port, request)));
  }

  initProducerId(): Promise<{ producerId: string; producerEpoch: number }> {
    return this.requests.send('init-producer', (reply) =>
      reply.give({ producerId: this.cluster.newProducerId(), producerEpoch: 0 }),
    );
  }

  findGroupCoordinator({ groupId }: { readonly groupId: string }): Promise<{ coordinator: { nodeId: number } }> {
    return this.requests.send('find-coordinator', (reply) =>
      answer(reply, () => ({ coordinator: { nodeId: this.cluster.coordinatorOf(groupId) } })),
    );
  }

  joinGroup(request: JoinRequest): Promise<JoinAnswer> {
    const timeoutMs = Math.max(request.rebalanceTimeout, request.sessionTimeout) + JOIN_GRACE_MS;
    const newId = `${this.clientId}-${this.cluster.newMemberId()}`;
    return this.inGroup('join', request.groupId, (group, reply) => group.join(request, reply, newId), timeoutMs);
  }

  syncGroup(request: SyncRequest): Promise<SyncAnswer> {
    return this.inGroup('sync', request.groupId, (group, reply) => group.sync(request, reply));
  }

  heartbeat(request: Membership): Promise<object> {
    const { groupId } = request;
    return this.requests.send('heartbeat', (reply) =>
      answer(reply, () => {
        // While it loads the groups, a coordinator takes every heartbeat for a good one.
        if (!this.cluster.isLoading(this.port, groupId)) this.cluster.groupAt(this.port, groupId).heartbeat(request);
        return {};
      }),
    );
  }

  leaveGroup({ groupId, memberId }: { readonly groupId: string; readonly memberId: string }): Promise<object> {
    return this.inGroup('leave', groupId, (group, reply: Reply<object>) => {
      group.leave(memberId);
      reply.give({});
    });
  }

  offsetCommit(request: CommitRequest): Promise<object> {
    return this.inGroup('commit', request.groupId, (group, reply: Reply<object>) => {
      group.commit(request);
      reply.give({});
    });
  }

  offsetFetch({ groupId, topics }: OffsetFetchRequest): Promise<{ responses: OffsetFetchRequest['topics'] }> {
    return this.inGroup('committed', groupId, ({ offsets }, reply: Reply<{ responses: typeof topics }>) => {
      const responses = topics.map(({ topic, partitions }) => ({
        topic,
        partitions: partitions.map(({ partition }) => ({ partition, offset: offsets.at(topic, partition) })),
      }));
      reply.give({ responses });
    });
  }

  private inGroup<T>(
    api: Api,
    groupId: string,
    ask: (group: ConsumerGroup, reply: Reply<T>) => void,
    timeoutMs?: number,
  ): Promise<T> {
    const serve = (reply: Reply<T>) => orRefuse(reply, () => ask(this.cluster.groupAt(this.port, groupId), reply));
    return this.requests.send(api, serve, timeoutMs);
  }

  private get port(): number {
    return this.connectionPool.port;
  }
}

interface OffsetFetchRequest {
  readonly groupId: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset?: string }[];
  }[];
}

function answer<T>(reply: Reply<T>, ask: () => T): void {
  orRefuse(reply, () => reply.give(ask()));
}

function orRefuse(reply: Reply<never>, serve: () => void): void {
  try {
    serve();
  } catch (error) {
    reply.refuse(error as Error);
  }
}
