import { describe, expect, it } from '@jest/globals';
import type { CustomerRow } from '@retention/read-models';
import { RECORD_COLUMNS } from './customer-record.js';
import { customerRecord } from './record-of-row.js';

/** A row is a class to TypeORM and plain data to everybody else. */
type Row = { readonly [Column in keyof CustomerRow]: CustomerRow[Column] };

const ROW: Row = {
  customer_id: 'C-1',
  registered_on: '2024-09-01',
  kind: 'personal',
  branch_id: 'B-1',
  officer_id: 'O-1',
  region: 'Anhui',
  industry: 'retail',
  channel: 'walk-in',
  referrer_id: 'C-9',
  points: 12,
  tier: 'establishing',
  benefits: [],
  loans: { 'L-2': 'active', 'L-1': 'settled' },
  loans_disbursed: 2,
  loans_active: 1,
  state: 'retained',
  churned_on: '2023-04-01',
  churn_kind: 'abnormal',
  churn_reason: null,
  churn_reason_unknown: true,
  won_back_on: '2023-09-01',
  churns: [{ churnedOn: '2023-04-01', kind: 'abnormal', reason: null, reasonUnknown: true, wonBackOn: '2023-09-01' }],
  phase: 'returned',
  warning_level: 'yellow',
  warning_score: 30,
  warning_signals: [
    { signal: 'smaller-loan', weight: 10, since: '2023-09-01', facts: ['/core#2', '/core#1'] },
    { signal: 'newly-overdue', weight: 20, since: '2024-01-03', facts: ['/core#3'] },
  ],
  gifts_owed: 1,
  parked_facts: 0,
  set_aside_facts: 0,
};

describe('the record of a row', () => {
  it('has what the row says of the customer, of the latest churn and of the warning', () => {
    expect(customerRecord(ROW)).toEqual({
      customerId: 'C-1',
      registeredOn: '2024-09-01',
      kind: 'personal',
      branchId: 'B-1',
      officerId: 'O-1',
      region: 'Anhui',
      industry: 'retail',
      channel: 'walk-in',
      referrerId: 'C-9',
      points: 12,
      tier: 'establishing',
      benefits: [],
      loansDisbursed: 2,
      loansActive: 1,
      state: 'retained',
      churnedOn: '2023-04-01',
      churnKind: 'abnormal',
      churnReason: null,
      churnReasonUnknown: true,
      wonBackOn: '2023-09-01',
      phase: 'returned',
      warningLevel: 'yellow',
      warningScore: 30,
      warningSignals: ['smaller-loan', 'newly-overdue'],
      giftsOwed: 1,
      parkedFacts: 0,
      setAsideFacts: 0,
      loans: [
        { loanId: 'L-2', status: 'active' },
        { loanId: 'L-1', status: 'settled' },
      ],
    });
  });

  it('has every column that is written', () => {
    expect(Object.keys(customerRecord(ROW) ?? {}).sort()).toEqual([...RECORD_COLUMNS].sort());
  });

  it('is none when facts waited for the registration once and nothing does any more', () => {
    expect(customerRecord({ ...ROW, registered_on: null, loans: {}, points: 0 })).toBeNull();
    expect(customerRecord({ ...ROW, registered_on: null, loans: {}, points: 0, parked_facts: 1 })).not.toBeNull();
  });
});
