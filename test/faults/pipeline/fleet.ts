import type { Random } from '../world/random.js';
import type { SimulatedProcess, World } from '../world/world.js';
import { startApp } from './apps.js';
import type { AppKind, RunningApp, Surroundings } from './apps.js';

/** One place in which an app is kept running: what ends there is started again. */
export interface Slot {
  readonly kind: AppKind;
  process: SimulatedProcess | null;
  /** Null while it starts. */
  app: RunningApp | null;
  isStopping: boolean;
  /** False = whoever runs the slot has closed it for good. */
  isWanted: boolean;
}

/** A container is killed so long after it was asked to stop. */
export const STOP_WITHIN_MS = 10_000;

/** Keeps the processes of the product running, as an operator's process manager does. */
export class Fleet {
  readonly slots: Slot[] = [];
  /** Processes that had to be killed because they did not stop when asked, and what they waited for. */
  readonly killedWhileStopping: string[] = [];
  /** Why starts were refused, the last time each. */
  readonly refusedStarts = new Map<string, number>();
  stops = 0;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly random: Random,
  ) {}

  add(kind: AppKind, afterMs: number): Slot {
    const slot: Slot = { kind, process: null, app: null, isStopping: false, isWanted: true };
    this.slots.push(slot);
    this.startIn(slot, afterMs);
    return slot;
  }

  running(kind?: AppKind): (Slot & { readonly process: SimulatedProcess; readonly app: RunningApp })[] {
    return this.slots.filter(
      (slot): slot is Slot & { process: SimulatedProcess; app: RunningApp } =>
        slot.process !== null &&
        slot.app !== null &&
        !slot.isStopping &&
        !slot.process.isFrozen &&
        (kind === undefined || slot.kind === kind),
    );
  }

  isFull(): boolean {
    return this.slots.every(({ isWanted, app, isStopping, process }) =>
      isWanted ? app !== null && !isStopping && process?.isFrozen === false : process === null,
    );
  }

  kill(slot: Slot): void {
    if (slot.process === null) return;
    this.world.kill(slot.process);
    this.emptied(slot);
  }

  /** SIGTERM, and SIGKILL when it takes too long. */
  stop(slot: Slot): void {
    const { app, process } = slot;
    if (app === null || process === null || slot.isStopping) return;
    slot.isStopping = true;
    this.stops += 1;
    const tooLong = this.world.schedule(STOP_WITHIN_MS, null, () => {
      this.killedWhileStopping.push(`${slot.kind} ${process.id}`);
      this.kill(slot);
    });
    this.world.schedule(0, process, () => {
      const ended = (): void => {
        tooLong.isCancelled = true;
        this.kill(slot);
      };
      app.stop().then(ended, ended);
    });
  }

  /** For good: its work passes to the others. */
  close(slot: Slot): void {
    slot.isWanted = false;
    this.stop(slot);
  }

  private get world(): World {
    return this.surroundings.world;
  }

  private emptied(slot: Slot): void {
    slot.process = null;
    slot.app = null;
    slot.isStopping = false;
    if (slot.isWanted) this.startIn(slot, this.random.whole(50, 3000));
  }

  private startIn(slot: Slot, afterMs: number): void {
    this.world.schedule(afterMs, null, () => {
      if (!slot.isWanted || slot.process !== null) return;
      const process = this.world.start(`${slot.kind}-${this.slots.indexOf(slot)}`);
      slot.process = process;
      this.world.schedule(0, process, () => {
        startApp(slot.kind, process, this.surroundings, this.random).then(
          (app) => {
            slot.app = app;
          },
          (error: unknown) => {
            // An app that cannot reach its database ends, and is started again.
            this.refusedStarts.set(String(error), (this.refusedStarts.get(String(error)) ?? 0) + 1);
            this.kill(slot);
          },
        );
      });
    });
  }
}
