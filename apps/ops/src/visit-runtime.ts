import type { Config } from '@retention/platform';
import { openDatabase, openRuntime } from '@retention/runtime';
import type { OpenDatabase, Runtime } from '@retention/runtime';
import { EXIT_FAILED } from './terminal/failure.js';

/** A person is waiting, and sees sooner than a process what is wrong. */
export const VISIT = { joinRunning: true, databaseWaitMs: 3_000 };

/** Opens the database for one command, beside whatever runs on it, and closes it again. */
export async function visitRuntime<T>(config: Config, use: (runtime: Runtime) => Promise<T>): Promise<T> {
  return visit(await openRuntime(config, 'ops', onLost, VISIT), use);
}

/** The same without a store on it: for what is done to the store itself. */
export async function visitDatabase<T>(config: Config, use: (opened: OpenDatabase) => Promise<T>): Promise<T> {
  return visit(await openDatabase(config, 'ops', onLost, VISIT), use);
}

async function visit<O extends { close(): Promise<void> }, T>(opened: O, use: (opened: O) => Promise<T>): Promise<T> {
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}

function onLost(reason: string): void {
  process.stderr.write(`${reason}.\n`);
  process.exit(EXIT_FAILED);
}
