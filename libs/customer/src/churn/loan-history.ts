import { daysBetween } from '../days.js';
import type { BusinessDay } from '../facts.js';

/** The disbursals of a customer as a purchase model counts them, without the day they are looked at. */
export interface DatedHistory {
  readonly first: BusinessDay;
  /** Days with a disbursal after the first one. */
  readonly repeats: number;
  /** From the first to the last disbursal, in units of `unitDays`. */
  readonly recency: number;
}

/** Null without a disbursal. Two loans of one day are one. */
export function historyOfDays(disbursalDays: readonly BusinessDay[], unitDays: number): DatedHistory | null {
  const days = [...new Set(disbursalDays)].sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { first, repeats: days.length - 1, recency: daysBetween(first, last) / unitDays };
}
