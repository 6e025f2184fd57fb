import { LIMITS } from './limits.js';

/** Every reason for which a message is refused, with the sentence a runbook shows for it. */
export const REFUSAL_MEANINGS = {
  'empty-message': 'The value is null (a tombstone) or has no bytes.',
  'too-large': 'The message or the batch has more bytes than the limit.',
  'too-deep': 'Objects and arrays are nested deeper than the limit.',
  'too-many-keys': 'The message has more keys than the limit.',
  'too-many-elements': 'The batch has more elements than the limit.',
  'invalid-encoding': 'The bytes are not UTF-8 without a byte order mark.',
  'invalid-json': 'The bytes are not one JSON text.',
  'not-an-object': 'The JSON text is not an object.',
  'unsupported-content-type': 'The content type is not JSON.',
  'forbidden-key': 'A key is __proto__, constructor or prototype.',
  'forbidden-character': 'A string or key holds U+0000 or half of a surrogate pair.',
  'invalid-envelope': 'An attribute of the CloudEvents envelope breaks its rule.',
  'unknown-type': 'The contract has no message of this type.',
  'unknown-version': 'The contract has this message, but not in this version.',
  'unknown-schema': 'dataschema does not name the schema of the message type.',
  'missing-field': 'A required field is absent or null.',
  'wrong-type': 'A field has another JSON type than the contract says.',
  'invalid-id': 'An id has characters or a length that ids do not have.',
  'invalid-amount': 'An amount or rate is not a decimal string in its range.',
  'unknown-currency': 'The currency is not an ISO 4217 code in use.',
  'invalid-date': 'A day is not a real calendar day between 1900 and 2200.',
  'invalid-time': 'The time is not an RFC 3339 date-time with an offset.',
  'invalid-number': 'A number is not whole, out of its range, or too large to be kept.',
  'invalid-text': 'A text is empty or too long.',
  'invalid-choice': 'A value is not one of those the contract lists.',
  'invalid-list': 'A list is too long or has an entry twice.',
  'day-ahead': 'A business day is reported closed that has not begun: what it decides could not be taken back.',
  'date-order': 'A period ends before it begins.',
  'split-mismatch': 'The parts of a repayment are more than the repayment.',
  'subject-mismatch': 'The envelope names another customer than the data.',
} as const satisfies Readonly<Record<string, string>>;

export type RefusalCode = keyof typeof REFUSAL_MEANINGS;

export const REFUSAL_CODES: readonly RefusalCode[] = Object.keys(REFUSAL_MEANINGS) as RefusalCode[];

/** The expected "no" to a message. It never holds personal data and is safe to log, store and show. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly code: RefusalCode;
  /** Path of the field at fault (`data.principal`, `time`), or null when the message as a whole is. */
  readonly field: string | null;
  readonly reason: string;
  /** `<source>#<id>`, where the envelope got far enough to tell. */
  readonly factId: string | null;
}

export function refuse(code: RefusalCode, field: string | null, reason: string, factId: string | null = null): Refusal {
  return { kind: 'refusal', code, field, reason, factId };
}

export type Json = string | number | boolean | null | readonly unknown[] | Readonly<Record<string, unknown>>;

/** The value as a reason may show it: its kind for what is not a string, else its start, escaped. */
export function shown(value: Json): string {
  if (value === null) return 'null was given';
  if (Array.isArray(value)) return 'an array was given';
  if (typeof value === 'string') return `${quoted(value)} was given`;
  if (typeof value === 'object') return 'an object was given';
  return `the ${typeof value} ${String(value)} was given`;
}

/** JSON escapes keep control characters and broken surrogates of the sender out of logs and of the database. */
export function quoted(text: string): string {
  const start = JSON.stringify(text.slice(0, LIMITS.quotedLength));
  const bounded = start.length <= LIMITS.quotedLength + 18 ? start : `${start.slice(0, LIMITS.quotedLength)}"`;
  return text.length > LIMITS.quotedLength || bounded !== start ? `${bounded}…` : bounded;
}
