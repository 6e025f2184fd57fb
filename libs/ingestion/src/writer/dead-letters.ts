import type { IncomingFact } from '@retention/contracts';
import { createHash } from 'node:crypto';
import type { Companion } from '@retention/event-store';
import { byteaArray, int4Array, textArray, uuidArray } from '@retention/platform';
import type { Message, Origin, RejectionCode } from '../message.js';
import type { ReadItem, Reason } from './prepared.js';

export interface DeadLetter {
  readonly code: RejectionCode;
  readonly field: string | null;
  readonly reason: string;
  readonly factId: string | null;
  readonly origin: Origin;
  readonly headers: Message['headers'];
  readonly bytes: Buffer | null;
  /** Of a fact that is in order, and kept because its customer cannot be decided; else null. */
  readonly kept: KeptFact | null;
}

export interface KeptFact {
  readonly customerId: string;
  readonly read: IncomingFact;
  /** It came in no message: the fact itself is kept. */
  readonly isReported: boolean;
}

export function letterOf({ message, origin }: ReadItem, why: Reason, kept: KeptFact | null = null): DeadLetter {
  const { code, field, reason, factId } = why;
  const { bytes, headers } = message ?? { bytes: null, headers: {} };
  return { code, field, reason, factId, origin, headers, bytes, kept };
}

/** What comes again after its letter has ended is open again: somebody has to see it. */
const UPSERT = `
  INSERT INTO ingestion.dead_letter AS d
    (digest, code, field, reason, fact_id, door, origin, headers, body, seen, customer_id, fact)
  SELECT digest, code, field, reason, fact_id, door, origin::json, headers::json, body, seen, customer_id, fact::json
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bytea[], $10::int[], $11::text[], $12::text[])
    AS l(digest, code, field, reason, fact_id, door, origin, headers, body, seen, customer_id, fact)
  ON CONFLICT (digest) DO UPDATE SET seen = d.seen + excluded.seen,
    resolution = NULL, resolved_at = NULL, resolved_by = NULL, resolved_because = NULL`;

/** One row for the same bytes refused for the same reason, however often they come. */
export function keepDeadLetters(letters: readonly DeadLetter[]): Companion[] {
  if (letters.length === 0) return [];
  const byDigest = new Map<string, { letter: DeadLetter; seen: number }>();
  for (const letter of letters) {
    const digest = digestOf(letter);
    const known = byDigest.get(digest);
    if (known === undefined) byDigest.set(digest, { letter, seen: 1 });
    else known.seen += 1;
  }
  const ordered = [...byDigest].sort(([one], [other]) => (one < other ? -1 : 1));
  // Kept facts are taken in by the order of their ids some day, which is the one in which they are written here.
  const ofParked = [...byDigest].filter(([, { letter }]) => letter.kept !== null);
  return [...upsert(ordered.filter(([, { letter }]) => letter.kept === null)), ...upsert(ofParked)];
}

type Row = readonly [digest: string, counted: { readonly letter: DeadLetter; readonly seen: number }];

function upsert(rows: readonly Row[]): Companion[] {
  if (rows.length === 0) return [];
  const texts = (of: (letter: DeadLetter) => string | null): Buffer =>
    textArray(rows.map(([, { letter }]) => of(letter)));
  const values = [
    uuidArray(rows.map(([digest]) => digest)),
    texts((letter) => letter.code),
    texts((letter) => letter.field),
    texts((letter) => letter.reason),
    texts((letter) => letter.factId),
    texts((letter) => letter.origin.door),
    texts((letter) => JSON.stringify(letter.origin)),
    texts((letter) => JSON.stringify(headersAsText(letter.headers))),
    byteaArray(rows.map(([, { letter }]) => letter.bytes)),
    int4Array(rows.map(([, { seen }]) => seen)),
    texts(({ kept }) => kept?.customerId ?? null),
    texts(({ kept }) => (kept?.isReported === true ? JSON.stringify(kept.read) : null)),
  ];
  return [{ text: UPSERT, values, rows: rows.length }];
}

/** Facts that are in order are told apart by what they say: in binary mode two of them may have the same bytes. */
function digestOf({ code, factId, bytes, kept }: DeadLetter): string {
  const hash = createHash('sha256').update(code).update('\n');
  if (kept !== null) hash.update(`${kept.read.identityKey} ${kept.read.contentHash}`);
  else if (bytes === null) hash.update(`no value of ${factId ?? 'no fact'}`);
  else hash.update(bytes);
  return hash.digest('hex').slice(0, 32);
}

/** Header values that are not UTF-8 are kept as base64, so that the dead-letter topic gets the bytes that came. */
function headersAsText(headers: Message['headers']): Record<string, { text: string } | { base64: string }> {
  const kept: Record<string, { text: string } | { base64: string }> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) continue;
    const text = value.toString('utf8');
    const isText = typeof value === 'string' || (Buffer.from(text).equals(value) && !text.includes('\u0000'));
    Object.defineProperty(kept, name.replaceAll('\u0000', ''), {
      enumerable: true,
      value: isText ? { text } : { base64: Buffer.from(value).toString('base64') },
    });
  }
  return kept;
}
