import type { Calendar } from './calendar.js';
import { addDays } from './days.js';
import type { BusinessDay } from './facts.js';
import { tierOf, TIERS } from './policy/policy.js';
import type { Policy, Tier } from './policy/policy.js';
import type { Held } from './state.js';

/**
 * The tier of the balance, or a higher one that was lost so short a time ago that the policy keeps it. What was lost is
 * seen in the entries that stand, by the days they count from: an award taken back never held.
 */
export function standingTier(held: Held, policy: Policy, calendar: Calendar): Tier {
  const now = tierOf(held.balance, policy);
  const { downgradeAfterDays } = policy;
  if (downgradeAfterDays === 0) return now;
  let best = now;
  for (const { tier, lostOn } of lostTiers(held, policy)) {
    const isKept = downgradeAfterDays === null || !calendar.reached(addDays(lostOn, downgradeAfterDays));
    if (isKept && TIERS.indexOf(tier) > TIERS.indexOf(best)) best = tier;
  }
  return best;
}

/** Each fall of the balance to a lower tier, with the tier before it. */
function lostTiers(held: Held, policy: Policy): { tier: Tier; lostOn: BusinessDay }[] {
  const changes = new Map<BusinessDay, number>();
  for (const { on, points } of held.entries.values()) changes.set(on, (changes.get(on) ?? 0) + points);
  const lost: { tier: Tier; lostOn: BusinessDay }[] = [];
  let balance = 0;
  let tier: Tier = 'none';
  for (const [on, points] of [...changes].sort(([one], [other]) => (one < other ? -1 : 1))) {
    balance += points;
    const reached = tierOf(balance, policy);
    if (TIERS.indexOf(reached) < TIERS.indexOf(tier)) lost.push({ tier, lostOn: on });
    tier = reached;
  }
  return lost;
}
