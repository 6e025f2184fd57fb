export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** The command was called in a way it does not understand. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a person can mend, in one line. */
export class OpsFailure extends Error {
  override readonly name = 'OpsFailure';
}

/** A signal ended the command before it was done. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly exitCode: number) {
    super('interrupted');
  }
}

/**
 * Errors whose message is a line for a person. By name, because their classes are in libraries that a command may never
 * have loaded.
 */
const FOR_PEOPLE = new Set([
  'ConfigurationError',
  'CopyDiffers',
  'DatabaseUnavailable',
  'EmbeddedPostgresError',
  'EventsMoved',
  'EventStoreDbUnavailable',
  'FeedStandsStill',
  'FileDoorError',
  'LoginRefused',
  'OpsFailure',
  'PolicyRefused',
  'StartRefused',
  'StoresApart',
]);

/** The exit code for what ended a command. What a person should know of it is said; a fault of the product with its stack. */
export function exitCodeOf(error: unknown, say: (line: string) => void): number {
  if (!(error instanceof Error)) {
    say(String(error));
    return EXIT_FAILED;
  }
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof UsageError) {
    say(`error: ${error.message}`);
    return EXIT_USAGE;
  }
  const { code, severity, exitCode } = error as Error & { code?: string; severity?: string; exitCode?: number };
  // The command line's own errors have been said by then; to show help is none.
  if (code?.startsWith('commander.') === true) return exitCode === EXIT_OK ? EXIT_OK : EXIT_USAGE;
  if (FOR_PEOPLE.has(error.name)) say(error.message);
  else if (severity !== undefined || isLostConnection(error)) say(`The database failed: ${error.message}.`);
  else say(error.stack ?? error.message);
  return EXIT_FAILED;
}

function isLostConnection({ message, ...error }: Error & { code?: string; syscall?: string }): boolean {
  return /^Connection terminated|^timeout exceeded when trying to connect/.test(message) || error.syscall === 'connect';
}
