/**
 * Days of the Gregorian calendar as `YYYY-MM-DD`, which compare as strings, and instants in milliseconds since the epoch.
 * Counted by hand from 0001-01-01, a Monday, so that nothing is shared with the product or with the machine's clock.
 */

const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function addDays(day: string, days: number): string {
  return dayOfNumber(numberOfDay(day) + days);
}

/** How many days the second is after the first; negative where it is before. */
export function daysBetween(first: string, second: string): number {
  return numberOfDay(second) - numberOfDay(first);
}

/** The same day of the month so many months later, or the last one of a month that is shorter. */
export function addMonths(day: string, months: number): string {
  const [year, month, date] = partsOf(day);
  const counted = year * 12 + (month - 1) + months;
  const [newYear, newMonth] = [Math.floor(counted / 12), (counted % 12) + 1];
  return dayText(newYear, newMonth, Math.min(date, lengthOfMonth(newYear, newMonth)));
}

/** The day after so many days of Monday to Friday, the given day itself not counted. */
export function addWorkingDays(day: string, workingDays: number): string {
  let reached = day;
  for (let left = workingDays; left > 0;) {
    reached = addDays(reached, 1);
    if (numberOfDay(reached) % 7 < 5) left -= 1;
  }
  return reached;
}

/** The first day after the half-year (January to June, July to December) that holds the day. */
export function dayAfterHalfYear(day: string): string {
  const [year, month] = partsOf(day);
  return month <= 6 ? dayText(year, 7, 1) : dayText(year + 1, 1, 1);
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Milliseconds since the epoch; what is finer than a millisecond is cut off. */
export function instantOf(time: string): number {
  const parts = RFC_3339.exec(time);
  if (parts === null) throw new RangeError(`"${time}" is no time the oracle can read.`);
  const [, day = '', hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = parts;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  const minutes = daysBetween('1970-01-01', day) * 1440 + Number(hour) * 60 + Number(minute) - offset;
  return (minutes * 60 + Number(second)) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

/** Tells the day of an instant in an IANA time zone. */
export function calendarOf(timeZone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (instant) => {
    const parts = format.formatToParts(instant);
    const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
    return dayText(part('year'), part('month'), part('day'));
  };
}

function numberOfDay(day: string): number {
  const [year, month, date] = partsOf(day);
  let days = daysBeforeYear(year) + date - 1;
  for (let earlier = 1; earlier < month; earlier += 1) days += lengthOfMonth(year, earlier);
  return days;
}

function dayOfNumber(number: number): string {
  let year = Math.floor(number / 366) + 1;
  while (daysBeforeYear(year + 1) <= number) year += 1;
  let left = number - daysBeforeYear(year);
  let month = 1;
  for (; left >= lengthOfMonth(year, month); month += 1) left -= lengthOfMonth(year, month);
  return dayText(year, month, left + 1);
}

function daysBeforeYear(year: number): number {
  const years = year - 1;
  return years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
}

function lengthOfMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (LENGTHS[month - 1] ?? 0);
}

function partsOf(day: string): [year: number, month: number, date: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

function dayText(year: number, month: number, date: number): string {
  return [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(date).padStart(2, '0')].join('-');
}
