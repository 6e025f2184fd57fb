import { createHash } from 'node:crypto';
import type { Companion } from '@retention/event-store';
import { byteaArray, int4Array, textArray, uuidArray } from '@retention/platform';
import type { Message, Origin, RejectionCode } from '../message.js';

export interface DeadLetter {
  readonly code: RejectionCode;
  readonly field: string | null;
  readonly reason: string;
  readonly factId: string | null;
  readonly origin: Origin;
  readonly headers: Message['headers'];
  readonly bytes: Buffer | null;
}

const UPSERT = `
  INSERT INTO ingestion.dead_letter AS d (digest, code, field, reason, fact_id, door, origin, headers, body, seen)
  SELECT digest, code, field, reason, fact_id, door, origin::json, headers::json, body, seen
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bytea[], $10::int[]) AS l(digest, code, field, reason, fact_id, door, origin, headers, body, seen)
  ON CONFLICT (digest) DO UPDATE SET seen = d.seen + excluded.seen`;

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
  const rows = [...byDigest].sort(([one], [other]) => (one < other ? -1 : 1));
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
  ];
  return [{ text: UPSERT, values, rows: rows.length }];
}

function digestOf({ code, factId, bytes }: DeadLetter): string {
  const hash = createHash('sha256').update(code).update('\n');
  if (bytes === null) hash.update(`no value of ${factId ?? 'no fact'}`);
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
