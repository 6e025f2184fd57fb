import { fractionDigitsOf } from './currencies.js';

const ZERO = 48;
const POINT = 46;
const WHOLE_DIGITS_MAX = 13;

/**
 * The whole number of minor units in a decimal string: `("70000.5", 2)` is 7000050.
 *
 * NaN when the text is not 1–13 digits with at most `fractionDigits` decimals, or the result is not a safe integer.
 * Written as a loop because it runs for every amount of every message and a regular expression costs five times as much.
 */
export function minorUnits(amount: string, fractionDigits: number): number {
  let units = 0;
  let wholeDigits = 0;
  let index = 0;
  for (; index < amount.length; index++) {
    const digit = amount.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) break;
    units = units * 10 + digit;
    wholeDigits++;
    if (wholeDigits > WHOLE_DIGITS_MAX) return Number.NaN;
  }
  if (wholeDigits === 0) return Number.NaN;

  let decimals = 0;
  if (index < amount.length) {
    if (amount.charCodeAt(index) !== POINT) return Number.NaN;
    for (index++; index < amount.length; index++) {
      const digit = amount.charCodeAt(index) - ZERO;
      if (digit < 0 || digit > 9 || decimals === fractionDigits) return Number.NaN;
      units = units * 10 + digit;
      decimals++;
    }
    if (decimals === 0) return Number.NaN;
  }
  for (; decimals < fractionDigits; decimals++) units *= 10;
  return units <= Number.MAX_SAFE_INTEGER ? units : Number.NaN;
}

/**
 * Minor units of an amount that passed its rule.
 * @throws RangeError when it did not.
 */
export function minorUnitsIn(currency: string, amount: string): number {
  const fractionDigits = fractionDigitsOf(currency);
  const units = fractionDigits === undefined ? Number.NaN : minorUnits(amount, fractionDigits);
  if (Number.isNaN(units)) throw new RangeError('An amount was converted that its rule had not accepted.');
  return units;
}
