import type { LoanHistory } from '@retention/customer';
import { ChurnModelError } from './churn-model-error.js';

/** Histories made ready for a fit. */
export interface Sample {
  readonly customers: number;
  /** All repeats of all customers. */
  readonly repeats: number;
  /** Mean age, in the units of the histories; the times of `groups` are in units of it. */
  readonly meanAge: number;
  /** Each different history once. */
  readonly groups: readonly Group[];
  /** At place i, the number of customers with more than i repeats. */
  readonly customersOver: readonly number[];
}

export interface Group extends LoanHistory {
  readonly customers: number;
}

/** Under so many, the four parameters are told by a handful of customers. */
export const CUSTOMERS_MIN = 30;

/**
 * Checks histories and counts equal ones together. Disbursals are dated by days, so a large base has far fewer different
 * histories than customers, those with one loan above all. Throws ChurnModelError.
 */
export function sampleOf(histories: readonly LoanHistory[]): Sample {
  histories.forEach(refuseImpossible);
  if (histories.length < CUSTOMERS_MIN) {
    const message = `${histories.length} customers have a loan; a fit takes at least ${CUSTOMERS_MIN}.`;
    throw new ChurnModelError('too-few-customers', message);
  }
  const repeats = histories.reduce((sum, history) => sum + history.repeats, 0);
  if (repeats === 0) throw new ChurnModelError('no-repeats', 'No customer has come back for a second loan.');
  const meanAge = histories.reduce((sum, history) => sum + history.age, 0) / histories.length;
  return {
    customers: histories.length,
    repeats,
    meanAge,
    groups: groupsOf(histories, meanAge),
    customersOver: customersOver(histories),
  };
}

function refuseImpossible({ repeats, recency, age }: LoanHistory, index: number): void {
  const isPossible =
    Number.isSafeInteger(repeats) && repeats >= 0 && Number.isFinite(age) && recency >= 0 && recency <= age;
  if (isPossible && repeats > 0 === recency > 0) return;
  const history = `x = ${repeats}, t_x = ${recency}, T = ${age}`;
  throw new ChurnModelError('impossible-history', `No customer can have the history at place ${index}: ${history}.`);
}

function groupsOf(histories: readonly LoanHistory[], meanAge: number): Group[] {
  const groups = new Map<string, { history: LoanHistory; customers: number }>();
  for (const history of histories) {
    const key = `${history.repeats} ${history.recency} ${history.age}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { history, customers: 1 });
    else group.customers += 1;
  }
  return Array.from(groups.values(), ({ history: { repeats, recency, age }, customers }) => ({
    repeats,
    recency: recency / meanAge,
    age: age / meanAge,
    customers,
  }));
}

function customersOver(histories: readonly LoanHistory[]): number[] {
  const counts = histories.map(({ repeats }) => repeats).sort((left, right) => left - right);
  const over: number[] = [];
  counts.forEach((repeats, index) => {
    while (over.length < repeats) over.push(counts.length - index);
  });
  return over;
}
