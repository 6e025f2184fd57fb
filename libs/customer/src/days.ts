import type { BusinessDay } from './facts.js';

/**
 * Arithmetic on business days (`YYYY-MM-DD`, Gregorian). Days compare as strings; nothing here knows a time zone.
 */

export function addDays(day: BusinessDay, days: number): BusinessDay {
  return dayOf(numberOf(day) + days);
}

/** The same day of the month so many months on, or the last day of that month when it is shorter. */
export function addMonths(day: BusinessDay, months: number): BusinessDay {
  const [year, month, date] = partsOf(day);
  const index = year * 12 + (month - 1) + months;
  const [toYear, toMonth] = [Math.floor(index / 12), (index % 12) + 1];
  return written(toYear, toMonth, Math.min(date, lengthOfMonth(toYear, toMonth)));
}

/** Whole days from one day to another; negative when the other is earlier. */
export function daysBetween(from: BusinessDay, to: BusinessDay): number {
  return numberOf(to) - numberOf(from);
}

/** So many working days on: Monday to Friday are, public holidays are not known. */
export function addWorkingDays(day: BusinessDay, workingDays: number): BusinessDay {
  let number = numberOf(day);
  for (let left = workingDays; left > 0;) {
    number += 1;
    if (!isWeekend(number)) left -= 1;
  }
  return dayOf(number);
}

/** The first day after the half-year the day is in. */
export function halfYearAfter(day: BusinessDay): BusinessDay {
  const [year, month] = partsOf(day);
  return month <= 6 ? written(year, 7, 1) : written(year + 1, 1, 1);
}

/** 1970-01-01, number 0, was a Thursday. */
function isWeekend(number: number): boolean {
  const weekday = (((number + 4) % 7) + 7) % 7;
  return weekday === 0 || weekday === 6;
}

function partsOf(day: BusinessDay): [year: number, month: number, date: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

const ERA_DAYS = 146_097;
const EPOCH_SHIFT_DAYS = 719_468;

/** Days since 1970-01-01, by eras of 400 years that begin in March (H. Hinnant, "chrono-compatible low-level date algorithms"). */
function numberOf(day: BusinessDay): number {
  const [year, month, date] = partsOf(day);
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * ERA_DAYS + dayOfEra - EPOCH_SHIFT_DAYS;
}

function dayOf(number: number): BusinessDay {
  const shifted = number + EPOCH_SHIFT_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const dayOfEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return written(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date);
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function lengthOfMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0);
}

function written(year: number, month: number, date: number): BusinessDay {
  const two = (value: number): string => (value < 10 ? `0${String(value)}` : String(value));
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}`;
}
