import { type HealthCheck, Standstill } from '@retention/platform';
import type { Runtime } from '../runtime.js';
import { unappliedShards } from './unapplied-shards.js';

/** A step that failed is tried again within ten seconds, and a shard passes to another process as fast. */
const STILL_SECONDS_MAX = 60;

/** How long read models have had events left to apply without any progress, as seen from one look to the next. */
export class ReadModelStandstill {
  private readonly standstill = new Standstill();

  constructor(private readonly runtime: Pick<Runtime, 'database' | 'store'>) {}

  /** Seconds of the slowest shard, by projection; those that are not in it have nothing left to apply. */
  async seconds(): Promise<Map<string, number>> {
    const shards = (await unappliedShards(this.runtime)).map((one) => ({
      ...one,
      key: `${one.projection}/${one.shard}`,
    }));
    const still = this.standstill.look(shards);
    const slowest = new Map<string, number>();
    for (const { projection, key } of shards) {
      slowest.set(projection, Math.max(slowest.get(projection) ?? 0, still.get(key) ?? 0));
    }
    return slowest;
  }
}

/** Down when whoever follows the feed gets no further, for whatever reason: a step that hangs fails nowhere. */
export function readModelProgress(
  runtime: Pick<Runtime, 'database' | 'store'>,
  stillSecondsMax = STILL_SECONDS_MAX,
): HealthCheck {
  const standstill = new ReadModelStandstill(runtime);
  return async () => {
    const still = [...(await standstill.seconds())];
    return {
      up: still.every(([, seconds]) => seconds <= stillSecondsMax),
      details: { stillSecondsMax, stillSeconds: Object.fromEntries(still) },
    };
  };
}
