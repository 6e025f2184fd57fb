import { describe, expect, it } from '@jest/globals';
import { canonicalState } from './canonical.js';
import { unknownCustomer } from './state.js';
import {
  adjusted,
  disbursalUndone,
  disbursed,
  given,
  profileChanged,
  referral,
  registered,
  types,
} from './testing-facts.spec-support.js';

describe('a customer brought by another', () => {
  const brought = registered('2019-01-01', { referrerId: 'C7' });

  it('makes a referral of the one who brought them with the first loan', () => {
    const customer = given([brought]);
    const loan = disbursed('L1', '2020-02-01');
    expect(customer.when(loan)).toContainEqual({
      type: 'referral-earned',
      referrerId: 'C7',
      loanId: 'L1',
      on: '2020-02-01',
      policyVersion: 'credit-points-1',
      causes: [loan.factId, brought.factId],
    });
  });

  it('makes none with the second loan', () => {
    const customer = given([brought, disbursed('L1', '2020-02-01')]);
    expect(types(customer.when(disbursed('L2', '2020-09-01')))).not.toContain('referral-earned');
  });

  it('makes none while nobody is named, and makes it once somebody is', () => {
    const customer = given([registered()]);
    expect(types(customer.when(disbursed('L1', '2020-02-01')))).not.toContain('referral-earned');
    expect(customer.when(profileChanged('2020-03-01', { referrerId: 'C7' }))).toMatchObject([
      { type: 'referral-earned', referrerId: 'C7', loanId: 'L1', on: '2020-02-01' },
    ]);
  });

  it('makes none of itself', () => {
    const customer = given([registered('2019-01-01', { referrerId: 'C1' })]);
    expect(types(customer.when(disbursed('L1', '2020-02-01')))).not.toContain('referral-earned');
  });

  it('moves the referral to the earlier loan when that one is reported late', () => {
    const customer = given([brought, disbursed('L2', '2020-09-01')]);
    expect(customer.when(disbursed('L1', '2020-02-01'))).toContainEqual(
      expect.objectContaining({ type: 'referral-earned', loanId: 'L1', on: '2020-02-01' }),
    );
  });

  it('moves it to the next loan when the first is undone, and ends it when none is left', () => {
    const customer = given([brought, disbursed('L1', '2020-02-01'), disbursed('L2', '2020-09-01')]);
    expect(customer.when(disbursalUndone('L1', '2020-10-01'))).toContainEqual(
      expect.objectContaining({ type: 'referral-earned', loanId: 'L2', on: '2020-09-01' }),
    );
    const undone = disbursalUndone('L2', '2020-10-02');
    expect(customer.when(undone)).toContainEqual({
      type: 'referral-ended',
      referrerId: 'C7',
      policyVersion: 'credit-points-1',
      causes: [undone.factId],
    });
  });

  it('ends for the one and begins for the other when another referrer is named, and says by which fact', () => {
    const customer = given([brought, disbursed('L1', '2020-02-01')]);
    const renamed = profileChanged('2020-03-01', { referrerId: 'C8' });
    const talk = Array.from({ length: 30 }, (_, n) => adjusted(1, '2020-03-01', `people#${String(n)}`));
    const decisions = customer.when(...talk, renamed).filter(({ type }) => type.startsWith('referral-'));
    expect(decisions).toMatchObject([
      { type: 'referral-ended', referrerId: 'C7', causes: [renamed.factId] },
      { type: 'referral-earned', referrerId: 'C8', loanId: 'L1' },
    ]);
  });

  it('ends when the customer turns out to be named as their own referrer', () => {
    const customer = given([brought, disbursed('L1', '2020-02-01')]);
    expect(customer.when(profileChanged('2020-03-01', { referrerId: 'C1' }))).toMatchObject([
      { type: 'referral-ended', referrerId: 'C7' },
    ]);
  });

  it('waits until the customer is registered', () => {
    const customer = given([profileChanged('2020-01-01', { referrerId: 'C7' }), disbursed('L1', '2020-02-01')]);
    expect(types(customer.events)).not.toContain('referral-earned');
    expect(types(customer.when(registered()))).toContain('referral-earned');
  });
});

describe('the one who brought a customer', () => {
  const loan = { loanId: 'L9', on: '2020-02-01' };

  it('gets five points, from the day of the loan', () => {
    const customer = given([registered()]);
    const report = referral('C2', 4, loan);
    expect(customer.when(report)).toMatchObject([
      { entry: 'referral:C2', points: 5, on: '2020-02-01', balance: 5, causes: [report.factId] },
    ]);
  });

  it('gets five for each customer brought, and once for each', () => {
    const customer = given([registered(), referral('C2', 4, loan), referral('C2', 4, loan), referral('C3', 2, loan)]);
    expect(customer.state.held.balance).toBe(10);
  });

  it('loses them when the referral ends', () => {
    const customer = given([registered(), referral('C2', 4, loan)]);
    const report = referral('C2', 9, null);
    expect(customer.when(report)).toMatchObject([
      {
        type: 'points-taken-back',
        entry: 'referral:C2',
        reason: 'referral-ended',
        balance: 0,
        causes: [report.factId],
      },
    ]);
  });

  it('holds to the higher revision when the reports arrive in the wrong order', () => {
    const customer = given([registered(), referral('C2', 9, null)]);
    expect(customer.when(referral('C2', 4, loan))).toEqual([]);
    expect(customer.when(referral('C2', 12, loan))).toMatchObject([{ type: 'points-awarded', points: 5 }]);
  });

  it('gets nothing for bringing themselves', () => {
    const customer = given([registered()]);
    expect(customer.when(referral('C1', 4, loan))).toEqual([]);
  });

  it('gets them on registration when the referrer was not known before', () => {
    const customer = given([referral('C2', 4, loan)]);
    expect(customer.state.held).toMatchObject({ balance: 0, parked: 1 });
    expect(customer.when(registered())[0]).toMatchObject({ entry: 'referral:C2', balance: 5 });
    expect(customer.state.held.parked).toBe(0);
  });

  it('counts the reports of one referral as one that waits, and none once it has ended', () => {
    const customer = given([referral('C2', 4, loan), referral('C2', 6, { loanId: 'L8', on: '2020-01-01' })]);
    expect(customer.state.held.parked).toBe(1);
    customer.when(referral('C2', 9, null));
    expect(customer.state.held.parked).toBe(0);
  });

  it('is left as if a referral that came and went had never been', () => {
    const unknown = given([referral('C2', 4, loan), referral('C2', 9, null)]);
    expect(canonicalState(unknown.state)).toBe(canonicalState(unknownCustomer('C1')));
    const known = given([registered(), referral('C2', 4, loan), referral('C2', 9, null)]);
    expect(canonicalState(known.state)).toBe(canonicalState(given([registered()]).state));
  });
});
