import { constants } from 'node:os';
import { Interrupted } from './failure.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** npm passes on the Ctrl-C that the terminal sent to us already: the second of such a pair is not a second wish. */
const SAME_WISH_MS = 1_000;

/**
 * Lets work come to an orderly end at Ctrl-C: the signal aborts, and when the work is over `Interrupted` is thrown with the
 * exit code of the signal. Pressed again later, Ctrl-C ends the process at once.
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  let first: { readonly at: number; readonly exitCode: number } | null = null;
  const onSignal = (name: NodeJS.Signals): void => {
    if (first === null) {
      first = { at: performance.now(), exitCode: 128 + constants.signals[name] };
      stopping.abort(new Interrupted(first.exitCode));
    } else if (performance.now() - first.at > SAME_WISH_MS) {
      process.exit(first.exitCode);
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    await work(stopping.signal);
    stopping.signal.throwIfAborted();
  } catch (error) {
    const isAbort = error instanceof Error && error.name === 'AbortError';
    throw isAbort ? stopping.signal.reason : error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
