import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../world/random.js';
import type { AppPlace } from './app-place.js';
import { add } from './app-place.js';
import type { App, ChaosPlan, ProcessAct, ServerAct } from './chaos-plan.js';
import type { Progress, ProgressWatch } from './progress-watch.js';
import { isOf, ProjectorWorkers } from './projector-workers.js';
import { Recoveries } from './recoveries.js';
import type { Struck } from './recoveries.js';
import type { ServerChaos } from './server-chaos.js';

/** A process that is told to stop and has not ended for so long hangs. */
const TERM_WITHIN_MS = 60_000;
/** The product gives itself so long to end in order, and then ends with code 1. A machine that is slow enough needs longer. */
const IN_ORDER_WITHIN_MS = 9000;
/** An act comes within this time after it was announced and its facts were published. */
const STRIKE_WITHIN_MS = 800;
/** Every other time the next process comes after a pause, up to so many times what the others wait before they take over. */
const RESTART_PAUSE_SILENCES = 1.3;
const STARTING_MS_MAX = 2500;
/** A frozen process sleeps so much longer than its session or lease. */
const OVERSLEEP_MS = [500, 3000] as const;
/** A process that has just been asked something is at no random moment. */
const ASKED_BEFORE_MS = 50;
const POLL_MS = 150;
/** A process for which there was work, and that has taken nothing for so long since servers are up, is stuck. */
const BUSY_WITHIN_MS = 180_000;

export interface ChaosParts {
  readonly plan: ChaosPlan;
  readonly random: Random;
  readonly places: readonly AppPlace[];
  readonly servers: ServerChaos;
  readonly watch: ProgressWatch;
  /** How long a process may be silent before its work passes to others. */
  readonly silenceMs: Readonly<Record<App, number>>;
  /** Aborted when the run has failed. */
  readonly signal: AbortSignal;
  readonly onFailure: (what: string) => void;
  /** Told of each act when it begins, and of each recovery. */
  readonly onAct: (what: string) => void;
}

/** Strikes processes and servers as planned, each at a random moment, and starts again what it ended. */
export class Chaos {
  /** How often each kind of act struck, by `<act> <app>`. */
  readonly counts = new Map<string, number>();
  readonly termMs: number[] = [];
  readonly recoveries: Recoveries;
  private readonly workers: ProjectorWorkers;
  private readonly total: number;
  private announced = 0;
  private done = 0;
  private frozen = 0;

  constructor(private readonly parts: ChaosParts) {
    const { processActs } = parts.plan;
    this.total = Object.values(processActs).reduce((sum, acts) => sum + acts.length, 0);
    this.workers = new ProjectorWorkers(parts.places.filter(({ app }) => app === 'projector'));
    this.recoveries = new Recoveries(() => parts.servers.outageChanges, parts.onAct);
  }

  /** The share of the facts that may be published by now: those of an act come just before it, and some before the first. */
  get share(): number {
    return (this.announced + 1) / (this.total + 1);
  }

  /** True while servers are up and no process sleeps: then somebody has to get on. */
  get isQuiet(): boolean {
    return this.parts.servers.outageChanges % 2 === 0 && this.frozen === 0;
  }

  look(progress: Progress): void {
    this.recoveries.look(progress);
    this.workers.look(progress);
  }

  /** Resolves when everything planned is done and every process is at work again, or when the run has failed. */
  async run(): Promise<void> {
    const { plan, places } = this.parts;
    const decks: Record<App, ProcessAct[]> = {
      ingest: [...plan.processActs.ingest],
      projector: [...plan.processActs.projector],
    };
    await Promise.all(places.map((place) => this.start(place)));
    const strikers = [...places.map((place) => this.strikeOn(place, decks[place.app])), this.strikeServers()];
    await Promise.all(
      strikers.map((striker) => striker.catch((error: unknown) => this.parts.onFailure(String(error)))),
    );
  }

  private async strikeServers(): Promise<void> {
    const { servers, plan, random, signal, onAct } = this.parts;
    const moments = plan.serverActs.map(() => random.next()).sort((one, other) => one - other);
    for (const [index, act] of plan.serverActs.entries()) {
      while (this.done / this.total < (moments[index] ?? 1)) {
        if (signal.aborted) return;
        await delay(POLL_MS);
      }
      onAct(act);
      await servers.strike(act);
      if (act !== 'terminate-backends') this.serverIsBack(act);
    }
  }

  private serverIsBack(act: ServerAct): void {
    const apps: readonly App[] = act === 'postgres-stop' ? ['ingest', 'projector'] : ['ingest'];
    for (const app of apps) this.recoveries.struck({ act, app, held: null, isStruck: () => false })();
  }

  private async strikeOn(place: AppPlace, deck: ProcessAct[]): Promise<void> {
    const random = this.parts.random.fork();
    for (;;) {
      await this.untilBusy(place);
      const act = this.parts.signal.aborted ? undefined : deck.shift();
      if (act === undefined) return;
      this.announced += 1;
      await delay(random.whole(0, STRIKE_WITHIN_MS));
      this.parts.onAct(`${act} ${place.name}`);
      await this.strike(place, act, random);
      this.done += 1;
    }
  }

  private async strike(place: AppPlace, act: ProcessAct, random: Random): Promise<void> {
    switch (act) {
      case 'kill':
        return this.kill(place, random);
      case 'kill-starting':
        await this.kill(place, random);
        await delay(random.whole(0, STARTING_MS_MAX));
        this.count(act, place);
        await place.kill();
        return this.start(place);
      case 'term':
        return this.term(place, random);
      case 'freeze':
        return this.freeze(place, random);
    }
  }

  private async kill(place: AppPlace, random: Random): Promise<void> {
    await place.noteCounts();
    await delay(random.whole(0, ASKED_BEFORE_MS));
    const isBack = this.recoveries.struck({ act: 'kill', ...this.holdings(place) });
    await place.kill();
    this.count('kill', place);
    await this.pause(place, random);
    isBack();
    await this.start(place);
  }

  private async term(place: AppPlace, random: Random): Promise<void> {
    await place.noteCounts();
    const [struck, at] = [this.holdings(place), performance.now()];
    const { code, tookMs } = await place.term(TERM_WITHIN_MS);
    const isBack = this.recoveries.struck({ act: 'term', ...struck, at });
    this.count('term', place);
    this.termMs.push(tookMs);
    if (isLate(code, tookMs)) add(this.counts, `late term ${place.app}`, 1);
    else if (code !== 0) {
      const how = `exit code ${String(code)} after ${Math.round(tookMs)} ms`;
      this.parts.onFailure(`${place.name} did not end in order on SIGTERM: ${how}\n${place.lastOutput()}`);
    }
    await this.pause(place, random);
    isBack();
    await this.start(place);
  }

  private async freeze(place: AppPlace, random: Random): Promise<void> {
    const isBack = this.recoveries.struck({ act: 'freeze', ...this.holdings(place) });
    place.freeze();
    this.frozen += 1;
    this.count('freeze', place);
    await delay(this.parts.silenceMs[place.app] + random.whole(...OVERSLEEP_MS));
    this.workers.begins(place);
    place.wake();
    this.frozen -= 1;
    isBack();
  }

  private holdings(place: AppPlace): Pick<Struck, 'app' | 'held' | 'isStruck'> {
    const { app, pid } = place;
    const held = app === 'ingest' ? place.partitions : this.workers.shardsOf(place, this.parts.watch.progress);
    return { app, held, isStruck: (worker) => isOf(worker, { pid }) };
  }

  private async pause({ app }: AppPlace, random: Random): Promise<void> {
    const mostMs = this.parts.silenceMs[app] * RESTART_PAUSE_SILENCES;
    const pauseMs = random.whole(0, mostMs);
    if (random.chance(0.5)) await delay(pauseMs);
  }

  private count(act: ProcessAct, { app }: AppPlace): void {
    add(this.counts, `${act} ${app}`, 1);
  }

  private async start(place: AppPlace): Promise<void> {
    if (this.parts.signal.aborted) return;
    this.workers.begins(place);
    await place.start();
  }

  /** Until the process of the place has taken something since it was started or woken. */
  private async untilBusy(place: AppPlace): Promise<void> {
    const { servers, signal } = this.parts;
    let [outages, since] = [servers.outageChanges, performance.now()];
    while (!signal.aborted && !(await this.isBusy(place))) {
      await delay(POLL_MS);
      if (outages !== servers.outageChanges || outages % 2 === 1) {
        [outages, since] = [servers.outageChanges, performance.now()];
      }
      if (performance.now() - since < BUSY_WITHIN_MS) continue;
      const limit = `${BUSY_WITHIN_MS / 1000} s`;
      this.parts.onFailure(`${place.name} has taken nothing for ${limit}\n${place.lastOutput()}`);
      return;
    }
  }

  private async isBusy(place: AppPlace): Promise<boolean> {
    if (place.app === 'projector') return this.workers.isBusy(place);
    return ((await place.lastBatchAt()) ?? 0) > place.startedAt;
  }
}

/** It gave up on what would not end in time, and said so: nothing of it was acknowledged. */
export function isLate(code: number | null, tookMs: number): boolean {
  return code === 1 && tookMs >= IN_ORDER_WITHIN_MS;
}
