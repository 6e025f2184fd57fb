import type { Companion } from '@retention/event-store';
import { int8Array } from '@retention/platform';
import type { Outcome } from '../message.js';
import type { KeptDeadLetter, KeptHeader, Resolution } from '../queries.js';
import type { Message, ReportedFact } from '../message.js';
import type { OperatorNote } from './operator-note.js';

/** What the letter holds, as it came; null when it holds nothing that could be sent. */
export function keptItem({ body, headers, fact, origin }: KeptDeadLetter): Message | ReportedFact | null {
  if (fact !== null) return { kind: 'reported', fact, origin };
  if (body === null && origin.door === 'stream') return null;
  const came = Object.entries(headers).map(([name, header]) => [name, valueOf(header)] as const);
  return { kind: 'message', bytes: body, headers: Object.fromEntries(came), origin };
}

function valueOf(header: KeptHeader): string | Buffer {
  return 'text' in header ? header.text : Buffer.from(header.base64, 'base64');
}

/** How a letter ends whose message was sent again; null = refused for the same reason, it stays open. */
export function resolutionOf(outcome: Outcome, code: KeptDeadLetter['code']): Resolution | null {
  if (outcome.status !== 'refused' && outcome.status !== 'conflicting-duplicate') return outcome.status;
  return outcome.code === code ? null : 'refused';
}

export interface LetterEnd {
  readonly id: string;
  readonly resolution: Resolution;
}

/** Ends open letters: a statement for each of the few ways in which they end. */
export function endLetters(ends: readonly LetterEnd[], { by, because }: OperatorNote): Companion[] {
  const ways = [...new Set(ends.map(({ resolution }) => resolution))].sort();
  return ways.map((way) => {
    const ids = ends.filter(({ resolution }) => resolution === way).map(({ id }) => Number(id));
    return {
      text: `UPDATE ingestion.dead_letter
        SET resolution = $2, resolved_at = now(), resolved_by = $3, resolved_because = $4
        WHERE id = ANY($1::bigint[]) AND resolution IS NULL`,
      values: [int8Array(ids), way, by, because],
      rows: ids.length,
    };
  });
}
