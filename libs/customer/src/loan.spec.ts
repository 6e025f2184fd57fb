import { describe, expect, it } from '@jest/globals';
import type { CustomerFact } from './facts.js';
import { loanStatus, overdueEvidence, repaidMinor, settlementInForce } from './loan.js';
import { unknownLoan } from './state.js';
import type { LoanState } from './state.js';
import {
  disbursalUndone,
  disbursed,
  given,
  goodLoan,
  noonOf,
  overdue,
  registered,
  repaid,
  repaymentReversed,
  settled,
  settlementUndone,
  writtenOff,
} from './testing-facts.spec-support.js';

function loanAfter(...facts: CustomerFact[]): LoanState {
  return given([registered(), ...facts]).state.loans.get('L1') ?? unknownLoan('L1');
}

const said = (factId: string, day: number) => ({ factId, occurredAt: day, loanId: 'L1', on: '2020-01-01' });
const applied: CustomerFact = {
  type: 'loan-applied',
  ...said('core#1', 1),
  product: 'micro',
  amountMinor: 1,
  currency: 'CNY',
  appliedOn: '2020-01-01',
};
const approved: CustomerFact = { type: 'loan-approved', ...said('core#2', 2) };
const rejected: CustomerFact = { type: 'loan-rejected', ...said('core#3', 3) };
const cancelled: CustomerFact = { type: 'loan-cancelled', ...said('core#4', 3) };
const loan = disbursed('L1', '2020-02-01');

describe('a loan', () => {
  const stages: [status: string, when: string, facts: CustomerFact[]][] = [
    ['unknown', 'before anything is said of it', []],
    ['unknown', 'when only a repayment is known', [repaid('P1', 'L1', '2020-03-01')]],
    ['unknown', 'when only its settlement is known', [settled('L1', '2020-11-01')]],
    ['requested', 'when it is applied for', [applied]],
    ['requested', 'when it is approved', [approved]],
    ['refused', 'when it is rejected after an approval', [rejected, approved, applied]],
    ['refused', 'when the customer cancels it', [approved, cancelled]],
    ['active', 'when it is disbursed, whatever was answered', [rejected, loan]],
    ['undone', 'when its disbursal is undone', [loan, disbursalUndone('L1', '2020-02-03')]],
    ['undone', 'also when it was settled', [...goodLoan('L1', 2020), disbursalUndone('L1', '2020-12-01')]],
    ['settled', 'when it is settled', goodLoan('L1', 2020)],
    ['active', 'when its settlement is undone', [...goodLoan('L1', 2020), settlementUndone('L1', '2020-11-02')]],
    ['written-off', 'when it is written off', [loan, writtenOff('L1', '2020-12-01')]],
    [
      'active',
      'when the write-off is in another currency',
      [loan, writtenOff('L1', '2020-12-01', { currency: 'USD' })],
    ],
    ['settled', 'when it is settled after a write-off', [writtenOff('L1', '2020-10-01'), ...goodLoan('L1', 2020)]],
  ];
  it.each(stages)('is %s %s', (status, _when, facts) => {
    expect(loanStatus(loanAfter(...facts))).toBe(status);
    expect(loanStatus(loanAfter(...[...facts].reverse()))).toBe(status);
  });
});

describe('the settlement that stands', () => {
  it('is undone by a fact of the same moment, whichever id is the greater', () => {
    for (const factId of ['core#0', 'core#~']) {
      const undone = { ...settlementUndone('L1', '2020-08-02'), factId, occurredAt: noonOf('2020-08-01') };
      const settlement = { ...settled('L1', '2020-08-01'), occurredAt: noonOf('2020-08-01') };
      expect(settlementInForce(loanAfter(loan, settlement, undone))).toBeNull();
    }
  });
  it('is none when the disbursal of the loan does not', () => {
    expect(settlementInForce(loanAfter(...goodLoan('L1', 2020)))?.on).toBe('2020-11-01');
    expect(settlementInForce(loanAfter(...goodLoan('L1', 2020), disbursalUndone('L1', '2020-12-01')))).toBeNull();
    expect(settlementInForce(loanAfter(settled('L1', '2020-11-01')))).toBeNull();
  });
});

describe('where a loan stands', () => {
  const customer = () => given([registered(), loan]);
  const terms = { loanId: 'L1', product: 'micro', currency: 'CNY', principalMinor: 7_000_000 };

  it('is told with its terms, the day and the cause when the loan is disbursed', () => {
    expect(given([registered()]).whenStated(loan)).toEqual([
      {
        type: 'loan-status-changed',
        ...terms,
        from: null,
        status: 'active',
        on: '2020-02-01',
        policyVersion: 'credit-points-1',
        causes: [loan.factId],
      },
    ]);
  });

  it('is told from the application on, with the amount applied for', () => {
    const [requested] = given([registered()]).whenStated(applied);
    expect(requested).toMatchObject({ status: 'requested', principalMinor: 1, causes: [applied.factId] });
  });

  it('is not told while only facts are known that wait for the loan', () => {
    expect(given([registered()]).whenStated(repaid('P1', 'L1', '2020-03-01'))).toEqual([]);
  });

  it('is told when the customer registers, for all loans known by then', () => {
    const decisions = given([loan, disbursed('L2', '2020-03-01')]).whenStated(registered());
    expect(decisions.slice(1)).toMatchObject([{ loanId: 'L1' }, { loanId: 'L2' }]);
  });

  it('changes with the settlement, and back by the fact that undoes it', () => {
    const known = customer();
    const settlement = settled('L1', '2020-11-01');
    expect(known.whenStated(settlement)).toMatchObject([
      { from: 'active', status: 'settled', on: '2020-11-01', causes: [settlement.factId, loan.factId] },
    ]);
    const undone = settlementUndone('L1', '2020-11-02');
    expect(known.whenStated(undone)).toMatchObject([
      { from: 'settled', status: 'active', on: '2020-02-01', causes: [loan.factId, undone.factId] },
    ]);
  });

  it('is told again when the terms are corrected, by the correction, though the loan is settled', () => {
    const known = given([registered(), ...goodLoan('L1', 2020)]);
    const corrected = { ...loan, factId: 'core#correction', occurredAt: noonOf('2020-12-01'), principalMinor: 5 };
    expect(known.whenStated(corrected)).toMatchObject([
      {
        from: 'settled',
        status: 'settled',
        principalMinor: 5,
        causes: ['core#settled-L1-2020-11-01', 'core#correction'],
      },
    ]);
  });

  it('is not told again by a fact that leaves it where it is', () => {
    expect(customer().whenStated(loan, repaid('P1', 'L1', '2020-03-01'), cancelled)).toEqual([]);
  });
});

describe('what was repaid', () => {
  it('adds up what was received and not reversed, each repayment as last stated', () => {
    const facts = [
      loan,
      repaid('P1', 'L1', '2020-03-01'),
      repaid('P1', 'L1', '2020-03-02', { amountMinor: 100_000 }),
      repaid('P2', 'L1', '2020-04-01'),
      repaymentReversed('P2', 'L1', '2020-04-02'),
      repaymentReversed('P3', 'L1', '2020-04-02'),
      repaid('P4', 'L1', '2020-05-01', { currency: 'USD' }),
    ];
    expect(repaidMinor(loanAfter(...facts))).toBe(100_000);
    expect(repaidMinor(loanAfter(...[...facts].reverse()))).toBe(100_000);
  });

  it('counts a repayment received again after its reversal', () => {
    const again = repaid('P1', 'L1', '2020-03-09');
    const facts = [loan, repaid('P1', 'L1', '2020-03-01'), repaymentReversed('P1', 'L1', '2020-03-05'), again];
    expect(repaidMinor(loanAfter(...facts))).toBe(120_000);
  });
});

describe('the evidence that a loan was overdue', () => {
  it('is the earliest report of any instalment, and keeps the worst number of days', () => {
    const [first, second] = [overdue('L1', '2020-05-01', { no: 2 }), overdue('L1', '2020-07-01', { daysPastDue: 60 })];
    const third = overdue('L1', '2020-06-01', { daysPastDue: 30 });
    for (const order of [
      [first, second, third],
      [third, second, first],
    ]) {
      const known = loanAfter(loan, ...order);
      expect(overdueEvidence(known)).toEqual({ reason: 'instalment-overdue', factId: first.factId });
      expect(known.overdue.get(1)).toEqual({
        first: { asOf: '2020-06-01', factId: third.factId },
        lastAsOf: '2020-07-01',
        daysPastDueMax: 60,
      });
    }
  });

  it('is missing while nothing was reported', () => {
    expect(overdueEvidence(loanAfter(loan))).toBeNull();
  });
});
