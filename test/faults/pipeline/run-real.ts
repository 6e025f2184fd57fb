import { startEmbeddedPostgres } from '@retention/platform';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RealPostgres } from './real-database.js';
import { runSeed } from './run-seed.js';
import type { SeedReport } from './run-seed.js';
import { openBrokers } from './simulated-brokers.js';

/** Several terms of a lease, on a machine that is busy. */
const PATIENCE_MS = 60_000;

/** A real PostgreSQL for the time of `use`: each seed gets a database of its own on it. */
export async function withRealPostgres(
  use: (run: (seed: number) => Promise<SeedReport>) => Promise<void>,
): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'retention-faults-'));
  chmodSync(dataFolder, 0o755); // mkdtemp makes it 0700, and the server's account has to get in when we are root.
  const server = await startEmbeddedPostgres({
    dataFolder,
    settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
    onLost: (reason) => {
      throw new Error(`the PostgreSQL of the run is gone: ${reason}`);
    },
  });
  try {
    const real = await RealPostgres.open(server.url);
    await use(async (seed) => {
      const { name, drop } = await real.database();
      try {
        return await runSeed(seed, (world) => ({
          database: real.serve(world, name),
          brokers: openBrokers(world),
          patienceMs: PATIENCE_MS,
        }));
      } finally {
        await drop();
      }
    });
  } finally {
    await server.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}
