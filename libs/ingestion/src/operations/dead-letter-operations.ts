import type pg from 'pg';
import type { Outcome } from '../message.js';
import { deadLetter } from '../queries.js';
import type { DeadLetterLine, KeptDeadLetter, Resolution } from '../queries.js';
import type { FactWriter } from '../writer/fact-writer.js';
import type { Operation } from '../writer/operation.js';
import { endLetters, keptItem, resolutionOf } from './ending-letters.js';
import { DeadLetterAlreadyResolved, DeadLetterWithoutMessage, UnknownDeadLetter } from './errors.js';
import { checkedNote } from './operator-note.js';
import type { OperatorNote } from './operator-note.js';
import { recorded } from './recorded-operation.js';

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
 * stays open and is counted; refused for another, it ends as `refused` and the message is kept under the new reason. A
 * fact of a customer who is parked stays kept: trying the customer again takes in all of them, in their order.
 * @throws OperatorNoteRefused, UnknownDeadLetter, DeadLetterAlreadyResolved, DeadLetterWithoutMessage.
 */
export function requeueDeadLetter(
  writer: FactWriter,
  database: pg.Pool,
  id: string,
  note: OperatorNote,
  { dryRun }: OperationOptions,
): Promise<OperatedLetter> {
  return operate({ writer, database, id, note, dryRun }, (letter) => {
    const item = keptItem(letter);
    if (item === null) throw new DeadLetterWithoutMessage(id);
    return {
      items: [item],
      operation: 'dead-letter-requeued',
      end: ([outcome = null]) => ({
        outcome,
        resolution: outcome === null ? null : resolutionOf(outcome, letter.code),
      }),
    };
  });
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
  return operate({ writer, database, id, note, dryRun }, () => ({
    items: [],
    operation: 'dead-letter-discarded',
    end: () => ({ outcome: null, resolution: 'discarded' }),
  }));
}

interface Request extends OperationOptions {
  readonly writer: FactWriter;
  readonly database: pg.Pool;
  readonly id: string;
  readonly note: OperatorNote;
}

type End = Pick<OperatedLetter, 'outcome' | 'resolution'>;

interface Plan {
  readonly items: readonly NonNullable<ReturnType<typeof keptItem>>[];
  readonly operation: 'dead-letter-requeued' | 'dead-letter-discarded';
  readonly end: (outcomes: readonly Outcome[]) => End;
}

async function operate(
  { writer, database, id, note: given, dryRun }: Request,
  planFor: (letter: KeptDeadLetter) => Plan,
): Promise<OperatedLetter> {
  const note = checkedNote(given);
  let letter = await openLetter(database, id);
  let plan = planFor(letter);
  let end: End = { outcome: null, resolution: null };
  const operation: Operation = {
    async prepare() {
      letter = await openLetter(database, id);
      plan = planFor(letter);
      return { items: plan.items, tries: null };
    },
    conclude({ outcomes }) {
      end = plan.end(outcomes);
      const { resolution } = end;
      const before = { code: letter.code, factId: letter.factId, seen: letter.seen, resolution: null };
      const after = { resolution, status: end.outcome?.status ?? null };
      return {
        companions: endLetters(resolution === null ? [] : [{ id, resolution }], note),
        events: [recorded(note, { operation: plan.operation, subject: id, before, after })],
        takesBack: false,
      };
    },
  };
  await (dryRun ? writer.rehearse(operation) : writer.operate(operation));
  const { body: _, headers: __, fact: ___, ...line } = (dryRun ? null : await deadLetter(database, id)) ?? letter;
  return { letter: line, ...end };
}

async function openLetter(database: pg.Pool, id: string): Promise<KeptDeadLetter> {
  const letter = await deadLetter(database, id);
  if (letter === null) throw new UnknownDeadLetter(id);
  const { resolution } = letter;
  if (resolution !== null) throw new DeadLetterAlreadyResolved({ ...letter, resolution });
  return letter;
}
