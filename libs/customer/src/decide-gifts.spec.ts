import { describe, expect, it } from '@jest/globals';
import { given, giftHandedOver, referral, registered } from './testing-facts.spec-support.js';

const loan = { loanId: 'L9', on: '2020-02-01' };

describe('the gift for a referral', () => {
  it('is owed from the day the points are: 100 yuan by default', () => {
    const report = referral('C2', 4, loan);
    expect(given([registered()]).whenWatched(report)).toEqual([
      {
        type: 'gift-status-changed',
        referredId: 'C2',
        from: null,
        status: 'owed',
        on: '2020-02-01',
        worthMinor: 10_000,
        currency: 'CNY',
        policyVersion: 'credit-points-1',
        causes: [report.factId],
      },
    ]);
  });

  it('is withdrawn when the referral ends before it is handed over', () => {
    const customer = given([registered(), referral('C2', 4, loan)]);
    expect(customer.whenWatched(referral('C2', 9, null))).toMatchObject([{ from: 'owed', status: 'withdrawn' }]);
    expect(customer.state.held.gifts.size).toBe(0);
  });

  it('is handed over once, and stays so whatever becomes of the referral', () => {
    const customer = given([registered(), referral('C2', 4, loan)]);
    const handedOver = giftHandedOver('C2', '2020-03-01');
    expect(customer.whenWatched(handedOver)).toMatchObject([
      { from: 'owed', status: 'handed-over', on: '2020-03-01', causes: [handedOver.factId] },
    ]);
    expect(customer.whenWatched(referral('C2', 9, null))).toEqual([]);
    expect(customer.whenWatched(referral('C2', 12, loan))).toEqual([]);
  });

  it('can have been handed over before the referral is known', () => {
    const customer = given([registered(), giftHandedOver('C2', '2020-03-01')]);
    expect(customer.state.held.gifts.get('C2')).toMatchObject({ status: 'handed-over' });
    expect(customer.whenWatched(referral('C2', 4, loan))).toEqual([]);
  });
});
