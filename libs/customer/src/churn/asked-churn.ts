import { Calendar } from '../calendar.js';
import { CHURN_DEFINITIONS } from '../policy/policy.js';
import type { ChurnDefinition, PolicyBook } from '../policy/policy.js';
import type { BusinessDay } from '../facts.js';
import type { CustomerState } from '../state.js';
import { churnSpans } from './churn-dates.js';
import { loanRuns } from './loan-runs.js';

/** By each definition the day since which the customer counts as churned on the day asked about; null = they do not. */
export type AskedChurn = Readonly<Record<ChurnDefinition, BusinessDay | null>>;

/**
 * Whether a customer counts as churned at the end of a day, by all four definitions side by side, whichever of them is
 * the default. `state` has to be as of that day. Where no model is fitted nobody is churned by `model`.
 */
export function churnByDefinition(state: CustomerState, day: BusinessDay, book: PolicyBook): AskedChurn {
  const runs = state.registration === null ? [] : loanRuns(state);
  const asked = CHURN_DEFINITIONS.map((definition) => {
    const last = churnSpans(state, runs, definition, book, new Calendar(day)).at(-1);
    return [definition, last === undefined || last.wonBack !== null ? null : last.churnedOn] as const;
  });
  return Object.fromEntries(asked) as unknown as AskedChurn;
}
