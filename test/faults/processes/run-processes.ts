import { createRecordProducer } from '@retention/platform';
import type { RecordProducer } from '@retention/platform';
import type { Runtime } from '@retention/runtime';
import type { KafkaForSpec } from '@retention/testing';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { caughtUp, openProduct } from '../../support/product.js';
import { Random } from '../world/random.js';
import { AppPlace, endAll } from './app-place.js';
import { AfterUs } from './after-us.js';
import { copyBuilt } from './built-copy.js';
import type { BuiltCopy } from './built-copy.js';
import { APPS, drawPlan } from './chaos-plan.js';
import type { App, ChaosOptions } from './chaos-plan.js';
import { Chaos, isLate } from './chaos.js';
import { expectationOf } from './expectation.js';
import { FactPublisher } from './fact-publisher.js';
import { lenderFacts } from './lender-facts.js';
import { logEnds } from './log-ends.js';
import { OwnPostgres } from './own-postgres.js';
import { ProgressWatch } from './progress-watch.js';
import { peakMemoryMb, recoverySpreads, spreadOf, sums } from './report.js';
import type { ProcessesReport } from './report.js';
import { ServerChaos } from './server-chaos.js';
import { Standstill } from './standstill.js';
import { judge } from './verdict.js';

const PARTITIONS = 10;
/** A process that is killed is missed after this time: session of the group, lease of the shards. */
const SILENCE_MS: Readonly<Record<App, number>> = { ingest: 4000, projector: 2000 };
/** The least a session has on a broker that was not told otherwise. */
const SESSION_ELSEWHERE_MS = 6000;
const TERM_WITHIN_MS = 60_000;
const READY_WITHIN_MS = 120_000;
const POLL_MS = 100;
const FAILURES_SHOWN = 5;
const JOURNAL_LINES_SHOWN = 80;

/** Something that must not happen whatever is killed, with what the processes had to say. */
export class ProcessesFailed extends Error {
  override readonly name = 'ProcessesFailed';
}

/**
 * Runs ingest and projector processes on a broker and a PostgreSQL server while processes and servers are struck and a
 * lender publishes; then lets them come to rest, and compares what they made of the facts with what has to follow from
 * them. `say` is told what is being done. When `signal` is aborted the run is given up.
 * @throws ProcessesFailed when a process ends by itself or not in order, or when nothing moves though nothing is in the way.
 */
export async function runProcesses(
  options: ChaosOptions,
  kafka: KafkaForSpec,
  { say, signal }: { readonly say?: (line: string) => void; readonly signal?: AbortSignal } = {},
): Promise<ProcessesReport> {
  const startedAt = performance.now();
  const journal: string[] = [];
  const note = (what: string): void => {
    journal.push(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${what}`);
    say?.(journal.at(-1) ?? '');
  };
  const seconds: Record<string, number> = {};
  const stage = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const since = performance.now();
    note(name);
    const result = await work();
    seconds[name] = Math.round((performance.now() - since) / 1000);
    return result;
  };
  const stand = new Stand();
  try {
    const { built, postgres } = await stage('start', () => stand.start());
    const run = new ProcessesRun(options, kafka, { postgres, builtIn: built.folder, note, afterUs: stand.afterUs });
    stand.ends.push(() => run.end());
    signal?.addEventListener('abort', () => run.fail('The run was given up.'));
    await stage('chaos', () => run.disturb());
    const product = await openProduct(postgres.url, { EVENT_STORE: 'postgres' });
    stand.ends.push(() => product.close());
    await stage('rest', () => run.comeToRest(product));
    const expected = await stage('expectation', () => {
      const lines = Array.from(lenderFacts(options.facts, options.seed), ({ line }) => line);
      return Promise.resolve(expectationOf(lines));
    });
    const verdict = await stage('verdict', () => judge(product, expected));
    seconds['total'] = Math.round((performance.now() - startedAt) / 1000);
    return { ...run.figures(), verdict, seconds };
  } catch (error) {
    throw error instanceof ProcessesFailed
      ? new ProcessesFailed(`${error.message}\n\n${journal.slice(-JOURNAL_LINES_SHOWN).join('\n')}`)
      : error;
  } finally {
    await stand.end();
  }
}

/** What a run stands on. Whatever of it is there is ended, the last first, whatever else fails. */
class Stand {
  readonly afterUs = new AfterUs();
  readonly ends: (() => Promise<void> | void)[] = [];

  async start(): Promise<{ readonly built: BuiltCopy; readonly postgres: OwnPostgres }> {
    const [built, postgres] = await Promise.all([
      copyBuilt(this.afterUs).then((copy) => {
        this.ends.push(() => copy.remove());
        return copy;
      }),
      OwnPostgres.start(this.afterUs).then((server) => {
        this.ends.push(() => server.remove());
        return server;
      }),
    ]);
    return { built, postgres };
  }

  async end(): Promise<void> {
    for (const end of this.ends.reverse()) {
      await Promise.resolve(end()).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
    this.afterUs.end();
  }
}

class ProcessesRun {
  private readonly name = `faults-${randomBytes(4).toString('hex')}`;
  private readonly failures: string[] = [];
  private readonly failed = new AbortController();
  private readonly places: readonly AppPlace[];
  private readonly watch: ProgressWatch;
  private readonly standstill: Standstill;
  private readonly servers: ServerChaos;
  private readonly chaos: Chaos;
  private readonly producer: RecordProducer;
  private readonly publisher: FactPublisher;
  private messages = 0;

  constructor(
    private readonly options: ChaosOptions,
    private readonly kafka: KafkaForSpec,
    parts: {
      readonly postgres: OwnPostgres;
      readonly builtIn: string;
      readonly note: (what: string) => void;
      readonly afterUs: AfterUs;
    },
  ) {
    const { facts, seed } = options;
    const { postgres, builtIn, note, afterUs } = parts;
    const { brokers } = kafka.broker;
    const random = new Random(seed);
    const onFailure = (what: string): void => this.fail(what);
    this.standstill = new Standstill(note);
    const silenceMs = options.brokerIsOurs ? SILENCE_MS : { ...SILENCE_MS, ingest: SESSION_ELSEWHERE_MS };
    const variables = {
      EVENT_STORE: 'postgres',
      DATABASE_URL: postgres.url,
      KAFKA_BROKERS: brokers.join(),
      KAFKA_TOPICS: this.name,
      KAFKA_GROUP: this.name,
      // The less there is in a batch the more of them are struck in the middle.
      INGEST_BATCH_FACTS: '500',
      KAFKA_SESSION_TIMEOUT_MS: String(silenceMs.ingest),
      LEASE_TTL_MS: String(silenceMs.projector),
    };
    this.places = (['ingest', 'projector'] as const).flatMap((app) =>
      Array.from(
        { length: APPS[app] },
        (_, index) =>
          new AppPlace({ app, number: index + 1, variables, builtIn, afterUs, onEnd: onFailure, onPartitions: note }),
      ),
    );
    this.watch = new ProgressWatch(
      () => postgres.url,
      `kafka:${this.name}`,
      (progress) => {
        this.chaos.look(progress);
        this.standstill.look(progress);
      },
    );
    this.servers = new ServerChaos({ postgres, broker: kafka.broker }, random.fork());
    this.chaos = new Chaos({
      ...{ plan: drawPlan(options, random.fork()), random: random.fork(), places: this.places, servers: this.servers },
      ...{ watch: this.watch, silenceMs, signal: this.failed.signal, onFailure, onAct: note },
    });
    this.producer = createRecordProducer({ brokers, clientId: 'faults' });
    const lender = lenderFacts(facts, seed);
    this.publisher = new FactPublisher(this.producer, this.name, lender, random.fork(), this.failed.signal);
  }

  /** Everything that was planned is done to the processes while facts are published. */
  async disturb(): Promise<void> {
    const { tools } = this.kafka;
    await tools.createTopic(this.name, PARTITIONS);
    await tools.createTopic(`${this.name}.dead`, 1);
    this.watch.start();
    let isOn = true;
    const isGoingOn = (): boolean => isOn && !this.failed.signal.aborted;
    const publishing = this.publisher
      .publishWhile(isGoingOn, () => this.chaos.share * this.options.facts)
      .catch((error: unknown) => this.fail(String(error)));
    const watching = this.watchForStandstill(isGoingOn);
    await this.chaos.run().finally(() => {
      isOn = false;
    });
    await Promise.all([publishing, watching]);
    this.check();
  }

  /** What is left is published, and everything taken, decided and applied; then every process is told to end. */
  async comeToRest(product: Runtime): Promise<void> {
    let isOn = true;
    const watching = this.watchForStandstill(() => isOn && !this.failed.signal.aborted);
    try {
      await this.publisher.publishRest(this.options.facts).catch((error: unknown) => this.fail(String(error)));
      this.check();
      const ends = await logEnds(this.kafka.broker.brokers, this.name);
      this.messages = [...ends.values()].reduce((sum, end) => sum + end, 0);
      while (![...ends].every(([partition, end]) => (this.watch.progress.offsets.get(partition) ?? 0) === end)) {
        this.check();
        await delay(POLL_MS);
      }
    } finally {
      isOn = false;
    }
    await watching;
    // From here on nothing is to move.
    await this.watch.stop();
    await caughtUp(product);
    await this.untilReady();
    this.check();
    for (const place of this.places) await place.noteCounts();
    const ends = await Promise.all(this.places.map((place) => place.term(TERM_WITHIN_MS)));
    for (const [index, { code, tookMs }] of ends.entries()) {
      if (code === 0 || isLate(code, tookMs)) continue;
      const place = this.places[index];
      this.fail(
        `${place?.name ?? ''} ended at rest with code ${String(code)} after ${tookMs} ms\n${place?.lastOutput()}`,
      );
    }
    this.check();
  }

  figures(): Omit<ProcessesReport, 'verdict' | 'seconds'> {
    const acts = [...this.chaos.counts, ...this.servers.counts];
    return {
      seed: this.options.seed,
      messages: this.messages,
      acts: Object.fromEntries(acts.sort(([one], [other]) => (one < other ? -1 : 1))),
      logged: sums(this.places, ({ logged }) => logged),
      counted: sums(this.places, ({ counted }) => counted),
      recovery: recoverySpreads(this.chaos.recoveries.done),
      memoryMb: peakMemoryMb(this.places),
      termMs: spreadOf(this.chaos.termMs),
      standstillMs: Math.round(this.standstill.longestMs),
    };
  }

  /** Leaves no process behind, whatever has happened. */
  async end(): Promise<void> {
    this.failed.abort();
    await this.watch.stop();
    await endAll(this.places);
    await this.producer.disconnect();
  }

  private async watchForStandstill(isOn: () => boolean): Promise<void> {
    const isStuck = await this.standstill.watch(isOn, () => !this.chaos.isQuiet);
    if (!isStuck) return;
    const outputs = this.places.map((place) => `--- ${place.name}\n${place.lastOutput()}`);
    this.fail(`nothing has moved for a minute\n${outputs.join('\n')}`);
  }

  private async untilReady(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (const place of this.places) {
      for (;;) {
        const { status, body } = await place.readiness();
        if (status === 200) break;
        if (performance.now() > deadline) {
          this.fail(`${place.name} is not ready at rest: ${JSON.stringify(body)}\n${place.lastOutput()}`);
          return;
        }
        await delay(POLL_MS);
      }
    }
  }

  fail(what: string): void {
    this.failures.push(what);
    this.failed.abort();
  }

  private check(): void {
    if (this.failures.length === 0) return;
    throw new ProcessesFailed(this.failures.slice(0, FAILURES_SHOWN).join('\n\n'));
  }
}
