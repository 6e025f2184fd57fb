import type { NewEvent } from '@retention/event-store';
import type { OperatorNote } from './operator-note.js';

/** How a dead letter stood, or a parked customer; null = not parked. */
export type Standing = Readonly<Record<string, string | number | null>> | null;

/** What an operator did, as the stream `operations` keeps it. When, the store says. */
export interface OperationRecorded extends OperatorNote {
  readonly type: 'operation-recorded';
  readonly operation: 'dead-letter-requeued' | 'dead-letter-discarded' | 'parked-customer-retried';
  /** Id of the letter, or of the customer. */
  readonly subject: string;
  readonly before: Standing;
  readonly after: Standing;
}

export function recorded(
  note: OperatorNote,
  what: Pick<OperationRecorded, 'operation' | 'subject' | 'before' | 'after'>,
): NewEvent {
  const event: OperationRecorded = { type: 'operation-recorded', ...note, ...what };
  return { type: event.type, payload: JSON.stringify(event), origin: null };
}
