import { type BusinessDay, daysBetween, historyOfDays, type LoanHistory } from '@retention/customer';

/**
 * The history of a customer on a day, in units of `unitDays` days; null without a disbursal until then. Loans of one day
 * count as one, as in the data sets the models were published on: x is the days with a disbursal less one.
 */
export function historyOf(
  disbursalDays: readonly BusinessDay[],
  asOf: BusinessDay,
  unitDays: number,
): LoanHistory | null {
  const history = historyOfDays(
    disbursalDays.filter((day) => day <= asOf),
    unitDays,
  );
  if (history === null) return null;
  const { first, repeats, recency } = history;
  return { repeats, recency, age: daysBetween(first, asOf) / unitDays };
}
