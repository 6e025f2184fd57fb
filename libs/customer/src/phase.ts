import type { DueChurn } from './churn/decide-churn.js';
import type { LoanRun } from './churn/loan-runs.js';
import type { Phase } from './decisions.js';
import { loanStatus } from './loan.js';
import type { WarningLevel } from './policy/policy.js';
import type { CustomerState } from './state.js';

/** Whether the customer is gone by the last of the churns. */
export function isGone(churns: readonly DueChurn[]): boolean {
  const last = churns.at(-1);
  return last !== undefined && last.wonBack === null;
}

/**
 * Where the customer stands in the life of the relationship. Of several that fit, the one a person has to know first:
 * gone before returned, returned before leaving, leaving before wavering.
 */
export function phaseOf(
  state: CustomerState,
  runs: readonly LoanRun[],
  churns: readonly DueChurn[],
  level: WarningLevel,
): Phase {
  if (runs.length === 0) return 'prospect';
  if (isGone(churns)) return 'gone';
  const wonBack = churns.at(-1)?.wonBack ?? null;
  const hasReturned = wonBack !== null && !runs.some(({ start, end }) => start >= wonBack.on && end !== null);
  if (hasReturned) return 'returned';
  const isActive = runs.some(({ end }) => end === null);
  if (!isActive && !hasRequest(state)) return 'leaving';
  if (level === 'orange' || level === 'red') return 'wavering';
  return runs.length === 1 ? 'initial' : 'steady';
}

function hasRequest(state: CustomerState): boolean {
  for (const loan of state.loans.values()) if (loanStatus(loan) === 'requested') return true;
  return false;
}
