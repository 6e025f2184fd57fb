import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from './progress-watch.js';

/** Longer than any session, lease and pause before a restart, together. */
const STANDSTILL_MS_MAX = 60_000;
const POLL_MS = 500;
/** Longer than a session. */
const NOTED_MS_MIN = 8000;

/** Measures how long nothing moves though nothing is in the way, and says so when it is too long. */
export class Standstill {
  longestMs = 0;
  private movedAt = performance.now();
  private stood = '';

  constructor(private readonly onMoved: (what: string) => void) {}

  look({ at, offsets, applied }: Progress): void {
    const stands = JSON.stringify([[...offsets], [...applied]]);
    if (stands === this.stood) return;
    const stoodMs = at - this.movedAt;
    this.longestMs = Math.max(this.longestMs, stoodMs);
    if (stoodMs > NOTED_MS_MIN) this.onMoved(`moves again after ${(stoodMs / 1000).toFixed(1)} s of standstill`);
    this.stood = stands;
    this.movedAt = at;
  }

  /** Resolves when `isOn` is false or nothing has moved for too long; true in the latter case. */
  async watch(isOn: () => boolean, isExcused: () => boolean): Promise<boolean> {
    while (isOn()) {
      if (isExcused()) this.movedAt = performance.now();
      if (performance.now() - this.movedAt > STANDSTILL_MS_MAX) return true;
      await delay(POLL_MS);
    }
    return false;
  }
}
