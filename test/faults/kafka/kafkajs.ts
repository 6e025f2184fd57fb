import type { AdminConfig, ConsumerConfig, KafkaConfig } from 'kafkajs';
import { realKafkajs } from './kafkajs-internals.js';
import type { ConnectionAddress } from './simulated-broker.js';
import { SimulatedBroker } from './simulated-broker.js';
import type { SimulatedKafka } from './simulated-kafka.js';
import { HOST } from './simulated-kafka.js';

export type { AdminConfig, ConsumerConfig, KafkaConfig };

/** What is replaced inside a client of kafkajs: its way to a broker. All above is kafkajs itself. */
interface Cluster {
  readonly brokerPool: {
    connectionPoolBuilder: { build(address?: ConnectionAddress): Promise<ConnectionAddress> };
    createBroker(options: { readonly connectionPool: ConnectionAddress; readonly nodeId?: number }): SimulatedBroker;
  };
}

const clusters = new Map<string, SimulatedKafka>();

/** Clients that are given this address (`sim:1`) speak with the cluster. */
export function registerCluster(address: string, cluster: SimulatedKafka): void {
  clusters.set(address, cluster);
}

/** kafkajs' client, with simulated brokers where the address is one of them. */
export class Kafka extends realKafkajs.Kafka {
  constructor(config: KafkaConfig) {
    super(config);
    const [address = ''] = config.brokers as string[];
    const [host = '', port] = address.split(':');
    const simulated = clusters.get(address);
    if (simulated === undefined && host === HOST) throw new Error(`No cluster is registered at ${address}`);
    if (simulated !== undefined) replaceBrokers(this, simulated, { host, port: Number(port) }, config.clientId);
  }
}

function replaceBrokers(client: object, simulated: SimulatedKafka, seed: ConnectionAddress, clientId = 'kafkajs') {
  const inside = client as Record<symbol, (options: unknown) => Cluster>;
  const createCluster = privateOf(client, 'private:Kafka:createCluster');
  const original = inside[createCluster] as (options: unknown) => Cluster;
  inside[createCluster] = (options) => {
    const cluster = original(options);
    const { brokerPool } = cluster;
    brokerPool.connectionPoolBuilder = { build: (at = seed) => Promise.resolve({ ...at }) };
    brokerPool.createBroker = ({ connectionPool, nodeId }) =>
      new SimulatedBroker(simulated, connectionPool, clientId, nodeId ?? null);
    return cluster;
  };
}

function privateOf(client: object, name: string): symbol {
  const found = Object.getOwnPropertySymbols(client).find(({ description }) => description === name);
  if (found === undefined) throw new Error(`This kafkajs has no ${name}`);
  return found;
}

export const {
  AssignerProtocol,
  CompressionCodecs,
  CompressionTypes,
  logLevel,
  PartitionAssigners,
  Partitioners,
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
} = realKafkajs;

export default { ...realKafkajs, Kafka };
