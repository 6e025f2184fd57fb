import { EventsMoved, EventStoreDbUnavailable, LoginRefused, StoresApart } from '@retention/event-store';
import { ConfigurationError, DatabaseUnavailable, EmbeddedPostgresError, loadConfig } from '@retention/platform';
import type { Config } from '@retention/platform';

/** Why a process cannot start, in one clear line for the person who started it. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** Loads the configuration and runs `main`. What a person can mend is said in one line, with exit code 1. */
export async function runProcess(env: NodeJS.ProcessEnv, main: (config: Config) => Promise<void>): Promise<void> {
  try {
    await main(loadConfig(env));
  } catch (error) {
    const line = explainStart(error);
    if (line === null) throw error;
    process.stderr.write(`${line}\n`);
    process.exitCode = 1;
  }
}

/** The line for a failure a person can mend; null for one that is a fault of the product. */
export function explainStart(error: unknown): string | null {
  if (
    error instanceof ConfigurationError ||
    error instanceof DatabaseUnavailable ||
    error instanceof EmbeddedPostgresError ||
    error instanceof EventsMoved ||
    error instanceof EventStoreDbUnavailable ||
    error instanceof LoginRefused ||
    error instanceof StoresApart ||
    error instanceof StartRefused
  ) {
    return error.message;
  }
  const { code, syscall, port } = error as { code?: string; syscall?: string; port?: number };
  if (syscall !== 'listen') return null;
  if (code === 'EADDRINUSE') return `Port ${String(port)} is taken by another process; set HTTP_PORT to a free one.`;
  if (code === 'EACCES') return `Port ${String(port)} may not be used by this user; set HTTP_PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return 'HTTP_HOST is no address of this machine.';
  return null;
}
