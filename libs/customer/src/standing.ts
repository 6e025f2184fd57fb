import type { BusinessDay } from './facts.js';
import type { CustomerState, HeldChurn } from './state.js';

export const CUSTOMER_STANDINGS = ['none', 'retained', 'churned'] as const;
/** By the default definition; `none` = has no loan and never had one. */
export type CustomerStanding = (typeof CUSTOMER_STANDINGS)[number];

/** Where a customer stands, and their latest churn, also after a win-back. */
export interface Standing {
  readonly standing: CustomerStanding;
  readonly latestChurn: { readonly churnedOn: BusinessDay; readonly churn: HeldChurn } | null;
}

export function standingOf({ held }: CustomerState): Standing {
  const churnedOn = [...held.churns.keys()].sort().at(-1);
  const churn = churnedOn === undefined ? undefined : held.churns.get(churnedOn);
  const latestChurn = churnedOn === undefined || churn === undefined ? null : { churnedOn, churn };
  const hasLoan = [...held.loans.values()].some(({ status }) => isDisbursed(status));
  if (!hasLoan) return { standing: 'none', latestChurn };
  return { standing: latestChurn?.churn.wonBack === null ? 'churned' : 'retained', latestChurn };
}

function isDisbursed(status: string): boolean {
  return status === 'active' || status === 'settled' || status === 'written-off';
}
