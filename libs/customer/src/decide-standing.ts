import type { Calendar } from './calendar.js';
import type { RecordDecision } from './decisions.js';
import { benefitsOf, policyOn } from './policy/policy.js';
import type { Policy, PolicyBook } from './policy/policy.js';
import { standingTier } from './standing-tier.js';
import type { CustomerState } from './state.js';

/** Tier and benefits follow from the balance under the policy in force on the latest day an entry counts from. */
export function decideStanding(
  state: CustomerState,
  causes: readonly string[],
  book: PolicyBook,
  calendar: Calendar,
  record: RecordDecision,
): void {
  const { held } = state;
  const policy = policyOn(book, latestDay(state));
  const because = { balance: held.balance, policyVersion: policy.version, causes };
  const tier = standingTier(held, policy, calendar);
  if (tier !== held.tier) record({ type: 'tier-changed', from: held.tier, to: tier, ...because });
  decideBenefits(state, policy, because, record);
}

/** Benefits follow the balance itself: a tier that is kept for a while grants nothing. */
function decideBenefits(
  state: CustomerState,
  policy: Policy,
  because: { balance: number; policyVersion: string; causes: readonly string[] },
  record: RecordDecision,
): void {
  const due = benefitsOf(because.balance, policy);
  for (const benefit of [...state.held.benefits]) {
    if (!due.includes(benefit)) {
      record({ type: 'benefit-withdrawn', benefit, reason: 'points-below-threshold', ...because });
    }
  }
  for (const benefit of due) {
    if (!state.held.benefits.includes(benefit)) record({ type: 'benefit-granted', benefit, ...because });
  }
}

/** The latest day that counts: of the registration, or of an entry of the ledger. */
export function latestDay(state: CustomerState): string {
  let latest = state.registration?.registeredOn ?? '';
  for (const { on } of state.held.entries.values()) if (on > latest) latest = on;
  return latest;
}
