import { createHash } from 'node:crypto';
import type { DatabaseServer } from '../world/database-server.js';
import { realNow } from '../world/real-time.js';
import { enterWorld, leaveWorld } from '../world/virtual-time.js';
import { BEGINNING, World } from '../world/world.js';
import { DEAD_LETTER_TOPIC, DECISIONS_TOPIC, GROUP, TOPIC } from './apps.js';
import type { Brokers } from './brokers.js';
import { findFaults } from './checks.js';
import { DatabaseTrouble } from './database-trouble.js';
import { FaultCounts } from './fault-counts.js';
import { Fleet } from './fleet.js';
import { happen } from './incidents.js';
import type { Scene } from './incidents.js';
import { LoanSystem } from './loan-system.js';
import { expectedOf } from './oracle.js';
import { readModelFaults, readModelText, recomputationFaults } from './read-model-checks.js';
import { Operator } from './operator.js';
import { stillToDo } from './settled.js';
import { eventRows, offsetRows } from './tables.js';
import type { Tables } from './tables.js';
import { drawWorkload } from './workload.js';

export interface SimulatedServers {
  readonly database: DatabaseServer & Tables & { end(): Promise<void> };
  readonly brokers: Brokers;
  /** Real time the product is given at least to finish: leases of a real database run out by its own clock. */
  readonly patienceMs: number;
}

export interface SeedReport {
  readonly seed: number;
  readonly facts: number;
  readonly deliveries: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultCount: number;
  readonly virtualSeconds: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly wrong: readonly string[];
  readonly stuck: readonly string[];
  readonly milliseconds: number;
  /** Over every event there is in the end and the time that has passed: the same seed gives the same. */
  readonly digest: string;
}

const FAULTS_MIN = 50;
const CHAOS_MS_MAX = 240_000;
const SLICE_MS = 500;
/** After the last fault the product has so long to finish: past every session, lease and pause it waits for. */
const SETTLE_MS_MAX = 600_000;

/** One run of the whole pipeline under faults; everything in it follows from the seed. */
export async function runSeed(seed: number, open: (world: World) => SimulatedServers): Promise<SeedReport> {
  const startedAt = realNow();
  const world = new World(seed);
  enterWorld(world);
  const unhandled = (reason: unknown): void => {
    world.fail(new Error('a promise was rejected and nobody heard: a process would have ended', { cause: reason }));
  };
  process.on('unhandledRejection', unhandled);
  const servers = open(world);
  try {
    return await new Run(seed, world, servers).report(startedAt);
  } finally {
    process.off('unhandledRejection', unhandled);
    leaveWorld();
    await servers.database.end();
  }
}

class Run {
  private readonly counts = new FaultCounts();
  private readonly trouble: DatabaseTrouble;
  private readonly fleet: Fleet;
  private readonly loanSystem: LoanSystem;
  private readonly duringMs: number;
  private readonly partitions: number;
  private readonly operator: Operator;

  constructor(
    private readonly seed: number,
    private readonly world: World,
    private readonly servers: SimulatedServers,
  ) {
    const { random } = world;
    this.trouble = new DatabaseTrouble(random.fork(), this.counts);
    this.fleet = new Fleet({ world, database: servers.database, faults: this.trouble }, random.fork());
    this.loanSystem = new LoanSystem(world, random.fork(), {
      brokers: servers.brokers,
      fleet: this.fleet,
      counts: this.counts,
    });
    this.operator = new Operator({
      world,
      database: servers.database,
      trouble: this.trouble,
      fleet: this.fleet,
      counts: this.counts,
    });
    this.duringMs = random.whole(8000, 25_000);
    this.partitions = random.whole(1, 4);
  }

  async report(startedAt: number): Promise<SeedReport> {
    const { world, servers, seed, loanSystem } = this;
    const { random } = world;
    const workload = drawWorkload(random.fork(), { duringMs: this.duringMs, partitions: this.partitions });
    servers.brokers.createTopic(TOPIC, this.partitions);
    servers.brokers.createTopic(DEAD_LETTER_TOPIC, 1);
    servers.brokers.createTopic(DECISIONS_TOPIC, random.whole(1, 3));
    for (const kind of ['ingest', 'ingest', 'projector', 'projector', 'api'] as const) {
      this.fleet.add(kind, random.whole(0, 2000));
    }
    loanSystem.plan(workload.deliveries);
    if (random.chance(0.3)) this.operator.planPolicies(this.duringMs);
    await this.chaos();
    const expected = expectedOf(workload.lines, { closedDay: workload.lastDay, book: this.operator.book });
    const stuck = await this.settle();
    const records = [DECISIONS_TOPIC].flatMap((topic) => servers.brokers.records(topic));
    const found = stuck.length > 0 ? NOTHING_FOUND : await findFaults(servers.database, expected, records);
    const wrong = [
      ...found.wrong,
      ...loanSystem.strange,
      ...(stuck.length > 0 ? [] : await readModelFaults(servers.database, expected)),
      ...(this.operator.published > 0 ? [] : recomputationFaults(workload, expected)),
      ...(stuck.length > 0 ? [] : await this.deadLetterFaults(workload.deadLetters)),
      ...(stuck.length > 0 ? [] : await this.rebuildFaults()),
    ];
    return {
      seed,
      facts: workload.lines.length,
      deliveries: workload.deliveries.length,
      faults: this.counts.byKind(),
      faultCount: this.counts.total,
      virtualSeconds: Math.round((world.now - BEGINNING) / 1000),
      lost: found.lost,
      doubled: found.doubled,
      wrong,
      stuck,
      milliseconds: Math.round(realNow() - startedAt),
      digest: await this.digest(),
    };
  }

  private async digest(): Promise<string> {
    const hash = createHash('sha256').update(String(this.world.now));
    for (const { shard, position, payload } of await eventRows(this.servers.database)) {
      hash.update(`\n${shard} ${position} ${payload}`);
    }
    return hash.digest('hex').slice(0, 16);
  }

  /** Everything is sent, and faults come, until it was enough of both. */
  private async chaos(): Promise<void> {
    const { world, servers, counts, fleet, trouble } = this;
    const scene: Scene = {
      world,
      random: world.random.fork(),
      fleet,
      database: servers.database,
      brokers: servers.brokers,
      counts,
      takenUpTo: () => this.takenUpTo(),
      rebuild: () => {
        this.operator.rebuild();
      },
    };
    trouble.isOn = true;
    const until = BEGINNING + CHAOS_MS_MAX;
    let isOver = false;
    const next = (): void => {
      if (isOver) return;
      happen(scene);
      world.schedule(scene.random.whole(20, 900), null, next);
    };
    world.schedule(500, null, next);
    await world.run(() => this.loanSystem.isDone && counts.total >= FAULTS_MIN, until - world.now);
    isOver = true;
    trouble.isOn = false;
  }

  /** What is still to do when the product had all the time it needs; empty = everything is done. */
  private async settle(): Promise<string[]> {
    const { world, servers, fleet } = this;
    const until = world.now + SETTLE_MS_MAX;
    const reallyUntil = realNow() + servers.patienceMs;
    for (;;) {
      await world.run(() => false, SLICE_MS);
      const toDo = await this.toDo();
      if (toDo.length === 0) return [];
      if (world.now > until && realNow() > reallyUntil)
        return [...toDo, ...(servers.brokers.isUp ? [] : ['the brokers are down'])];
      if (!fleet.isFull()) continue;
    }
  }

  private async toDo(): Promise<string[]> {
    const { servers, loanSystem, fleet, operator } = this;
    return [
      ...(loanSystem.isDone ? [] : ['the loan system has no answer to everything it sent']),
      ...(fleet.isFull() ? [] : [`not all processes run: ${[...fleet.refusedStarts.keys()].join('; ')}`]),
      ...operator.underWay(),
      ...(await stillToDo(servers.database, servers.brokers.ends(TOPIC))),
    ];
  }

  private async takenUpTo(): Promise<Map<number, number>> {
    const taken = await offsetRows(this.servers.database, `kafka:${GROUP}`);
    return new Map([...taken].map(([source, next]) => [Number(source.slice(source.lastIndexOf('/') + 1)), next]));
  }

  private async deadLetterFaults(wanted: number): Promise<string[]> {
    const { database, brokers } = this.servers;
    const letters = await database.rows('ingestion.dead_letter');
    const sent = new Set(brokers.records(DEAD_LETTER_TOPIC).map(({ value }) => value));
    const unsent = letters
      .map(({ body }) => (Buffer.isBuffer(body) ? body.toString() : null))
      .filter((text) => !sent.has(text));
    return [
      ...(letters.length === wanted ? [] : [`${letters.length} dead letters instead of ${wanted}`]),
      ...unsent.map((text) => `a dead letter is not in its topic: ${text?.slice(0, 60) ?? 'without a value'}`),
    ];
  }

  /** The rows as they are, and as they are when they are filled anew. */
  private async rebuildFaults(): Promise<string[]> {
    const { database } = this.servers;
    const live = await readModelText(database);
    this.operator.rebuild();
    const stuck = await this.settle();
    if (stuck.length > 0) return stuck.map((what) => `rebuild: ${what}`);
    const rebuilt = await readModelText(database);
    return live === rebuilt ? [] : [`rebuilt rows differ: ${firstLineOf(live, rebuilt)}`];
  }
}

const NOTHING_FOUND = { lost: [], doubled: [], wrong: [] };

function firstLineOf(live: string, rebuilt: string): string {
  const others = new Set(rebuilt.split('\n'));
  return live.split('\n').find((line) => !others.has(line)) ?? 'rebuilt has more rows';
}
