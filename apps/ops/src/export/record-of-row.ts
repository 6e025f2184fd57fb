import type { CustomerRow } from '@retention/read-models';
import type { CustomerRecord } from './customer-record.js';

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
    benefits: row.benefits,
    loansDisbursed: row.loans_disbursed,
    loansActive: row.loans_active,
    state: row.state,
    churnedOn: row.churned_on,
    churnKind: row.churn_kind,
    churnReason: row.churn_reason,
    churnReasonUnknown: row.churn_reason_unknown,
    wonBackOn: row.won_back_on,
    phase: row.phase,
    warningLevel: row.warning_level,
    warningScore: row.warning_score,
    warningSignals: row.warning_signals.map(({ signal }) => signal),
    giftsOwed: row.gifts_owed,
    parkedFacts: row.parked_facts,
    setAsideFacts: row.set_aside_facts,
    loans: Object.entries(row.loans).map(([loanId, status]) => ({ loanId, status })),
  };
}

/** The records of rows, in the order of the rows. */
export async function* customerRecords(rows: AsyncIterable<CustomerRow>): AsyncGenerator<CustomerRecord> {
  for await (const row of rows) {
    const record = customerRecord(row);
    if (record !== null) yield record;
  }
}
