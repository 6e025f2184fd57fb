import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CURRENCY_CODES, fractionDigitsOf } from './currencies.js';
import { minorUnits, minorUnitsIn } from './minor-units.js';

describe('minor units', () => {
  it.each([
    ['CNY', '70000.5', 7_000_050],
    ['CNY', '70000', 7_000_000],
    ['CZK', '0.01', 1],
    ['JPY', '70000', 70_000],
    ['KWD', '1.005', 1_005],
    ['CLF', '1.0001', 10_001],
    ['USD', '0019.99', 1_999],
    ['EUR', '9999999999999.99', 999_999_999_999_999],
  ])('of %s %s are %d', (currency, amount, units) => {
    expect(minorUnitsIn(currency, amount)).toBe(units);
  });

  it('agree with exact arithmetic wherever they are a number', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{0,15}(\.\d{0,5})?$/), fc.nat(4), (amount, digits) => {
        const [, whole, , decimals = ''] = /^(\d{1,13})(\.(\d{1,4}))?$/.exec(amount) ?? [];
        const readable = whole !== undefined && decimals.length <= digits;
        const exact = readable ? BigInt(whole + decimals.padEnd(digits, '0')) : null;
        const expected = exact === null || exact > BigInt(Number.MAX_SAFE_INTEGER) ? Number.NaN : Number(exact);
        expect(minorUnits(amount, digits)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', '.5', '5.', '-1', '+1', '1e3', 'NaN', 'Infinity', '0x10', '1 ', '١', '1.2.3', '1_000'])(
    'are not read from %j',
    (amount) => {
      expect(minorUnits(amount, 2)).toBeNaN();
    },
  );

  it('are never made of an amount that was not checked', () => {
    expect(() => minorUnitsIn('CNY', '1.234')).toThrow(RangeError);
    expect(() => minorUnitsIn('XYZ', '1')).toThrow(RangeError);
  });
});

describe('the currencies', () => {
  it('have the decimals of ISO 4217', () => {
    const expected = { CNY: 2, CZK: 2, EUR: 2, USD: 2, JPY: 0, KRW: 0, VND: 0, KWD: 3, BHD: 3, CLF: 4, XAU: undefined };
    for (const [code, digits] of Object.entries(expected))
      expect([code, fractionDigitsOf(code)]).toEqual([code, digits]);
  });

  it('are listed once each, as three capitals', () => {
    expect(new Set(CURRENCY_CODES).size).toBe(CURRENCY_CODES.length);
    for (const code of CURRENCY_CODES) expect(code).toMatch(/^[A-Z]{3}$/);
  });
});
