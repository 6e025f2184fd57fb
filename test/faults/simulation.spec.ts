import { describe, expect, it } from '@jest/globals';
import { faultsOf, runSeeds } from './runs.js';
import type { Store } from './runs.js';
import { Summary } from './summary.js';

/** What there is room for in the twenty minutes of CI, beside the other tests; `npm run faults` takes any number. */
const SEEDS = 1000;
/** A real PostgreSQL takes fifty times as long: about 9,000 statements a seed, one at a time. */
const SEEDS_ON_POSTGRES = 2;
const WITHIN_MS = 600_000;
const WORKERS = 2;

async function run(
  first: number,
  seeds: number,
  store: Store = 'memory',
): Promise<{ summary: Summary; failures: string[] }> {
  const summary = new Summary(store);
  const failures: string[] = [];
  const workers = store === 'memory' ? WORKERS : 1;
  await runSeeds({
    ...{ first, seeds, forMs: Infinity, workers, store, mutation: null },
    onEnd: (end) => {
      summary.add(end);
      const faults = faultsOf(end);
      if (faults.length > 0) failures.push(summary.failureText(end.seed, faults));
      return false;
    },
  });
  return { summary, failures };
}

describe('the whole pipeline in the simulated world', () => {
  it(
    'loses nothing, doubles nothing and never stands still, whatever goes wrong',
    async () => {
      const { summary, failures } = await run(1, SEEDS);
      expect(failures).toEqual([]);
      const { seeds, faultsLeast, faultsByKind, facts } = summary.figures();
      expect(seeds).toBe(SEEDS);
      expect(faultsLeast).toBeGreaterThanOrEqual(50);
      expect(Object.keys(faultsByKind).length).toBeGreaterThanOrEqual(20);
      expect(facts).toBeGreaterThan(SEEDS * 20);
    },
    WITHIN_MS,
  );

  it(
    'does so on a real PostgreSQL as well',
    async () => {
      const { summary, failures } = await run(1, SEEDS_ON_POSTGRES, 'postgres');
      expect(failures).toEqual([]);
      expect(summary.figures()).toMatchObject({ seeds: SEEDS_ON_POSTGRES, lost: 0, doubled: 0, wrong: 0, stuck: 0 });
    },
    WITHIN_MS,
  );

  it('comes to the same end from the same seed, in whatever process it runs', async () => {
    const [one, other] = [await run(1, 6), await run(1, 6)];
    expect(one.summary.figures().digests).toEqual(other.summary.figures().digests);
    expect(new Set(Object.values(one.summary.figures().digests)).size).toBe(6);
  });
});
