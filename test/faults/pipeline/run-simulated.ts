import { SimulatedPostgres } from '../database/simulated-postgres.js';
import { isRaising } from '../world/simulated-pool.js';
import { runSeed } from './run-seed.js';
import type { SeedReport } from './run-seed.js';
import { openBrokers } from './simulated-brokers.js';

/** One seed over the database in memory. */
export function runSimulated(seed: number): Promise<SeedReport> {
  return runSeed(seed, (world) => {
    const server = new SimulatedPostgres({
      now: () => world.now,
      random: world.random.fork(),
      // The product bears errors of the database; that the simulation knows a statement no longer is none of them.
      onUnknown: (error) => {
        if (!isRaising(error.message)) world.fail(error);
      },
    });
    return {
      database: Object.assign(server, { end: () => Promise.resolve() }),
      brokers: openBrokers(world),
      patienceMs: 0,
    };
  });
}
