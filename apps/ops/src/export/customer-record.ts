import type { CustomerRow } from '@retention/read-models';

/** A customer as exported, in the order of its columns. Nothing in it depends on the order in which the facts came. */
export interface CustomerRecord {
  readonly customerId: string;
  readonly registeredOn: string | null;
  readonly kind: string | null;
  readonly branchId: string | null;
  readonly officerId: string | null;
  readonly region: string | null;
  readonly industry: string | null;
  readonly channel: string | null;
  readonly referrerId: string | null;
  readonly points: number;
  readonly tier: string;
  readonly benefits: readonly string[];
  readonly loansDisbursed: number;
  readonly loansActive: number;
  readonly parkedFacts: number;
  readonly setAsideFacts: number;
  /** By loan id. */
  readonly loans: readonly { readonly loanId: string; readonly status: string }[];
}

/**
 * The record of a row, or null for one that says nothing: an unregistered customer for whom facts waited once and wait no
 * more. Had they come in another order there would be no such row.
 */
export function customerRecord(row: CustomerRow): CustomerRecord | null {
  if (row.registered_on === null && row.parked_facts === 0) return null;
  return {
    customerId: row.customer_id,
    registeredOn: row.registered_on,
    kind: row.kind,
    branchId: row.branch_id,
    officerId: row.officer_id,
    region: row.region,
    industry: row.industry,
    channel: row.channel,
    referrerId: row.referrer_id,
    points: row.points,
    tier: row.tier,
    benefits: row.benefits.toSorted(),
    loansDisbursed: row.loans_disbursed,
    loansActive: row.loans_active,
    parkedFacts: row.parked_facts,
    setAsideFacts: row.set_aside_facts,
    loans: Object.entries(row.loans)
      .map(([loanId, status]) => ({ loanId, status }))
      .sort((one, other) => (one.loanId < other.loanId ? -1 : 1)),
  };
}
