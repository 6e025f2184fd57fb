import type { Config } from '@retention/platform';
import { openRuntime } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { EXIT_FAILED } from './terminal/failure.js';

/** A person is waiting, and sees sooner than a process what is wrong. */
const DATABASE_WAIT_MS = 3_000;

/** Opens the database for one command, beside whatever runs on it, and closes it again. */
export async function visitRuntime<T>(config: Config, use: (runtime: Runtime) => Promise<T>): Promise<T> {
  const onLost = (reason: string): void => {
    process.stderr.write(`${reason}.\n`);
    process.exit(EXIT_FAILED);
  };
  const runtime = await openRuntime(config, 'ops', onLost, {
    joinRunning: true,
    databaseWaitMs: DATABASE_WAIT_MS,
  });
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}
