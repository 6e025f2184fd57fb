import { type BusinessDay, daysBetween, type LoanHistory } from '@retention/customer';

/**
 * The history of a customer on a day, in units of `unitDays` days; null without a disbursal until then. Loans of one day
 * count as one, as in the data sets the models were published on: x is the days with a disbursal less one.
 */
export function historyOf(
  disbursalDays: readonly BusinessDay[],
  asOf: BusinessDay,
  unitDays: number,
): LoanHistory | null {
  const days = [...new Set(disbursalDays)].filter((day) => day <= asOf).sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return null;
  return {
    repeats: days.length - 1,
    recency: daysBetween(first, last) / unitDays,
    age: daysBetween(first, asOf) / unitDays,
  };
}
