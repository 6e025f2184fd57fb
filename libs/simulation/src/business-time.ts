/**
 * Days and times of the lender, computed by hand: `Date` and `Intl` would bring in the time zone and the locale of the
 * machine, and with them other bytes.
 */

/** Days since 1970-01-01 in the business time zone. */
export type DayNumber = number;
/** Seconds since 1970-01-01T00:00:00 on the lender's own wall clock. */
export type WallSecond = number;

export const SECONDS_A_DAY = 86_400;
const OFFSET_SECONDS = 8 * 3600;
const OFFSET_TEXT = '+08:00';

interface CivilDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The day a `YYYY-MM-DD` names. Throws RangeError for anything that is not a day of the calendar. */
export function dayNumberOf(text: string): DayNumber {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const day = parts === null ? Number.NaN : dayNumber(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  if (!Number.isFinite(day) || dayText(day) !== text) throw new RangeError(`"${text}" is not a day (YYYY-MM-DD).`);
  return day;
}

/** `YYYY-MM-DD`. */
export function dayText(day: DayNumber): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  const civil = civilDay(day);
  const text = `${digits(civil.year, 4)}-${digits(civil.month, 2)}-${digits(civil.day, 2)}`;
  dayTexts.set(day, text);
  return text;
}

// Each day is written into several facts of thousands of customers. A century holds 36,525 of them.
const dayTexts = new Map<DayNumber, string>();

/** The same day so many months on, or the last day of that month where it is shorter. */
export function monthsAfter(day: DayNumber, months: number): DayNumber {
  const civil = civilDay(day);
  const month = civil.year * 12 + civil.month - 1 + months;
  const first = dayNumber(Math.floor(month / 12), (month % 12) + 1, 1);
  const following = dayNumber(Math.floor((month + 1) / 12), ((month + 1) % 12) + 1, 1);
  return Math.min(first + civil.day - 1, following - 1);
}

/** The first day of the period of `months` months that holds the day, counted from January. */
export function periodStart(day: DayNumber, months: number): DayNumber {
  const civil = civilDay(day);
  return dayNumber(civil.year, civil.month - ((civil.month - 1) % months), 1);
}

/** RFC 3339 with the lender's offset, to the second. */
export function timeText(at: WallSecond): string {
  const second = at % SECONDS_A_DAY;
  const clock = `${digits(Math.floor(second / 3600), 2)}:${digits(Math.floor(second / 60) % 60, 2)}:${digits(second % 60, 2)}`;
  return `${dayText(dayOf(at))}T${clock}${OFFSET_TEXT}`;
}

export function dayOf(at: WallSecond): DayNumber {
  return Math.floor(at / SECONDS_A_DAY);
}

/** Milliseconds since the epoch, UTC. */
export function epochMs(at: WallSecond): number {
  return (at - OFFSET_SECONDS) * 1000;
}

/** A whole number in at least so many digits. */
export function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

// Both ways between a day number and year, month and day: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
// for years from 0 on. The year starts in March, so that the leap day is its last.
function dayNumber(year: number, month: number, day: number): DayNumber {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function civilDay(number: DayNumber): CivilDay {
  const shifted = number + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}
