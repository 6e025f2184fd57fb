import { describe, expect, it } from '@jest/globals';
import { decimalAmount } from './decimal-amount.js';

describe('an amount as people write it', () => {
  it.each([
    ['CNY', 10_000, '100.00'],
    ['CNY', 5, '0.05'],
    ['CNY', 0, '0.00'],
    ['CNY', -7, '-0.07'],
    ['JPY', 100, '100'],
    ['KWD', 1_005, '1.005'],
    ['CLF', 10_001, '1.0001'],
  ])('of %s %d is %s', (currency, amountMinor, text) => {
    expect(decimalAmount(currency, amountMinor)).toBe(text);
  });

  it('is not made up where the currency or the minor units are none', () => {
    expect(() => decimalAmount('XYZ', 1)).toThrow(RangeError);
    expect(() => decimalAmount('CNY', 0.5)).toThrow(RangeError);
  });
});
