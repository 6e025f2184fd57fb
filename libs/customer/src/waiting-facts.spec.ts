import { describe, expect, it } from '@jest/globals';
import { canonicalState } from './canonical.js';
import {
  adjusted,
  disbursalUndone,
  disbursed,
  given,
  goodLoan,
  noonOf,
  overdue,
  profileChanged,
  registered,
  repaid,
  settled,
  types,
} from './testing-facts.spec-support.js';

describe('facts that arrive before the ones they refer to', () => {
  it('parks a loan before its customer, counts it, and gives the points when the customer registers', () => {
    const customer = given([]);
    const loan = disbursed('L1', '2020-02-01');
    expect(customer.when(loan)).toEqual([
      {
        type: 'parked-facts-changed',
        parked: 1,
        awaited: ['customer'],
        policyVersion: 'credit-points-1',
        causes: [loan.factId],
      },
    ]);
    const registration = registered();
    expect(customer.when(registration)).toMatchObject([
      { type: 'points-awarded', entry: 'loan-use:L1', balance: 10 },
      { type: 'tier-changed', to: 'establishing' },
      { type: 'parked-facts-changed', parked: 0, awaited: [], causes: [registration.factId] },
    ]);
  });

  it('parks a repayment before its loan and releases it with the disbursal', () => {
    const customer = given([registered()]);
    expect(customer.when(repaid('P1', 'L1', '2020-03-01'))).toMatchObject([{ parked: 1, awaited: ['loan:L1'] }]);
    expect(customer.when(disbursed('L1', '2020-02-01'))).toContainEqual(
      expect.objectContaining({ type: 'parked-facts-changed', parked: 0 }),
    );
  });

  it('lets a settlement and an overdue report that waited take effect with the disbursal', () => {
    const settledFirst = given([registered(), settled('L1', '2020-11-01'), disbursed('L1', '2020-02-01')]);
    expect(settledFirst.state.held).toMatchObject({ balance: 12, parked: 0 });
    const overdueFirst = given([registered(), overdue('L1', '2020-05-01'), ...goodLoan('L1', 2020)]);
    expect(overdueFirst.state.held).toMatchObject({ balance: 10, parked: 0 });
  });

  it('still waits for the loan after the customer has registered, and says so', () => {
    const customer = given([repaid('P1', 'L1', '2020-03-01')]);
    expect(customer.when(registered())).toMatchObject([
      { type: 'parked-facts-changed', parked: 1, awaited: ['loan:L1'] },
    ]);
  });

  it('counts a fact that waits once however often it is repeated', () => {
    const repayment = repaid('P1', 'L1', '2020-03-01');
    const customer = given([registered(), repayment]);
    expect(customer.when(repayment, repayment)).toEqual([]);
  });

  it('does not wait for a loan whose disbursal was undone: it is known', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-01'), disbursalUndone('L1', '2020-02-03')]);
    expect(customer.when(repaid('P1', 'L1', '2020-03-01'))).toEqual([]);
  });

  it('names the twenty first of those that are awaited', () => {
    const customer = given([registered()]);
    const loans = Array.from({ length: 25 }, (_, n) => `L${String(n + 10)}`);
    const [decision] = customer.when(...loans.map((loanId) => settled(loanId, '2020-11-01')));
    expect(decision).toMatchObject({ parked: 25, awaited: loans.slice(0, 20).map((loanId) => `loan:${loanId}`) });
  });

  it('names the facts that wait as causes, also behind many that do not', () => {
    const customer = given([registered()]);
    const entries = Array.from({ length: 30 }, (_, n) => adjusted(1, '2020-03-01', `people#${String(n)}`));
    const repayment = repaid('P1', 'L1', '2020-03-01');
    expect(customer.when(...entries, repayment)).toContainEqual(
      expect.objectContaining({ type: 'parked-facts-changed', causes: [repayment.factId] }),
    );
  });

  it('takes ids for what they are, also those that mean something to a program', () => {
    const customer = given([
      registered(),
      disbursed('__proto__', '2020-02-01'),
      settled('__proto__', '2020-11-01'),
      disbursed('constructor', '2020-02-01'),
    ]);
    expect([...customer.state.held.entries.keys()].sort()).toEqual([
      'loan-use:__proto__',
      'loan-use:constructor',
      'no-overdue:__proto__',
    ]);
  });
});

describe('a customer registered twice', () => {
  it('is registered as the later statement says, in either order', () => {
    const first = registered('2019-01-01');
    const corrected = registered('2018-06-01', { factId: 'core#correction', occurredAt: noonOf('2019-02-01') });
    const [one, other] = [given([first, corrected]), given([corrected, first])];
    expect(one.state.registration?.registeredOn).toBe('2018-06-01');
    expect(canonicalState(other.state)).toBe(canonicalState(one.state));
  });
});

describe('a batch', () => {
  it('that begins before the registration and ends after it decides on everything known by then', () => {
    const customer = given([disbursed('L1', '2020-02-01')]);
    const decisions = customer.when(
      settled('L1', '2020-11-01'),
      registered(),
      profileChanged('2020-01-01', { referrerId: 'C7' }),
    );
    expect(types(decisions)).toEqual([
      'points-awarded',
      'points-awarded',
      'tier-changed',
      'referral-earned',
      'parked-facts-changed',
    ]);
  });

  it('without facts decides nothing', () => {
    expect(given([registered()]).when()).toEqual([]);
  });
});
