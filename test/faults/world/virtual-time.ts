import { realNow } from './real-time.js';
import type { SimulatedProcess, World } from './world.js';

/** The world that runs now. One Node process simulates one world at a time. */
let world: World | null = null;
/** What the clock of a process is off by, in milliseconds. */
const skews = new WeakMap<SimulatedProcess, number>();

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  Date: globalThis.Date,
  random: Math.random,
};

/** A timer of the world, as far as Node's own is used: `unref` has no meaning where no process ends by itself. */
class VirtualTimer {
  private cancelled: () => void;

  constructor(start: (timer: VirtualTimer) => () => void) {
    this.cancelled = start(this);
  }

  cancel(): void {
    this.cancelled();
  }

  replace(cancel: () => void): void {
    this.cancelled = cancel;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

type Callback = (...given: unknown[]) => void;

function startTimer(inWorld: World, action: () => void, delayMs: number): () => void {
  const scheduled = inWorld.schedule(delayMs, inWorld.current, action);
  return () => {
    scheduled.isCancelled = true;
  };
}

function setVirtualTimeout(callback: Callback, delayMs = 0, ...given: unknown[]): unknown {
  if (world === null) return real.setTimeout(callback, delayMs, ...given);
  const inWorld = world;
  return new VirtualTimer(() => startTimer(inWorld, () => callback(...given), delayMs));
}

function setVirtualInterval(callback: Callback, delayMs = 0, ...given: unknown[]): unknown {
  if (world === null) return real.setInterval(callback, delayMs, ...given);
  const inWorld = world;
  const everyMs = Math.max(1, delayMs);
  return new VirtualTimer((timer) => {
    const again = (): void => {
      timer.replace(startTimer(inWorld, again, everyMs));
      callback(...given);
    };
    return startTimer(inWorld, again, everyMs);
  });
}

function clearVirtual(timer: unknown): void {
  if (timer instanceof VirtualTimer) timer.cancel();
  else real.clearTimeout(timer as NodeJS.Timeout | undefined);
}

/** Whole milliseconds since 1970 by the clock of the process that runs now. */
function now(): number {
  if (world === null) return real.Date.now();
  return Math.floor(world.now) + (world.current === null ? 0 : (skews.get(world.current) ?? 0));
}

class VirtualDate extends real.Date {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(now());
    else super(...(given as [number]));
  }

  static override now(): number {
    return now();
  }
}

/** From now on timers, clocks and draws of this Node process are those of the world, until `leaveWorld`. */
export function enterWorld(entered: World): void {
  world = entered;
  const random = entered.random.fork();
  Object.assign(globalThis, {
    setTimeout: setVirtualTimeout,
    clearTimeout: clearVirtual,
    setInterval: setVirtualInterval,
    clearInterval: clearVirtual,
    Date: VirtualDate,
  });
  Object.defineProperty(performance, 'now', {
    configurable: true,
    writable: true,
    value: () => world?.now ?? realNow(),
  });
  Math.random = () => random.next();
}

export function leaveWorld(): void {
  world = null;
  const { setTimeout, clearTimeout, setInterval, clearInterval, Date } = real;
  Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval, Date });
  Object.defineProperty(performance, 'now', { configurable: true, writable: true, value: realNow });
  Math.random = real.random;
}

/** Puts the clock of a process forward, or back when negative. Its timers and the others' clocks are not touched. */
export function skewClock(process: SimulatedProcess, byMs: number): void {
  skews.set(process, (skews.get(process) ?? 0) + byMs);
}
