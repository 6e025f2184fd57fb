import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, untilListening } from './free-port.js';
import { type ChildJvm, startJvm } from './child-jvm.js';
import { kafkaJars } from './kafka-jars.js';

const START_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 3;
/** 256 MB are enough for the 100,000 messages of a spec, and two brokers still fit on a small machine. */
const JVM_OPTIONS = ['-Xms64m', '-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

const run = promisify(execFile);

export interface KafkaBroker {
  readonly brokers: string[];
  /** Ends the broker in order and removes its data, unless the data folder was given. */
  stop(): Promise<void>;
  /** SIGKILL: what the broker had acknowledged is there again after `restart`. */
  kill(): Promise<void>;
  /** Starts the broker again, on the same port and data. Waits until it listens. */
  restart(): Promise<void>;
}

export interface KafkaBrokerOptions {
  /** Kept when the broker stops; a temporary folder, removed at `stop`, when left out. */
  readonly dataFolder?: string;
  /** A free one when left out. */
  readonly port?: number;
}

/**
 * Starts a real Apache Kafka (KRaft, one node) from its published jars on the JDK of this machine, and waits until it
 * listens. With `KAFKA_BROKERS` in the environment the running broker named there is used instead.
 */
export async function startKafkaBroker(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
  const named = process.env['KAFKA_BROKERS'];
  if (named) return runningBroker(named.split(',').map((broker) => broker.trim()));
  const jars = await kafkaJars();
  for (let attempt = 1; ; attempt++) {
    const folder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'retention-kafka-')));
    const port = options.port ?? (await freePort());
    const broker = new OwnBroker(jars, folder, port, options.dataFolder === undefined);
    try {
      await broker.format(await freePort());
      await broker.restart();
      return broker;
    } catch (error) {
      await broker.stop();
      // Somebody else can take a free port between the look and the bind.
      if (options.port !== undefined || attempt === START_ATTEMPTS) throw error;
    }
  }
}

/** A broker somebody else runs: it is not ours to stop. */
function runningBroker(brokers: string[]): KafkaBroker {
  const notOurs = (what: string) => async () => {
    console.warn(`KAFKA_BROKERS names a running broker: ${what} does nothing.`);
  };
  return { brokers, stop: notOurs('stop'), kill: notOurs('kill'), restart: notOurs('restart') };
}

class OwnBroker implements KafkaBroker {
  readonly brokers: string[];
  private jvm: ChildJvm | undefined;

  constructor(
    private readonly jars: string,
    private readonly folder: string,
    private readonly port: number,
    private readonly isTemporary: boolean,
  ) {
    this.brokers = [`127.0.0.1:${port}`];
  }

  async format(controllerPort: number): Promise<void> {
    const data = join(this.folder, 'data');
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.properties, serverProperties(data, this.port, controllerPort));
    if (existsSync(join(data, 'meta.properties'))) return;
    const clusterId = randomBytes(16).toString('base64url');
    const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', this.properties];
    await run('java', [...JVM_OPTIONS, '-cp', join(this.jars, '*'), ...tool]);
  }

  async restart(): Promise<void> {
    await this.jvm?.end('SIGTERM');
    this.jvm = await startJvm([...JVM_OPTIONS, '-cp', join(this.jars, '*'), 'kafka.Kafka', this.properties]);
    await untilListening(this.port, START_TIMEOUT_MS, this.jvm);
  }

  async stop(): Promise<void> {
    await this.jvm?.end('SIGTERM');
    this.jvm = undefined;
    if (this.isTemporary) await rm(this.folder, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    await this.jvm?.end('SIGKILL');
    this.jvm = undefined;
  }

  private get properties(): string {
    return join(this.folder, 'server.properties');
  }
}

/**
 * The short session lets a killed broker register again after 2 s instead of 9 s. Consumers may ask for sessions from 1 s on,
 * not from 6 s on, so that a killed one is missed sooner.
 */
function serverProperties(dataFolder: string, port: number, controllerPort: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=${dataFolder}
num.partitions=3
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
`;
}
