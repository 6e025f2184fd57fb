import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Containers are killed after ten seconds, in the middle of whatever it is and with nothing in the log. */
const STOP_WITHIN_MS = 9_000;
/** npm passes on the Ctrl-C that the terminal sent to us already: the second of such a pair is not a second wish. */
const SAME_WISH_MS = 1_000;

export interface StoppedProcess {
  /** Ends everything in order. */
  readonly close: () => Promise<void>;
  /** Told why it did not end in order. */
  readonly onFailure: (message: string, error?: unknown) => void;
  readonly stopWithinMs?: number;
}

/**
 * Ends the process at SIGTERM or SIGINT: with exit code 0 once everything is closed, with 1 when that failed or takes too
 * long, since a database or broker that does not answer may never do so. Nothing is lost then: what was not committed was not
 * acknowledged, and its sender sends it again. A second signal ends the process at once, with 128 and its number.
 */
export function stopOnSignals({ close, onFailure, stopWithinMs = STOP_WITHIN_MS }: StoppedProcess): void {
  let firstAt: number | null = null;
  const stop = async (): Promise<void> => {
    setTimeout(() => {
      onFailure(`not everything had ended after ${stopWithinMs / 1000} s; what was not committed was not acknowledged`);
      process.exit(1);
    }, stopWithinMs);
    try {
      await close();
    } catch (error) {
      onFailure('the process could not end in order', error);
      process.exit(1);
    }
    process.exit(0);
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (firstAt === null) {
        firstAt = performance.now();
        void stop();
      } else if (performance.now() - firstAt > SAME_WISH_MS) {
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
}
