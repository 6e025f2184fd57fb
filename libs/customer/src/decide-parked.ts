import { CAUSES_NAMED_MAX } from './decisions.js';
import type { RecordDecision } from './decisions.js';
import { latestDay } from './decide-standing.js';
import type { CustomerFact } from './facts.js';
import { policyOn } from './policy/policy.js';
import type { PolicyBook } from './policy/policy.js';
import type { CustomerState } from './state.js';

const AWAITED_NAMED_MAX = 20;

/** Records how many facts wait for another one, and for which. */
export function decideParked(
  state: CustomerState,
  facts: readonly CustomerFact[],
  book: PolicyBook,
  record: RecordDecision,
): void {
  const parked = state.waiting.size;
  const awaited = awaitedBy(state);
  const { held } = state;
  if (parked === held.parked && awaited.join(' ') === held.awaited.join(' ')) return;
  const causes = new Set<string>();
  for (const fact of facts) if (parksOrReleases(fact, state)) causes.add(fact.factId);
  record({
    type: 'parked-facts-changed',
    parked,
    awaited,
    policyVersion: policyOn(book, latestDay(state)).version,
    causes: [...causes].slice(0, CAUSES_NAMED_MAX),
  });
}

function awaitedBy(state: CustomerState): string[] {
  if (state.waiting.size === 0) return [];
  if (state.registration === null) return ['customer'];
  const loanIds = new Set<string>();
  for (const loanId of state.waiting.values()) if (loanId !== null) loanIds.add(loanId);
  return [...loanIds]
    .sort()
    .slice(0, AWAITED_NAMED_MAX)
    .map((loanId) => `loan:${loanId}`);
}

function parksOrReleases(fact: CustomerFact, state: CustomerState): boolean {
  return (
    state.waiting.has(fact.factId) ||
    fact.type === 'customer-registered' ||
    fact.type === 'loan-disbursed' ||
    fact.type === 'referral-reported'
  );
}
