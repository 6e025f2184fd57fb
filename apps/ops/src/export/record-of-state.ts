import { churnByDefinition, standingOf } from '@retention/customer';
import type { AskedChurn, BusinessDay, CustomerState, PolicyBook } from '@retention/customer';
import type { CustomerRecord } from './customer-record.js';

/** A customer as of a day: the record, and by each definition the day since which they counted as churned. */
export interface AsOfRecord extends CustomerRecord {
  readonly asOf: BusinessDay;
  readonly churnedByGrace: BusinessDay | null;
  readonly churnedByInactivity: BusinessDay | null;
  readonly churnedByReborrow: BusinessDay | null;
  readonly churnedByModel: BusinessDay | null;
}

/** What an export as of a day has more than one of today. */
export const AS_OF_COLUMNS = [
  'asOf',
  'churnedByGrace',
  'churnedByInactivity',
  'churnedByReborrow',
  'churnedByModel',
] as const satisfies readonly (keyof AsOfRecord)[];

/** The record of a state that was folded for the day; null for a customer of whom nothing was known by then. */
export function asOfRecord(state: CustomerState, day: BusinessDay, book: PolicyBook): AsOfRecord | null {
  const { held } = state;
  if (held.profile === null && held.parked === 0) return null;
  return { ...recordOf(state), asOf: day, ...asked(churnByDefinition(state, day, book)) };
}

function asked({ grace, inactivity, reborrow, model }: AskedChurn) {
  return {
    churnedByGrace: grace,
    churnedByInactivity: inactivity,
    churnedByReborrow: reborrow,
    churnedByModel: model,
  };
}

function recordOf(state: CustomerState): CustomerRecord {
  const { customerId, held } = state;
  const { profile } = held;
  const loans = [...held.loans].map(([loanId, { status }]) => ({ loanId, status }));
  const { standing, latestChurn } = standingOf(state);
  const judgement = latestChurn?.churn.judgement ?? null;
  return {
    customerId,
    registeredOn: profile?.registeredOn ?? null,
    kind: profile?.kind ?? null,
    branchId: profile?.branchId ?? null,
    officerId: profile?.officerId ?? null,
    region: profile?.region ?? null,
    industry: profile?.industry ?? null,
    channel: profile?.channel ?? null,
    referrerId: profile?.referrerId ?? null,
    points: held.balance,
    tier: held.tier,
    benefits: held.benefits,
    loansDisbursed: loans.filter(({ status }) => ['active', 'settled', 'written-off'].includes(status)).length,
    loansActive: loans.filter(({ status }) => status === 'active').length,
    state: standing,
    churnedOn: latestChurn?.churnedOn ?? null,
    churnKind: judgement?.kind ?? null,
    churnReason: judgement?.reason ?? null,
    churnReasonUnknown: judgement?.reasonUnknown ?? false,
    wonBackOn: latestChurn?.churn.wonBack?.on ?? null,
    phase: held.phase,
    warningLevel: held.warning.level,
    warningScore: held.warning.score,
    warningSignals: held.warning.signals.map(({ signal }) => signal),
    giftsOwed: [...held.gifts.values()].filter(({ status }) => status === 'owed').length,
    parkedFacts: held.parked,
    setAsideFacts: held.setAside.size,
    loans,
  };
}
