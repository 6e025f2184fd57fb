import type pg from 'pg';
import type { Outcome } from '../message.js';
import type { DeadLetterLine, Resolution } from '../queries.js';
import type { FactWriter } from '../writer/fact-writer.js';
import type { OperatorNote } from './operator-note.js';

export interface OperationOptions {
  /** Says what would happen and changes nothing. */
  readonly dryRun: boolean;
}

/** A dead letter as it stands after an operation (after a dry run: as it stands unchanged). */
export interface OperatedLetter {
  readonly letter: DeadLetterLine;
  /** What became of the message, or would become of it at this moment; null for a letter that is discarded. */
  readonly outcome: Outcome | null;
  /** How the letter ended, or would end; null = it stays open, refused again for the same reason. */
  readonly resolution: Resolution | null;
}

/**
 * Sends the message of an open letter through the writer again, with its headers and where it first came in. Accepted,
 * parked or known by now, the letter ends in the same append, with who, why and when. Refused for the same reason, it
 * stays open and is counted; refused for another, it ends as `refused` and the message is kept under the new reason.
 * @throws OperatorNoteRefused, UnknownDeadLetter, DeadLetterAlreadyResolved, DeadLetterWithoutMessage.
 */
export function requeueDeadLetter(
  writer: FactWriter,
  database: pg.Pool,
  id: string,
  note: OperatorNote,
  { dryRun }: OperationOptions,
): Promise<OperatedLetter> {
  return Promise.reject(new Error(`not built: ${String([writer, database, id, note, dryRun])}`));
}

/**
 * Ends an open letter without its message: somebody has decided that it is not to be taken in. The row stays.
 * @throws OperatorNoteRefused, UnknownDeadLetter, DeadLetterAlreadyResolved.
 */
export function discardDeadLetter(
  writer: FactWriter,
  database: pg.Pool,
  id: string,
  note: OperatorNote,
  { dryRun }: OperationOptions,
): Promise<OperatedLetter> {
  return Promise.reject(new Error(`not built: ${String([writer, database, id, note, dryRun])}`));
}
