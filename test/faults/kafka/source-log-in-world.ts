import type {
  SourceBatch,
  SourceLag,
  SourceLog,
  SourceLogOptions,
  SourceRecord,
  SourceReport,
} from '@retention/platform';
import { enterWorld, leaveWorld } from '../world/virtual-time.js';
import type { SimulatedProcess } from '../world/world.js';
import { World } from '../world/world.js';
import type { SimulatedKafkaOptions } from './simulated-kafka.js';
import { SimulatedKafka } from './simulated-kafka.js';

/** The stand-in, as the product's imports have got it: one copy of it for both. */
export interface StandIn {
  registerCluster(address: string, cluster: SimulatedKafka): void;
}

type CreateSourceLog = (options: SourceLogOptions) => SourceLog;

export const GROUP = 'group';

/** Keeps records and positions in one step, as a store does; refuses a batch that does not begin where it stands. */
export class MemoryStore {
  readonly next = new Map<string, bigint>();
  /** By topic, where a log is given `isKeptTopic`. */
  readonly ids = new Map<string, string>();
  readonly records: SourceRecord[] = [];
  /** Batches that came too late: somebody else had stored them. */
  refused = 0;
  beforeTake: (batch: SourceBatch) => Promise<void> = () => Promise.resolve();

  nextOffset(topic: string, partition: number): Promise<bigint | null> {
    return Promise.resolve(this.next.get(`${topic}/${partition}`) ?? null);
  }

  /** As the product's door: an id is kept when nothing of another is. */
  isKeptTopic(topic: string, id: string): Promise<boolean> {
    const isAtItsBeginning = ![...this.next].some(([place, next]) => place.startsWith(`${topic}/`) && next > 0n);
    if (!this.ids.has(topic) || isAtItsBeginning) this.ids.set(topic, id);
    return Promise.resolve(this.ids.get(topic) === id);
  }

  async take(batch: SourceBatch): Promise<void> {
    await this.beforeTake(batch);
    const place = `${batch.topic}/${batch.partition}`;
    if ((this.next.get(place) ?? null) !== batch.keptOffset) {
      this.refused += 1;
      throw new Error('another consumer was here');
    }
    this.next.set(place, batch.lastOffset + 1n);
    this.records.push(...batch.records);
  }

  /** What was stored of a partition, in its order. */
  values(partition?: number): string[] {
    const of = partition === undefined ? this.records : this.records.filter((record) => record.partition === partition);
    return of.map(({ value }) => String(value));
  }
}

export interface Follower {
  readonly process: SimulatedProcess;
  readonly log: SourceLog;
  readonly reports: SourceReport[];
  of<K extends SourceReport['kind']>(kind: K): Extract<SourceReport, { kind: K }>[];
}

/** A world with a Kafka in it, and the product's source log reading from it in processes of its own. */
export class SourceLogWorld {
  readonly world: World;
  readonly kafka: SimulatedKafka;
  readonly store = new MemoryStore();

  constructor(
    private readonly createSourceLog: CreateSourceLog,
    standIn: StandIn,
    { seed = 1, ...options }: SimulatedKafkaOptions & { readonly seed?: number } = {},
  ) {
    this.world = new World(seed);
    enterWorld(this.world);
    this.kafka = new SimulatedKafka(this.world, options);
    standIn.registerCluster('sim:1', this.kafka);
  }

  end(): void {
    leaveWorld();
  }

  follow(topics: string | readonly string[], more: Partial<SourceLogOptions> = {}): Follower {
    const process = this.world.start('ingest');
    const reports: SourceReport[] = [];
    const log = this.createSourceLog({
      brokers: ['sim:1'],
      clientId: 'ingest',
      groupId: GROUP,
      topics: typeof topics === 'string' ? [topics] : topics,
      sessionTimeoutMs: 6_000,
      metadataMaxAgeMs: 1_000,
      retryMs: 50,
      retryMaxMs: 400,
      nextOffset: (...place) => this.store.nextOffset(...place),
      take: (batch) => this.store.take(batch),
      onReport: (report) => reports.push(report),
      ...more,
    });
    // What is awaited goes on as the process' own only inside an event of the world.
    this.world.schedule(0, process, () => log.start());
    return {
      process,
      log,
      reports,
      of: (kind) =>
        reports.filter((report): report is Extract<SourceReport, { kind: typeof kind }> => report.kind === kind),
    };
  }

  /** Runs the world until it is so, at most for so long of its time. */
  async until(what: string, isSo: () => boolean, withinMs = 60_000): Promise<void> {
    if (!(await this.world.run(isSo, withinMs))) throw new Error(`Waited in vain until ${what}`);
  }

  async pass(forMs: number): Promise<void> {
    await this.world.run(() => false, forMs);
  }

  /** Stops the log, and says whether every take had ended. */
  async stop({ process, log }: Follower, deadlineMs = 10_000): Promise<boolean> {
    return this.ask(process, () => log.stop(deadlineMs));
  }

  async lag({ process, log }: Follower): Promise<SourceLag[]> {
    return this.ask(process, () => log.lag());
  }

  /** Has the process do it, and the world go on until it is done. */
  async ask<T>(process: SimulatedProcess, question: () => Promise<T>): Promise<T> {
    let answer: PromiseSettledResult<T> | null = null;
    this.world.schedule(0, process, () => {
      void Promise.allSettled([question()]).then(([settled]) => (answer = settled));
    });
    await this.world.run(() => answer !== null, 600_000);
    const settled = answer as PromiseSettledResult<T> | null;
    if (settled === null) throw new Error('Waited in vain for an answer');
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  }
}

export const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ key: `customer-${(from + i) % 50}`, value: `fact ${from + i}` }));

export const facts = (from: number, to: number) => numbered(from, to).map(({ value }) => value);
