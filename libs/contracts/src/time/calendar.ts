import { LIMITS } from '../limits.js';

const ZERO = 48;
const HYPHEN = 45;
const COLON = 58;
const POINT = 46;
const PLUS = 43;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY_LENGTH = 10;
const SECOND_END = 19;
const FRACTION_DIGITS_MAX = 9;

/** Whether the text is `YYYY-MM-DD` and such a day exists: 2024-02-29 does, 2026-02-30 does not. */
export function isCalendarDay(text: string): boolean {
  return text.length === DAY_LENGTH && startsWithCalendarDay(text);
}

/**
 * Milliseconds since the epoch of an RFC 3339 date-time with offset; NaN for anything else.
 *
 * `Date.parse` is no help: it takes 2026-02-30, hour 24 and a time without a zone. Digits past the millisecond are cut.
 */
export function instantOf(text: string): number {
  if (text !== last.text) last = { text, instant: parsedInstant(text) };
  return last.instant;
}

/** The envelope's rule asks first and the reader right after it, about the same text. */
let last = { text: '', instant: Number.NaN };

function parsedInstant(text: string): number {
  const length = text.length;
  if (length <= SECOND_END || !startsWithCalendarDay(text)) return Number.NaN;
  const separator = text.charCodeAt(DAY_LENGTH) | 0x20;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // An invalid pair of digits is NaN, and no comparison with NaN is true.
  const clockHolds = separator === 116 && hour < 24 && minute < 60 && second < 60;
  if (!clockHolds || text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return Number.NaN;

  let index = SECOND_END;
  let millisecond = 0;
  if (text.charCodeAt(index) === POINT) {
    const start = ++index;
    let weight = 100;
    for (let digit = digitAt(text, index); digit >= 0; digit = digitAt(text, ++index)) {
      millisecond += Math.floor(digit * weight);
      weight = weight > 1 ? weight / 10 : 0;
    }
    if (index === start || index - start > FRACTION_DIGITS_MAX) return Number.NaN;
  }
  const offsetMinutes = offsetAt(text, index);
  return (
    Date.UTC(fourDigits(text), twoDigits(text, 5) - 1, twoDigits(text, 8), hour, minute, second, millisecond) -
    offsetMinutes * 60_000
  );
}

/** Offset from UTC that ends the text at `index`, in minutes; NaN when it is not `Z` or `±HH:MM`. */
function offsetAt(text: string, index: number): number {
  const sign = text.charCodeAt(index);
  if ((sign | 0x20) === 122) return text.length === index + 1 ? 0 : Number.NaN;
  if ((sign !== PLUS && sign !== HYPHEN) || text.length !== index + 6) return Number.NaN;
  const hours = twoDigits(text, index + 1);
  const minutes = twoDigits(text, index + 4);
  if (!(hours < 24 && minutes < 60) || text.charCodeAt(index + 3) !== COLON) return Number.NaN;
  return (hours * 60 + minutes) * (sign === PLUS ? 1 : -1);
}

function startsWithCalendarDay(text: string): boolean {
  if (text.charCodeAt(4) !== HYPHEN || text.charCodeAt(7) !== HYPHEN) return false;
  const year = fourDigits(text);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (!(year >= LIMITS.yearFirst && year <= LIMITS.yearLast && month >= 1 && month <= 12 && day >= 1)) return false;
  const leapDay = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return day <= (DAYS_OF_MONTH[month - 1] ?? 0) + leapDay;
}

function digitAt(text: string, index: number): number {
  const digit = text.charCodeAt(index) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

function twoDigits(text: string, index: number): number {
  const tens = digitAt(text, index);
  const ones = digitAt(text, index + 1);
  return tens < 0 || ones < 0 ? Number.NaN : tens * 10 + ones;
}

function fourDigits(text: string): number {
  return twoDigits(text, 0) * 100 + twoDigits(text, 2);
}
