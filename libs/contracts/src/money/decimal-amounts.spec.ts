import { describe, expect, it } from '@jest/globals';
import { withDecimalAmounts } from './decimal-amounts.js';

describe('the amounts of an event', () => {
  it.each([
    ['CNY', 7_000_050, '70000.50'],
    ['CNY', 5, '0.05'],
    ['CNY', -1_234, '-12.34'],
    ['CNY', 0, '0.00'],
    ['JPY', 70_000, '70000'],
    ['KWD', 1_005, '1.005'],
    ['EUR', 9_007_199_254_740_991, '90071992547409.91'],
  ])('are decimal strings: %s %d is %s', (currency, amountMinor, amount) => {
    expect(withDecimalAmounts({ amountMinor, currency })).toEqual({ amount, currency });
  });

  it('that are not known stay unknown', () => {
    expect(withDecimalAmounts({ principalMinor: null, currency: null })).toEqual({ principal: null, currency: null });
  });

  it('without a currency keep their unit in their name', () => {
    expect(withDecimalAmounts({ amountMinor: 100 })).toEqual({ amountMinor: 100 });
  });

  it('leave the other fields alone', () => {
    const fields = { loanId: 'L1', schedule: [{ no: 1, amount: '5.00' }], currency: 'CNY' };
    expect(withDecimalAmounts(fields)).toEqual(fields);
  });
});
