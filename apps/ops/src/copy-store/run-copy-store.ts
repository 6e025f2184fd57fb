import { copyStore } from '@retention/event-store';
import type { CopyProgress, CopyReport, KeptIn } from '@retention/event-store';
import type { Config } from '@retention/platform';
import { duration } from '../ingest/progress-bar.js';
import { OpsFailure } from '../terminal/failure.js';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { VISIT, visitDatabase } from '../visit-runtime.js';

export interface CopyStoreRequest {
  readonly from: KeptIn;
  readonly to: KeptIn;
  readonly isSwitched: boolean;
}

const SAY_EVERY_MS = 2_000;

/** Copies the events of the database from one kind of store to the other, verifies the copy and has them kept there. */
export function runCopyStore(config: Config, request: CopyStoreRequest, output: Output): Promise<void> {
  const { eventStoreDb } = config.events;
  if (eventStoreDb === null) throw new OpsFailure('EVENTSTORE_URL is not set: it names the EventStoreDB of the copy.');
  return interruptible((signal) =>
    visitDatabase(config, async ({ database }) => {
      const startedAt = performance.now();
      const onProgress = progressLines((line) => {
        output.say(line);
      });
      const report = await copyStore(database, {
        ...request,
        eventStoreDb: { ...eventStoreDb, timing: { openPatienceMs: VISIT.databaseWaitMs } },
        signal,
        onProgress,
      });
      const seconds = (performance.now() - startedAt) / 1000;
      await output.result({ ...report, seconds: Math.round(seconds * 10) / 10 }, () => describe(report, seconds));
    }),
  );
}

function progressLines(say: (line: string) => void): (progress: CopyProgress) => void {
  let saidAt = performance.now();
  return ({ phase, events, totalEvents }) => {
    if (performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    say(`${phase}: ${events} of ${totalEvents} events`);
  };
}

function describe({ from, to, events, streams, copied, root, isSwitched }: CopyReport, seconds: number): string[] {
  return [
    `${events} events of ${streams} streams are in ${to} as they are in ${from}, ${copied} of them copied now, in ${duration(seconds)}.`,
    `Root hash of both: ${root}`,
    isSwitched
      ? `Events are kept in ${to} from now on: start every process with EVENT_STORE=${to}.`
      : `Events are kept in ${from} as before.`,
  ];
}
