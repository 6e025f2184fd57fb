import { discardDeadLetter, requeueDeadLetter } from '@retention/ingestion';
import type { OperatedLetter } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { OpsFailure } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { printable } from '../terminal/text.js';
import { visitRuntime } from '../visit-runtime.js';
import { operatorNote } from './operator-note.js';
import type { Operation } from './operator-note.js';
import { operate } from './refused-operation.js';

export interface LetterOperation extends Operation {
  readonly what: 'requeue' | 'discard';
  readonly id: string;
}

/**
 * Sends the message of a dead letter through the writer again, or gives it up.
 * @throws UsageError for a note that cannot be kept; OpsFailure when there is no such letter, when it is done with, and when
 * the message is refused again.
 */
export async function operateDeadLetter(config: Config, operation: LetterOperation, output: Output): Promise<void> {
  const { what, id, isDryRun } = operation;
  const note = operatorNote(operation);
  await visitRuntime(config, async ({ writer, database }) => {
    const act = what === 'requeue' ? requeueDeadLetter : discardDeadLetter;
    const operated = await operate(() => act(writer, database, id, note, { dryRun: isDryRun }));
    await output.result({ ...operated, isDryRun }, () => [
      describeOperated(operated, isDryRun),
      isDryRun ? NOTHING_DONE : `By ${printable(note.by)}: ${printable(note.because)}`,
    ]);
    if (!isDryRun && operated.resolution === null) {
      throw new OpsFailure(`Dead letter ${id} is open: its message was refused again.`);
    }
  });
}

export const NOTHING_DONE = 'Nothing was done: it was asked for with --dry-run.';

function describeOperated({ letter: { id }, outcome, resolution }: OperatedLetter, isDryRun: boolean): string {
  const is = isDryRun ? 'would be' : 'is';
  if (outcome === null) return `Dead letter ${id} ${is} discarded.`;
  if ('reason' in outcome) {
    const why = `${outcome.code}: ${printable(outcome.reason)}`;
    return resolution === null
      ? `Dead letter ${id} ${is} refused again, ${why}`
      : `Dead letter ${id} ${is} ended, and its message kept as another: ${why}`;
  }
  return `Dead letter ${id} ${is} ${MEANINGS[outcome.status]}: ${printable(outcome.factId)}`;
}

const MEANINGS = {
  accepted: 'accepted',
  parked: 'taken in, and waits for another fact',
  duplicate: 'done with, for its fact is known already',
} as const;
