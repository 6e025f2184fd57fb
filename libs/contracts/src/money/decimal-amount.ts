import { fractionDigitsOf } from './currencies.js';

/**
 * The amount as people write it, with all decimals of its currency: `('CNY', 10000)` is "100.00".
 * @throws RangeError for a currency not in use, or an amount that is no whole number of minor units.
 */
export function decimalAmount(currency: string, amountMinor: number): string {
  const digits = fractionDigitsOf(currency);
  if (digits === undefined || !Number.isSafeInteger(amountMinor)) {
    throw new RangeError(`${String(amountMinor)} ${currency} cannot be written as an amount.`);
  }
  const sign = amountMinor < 0 ? '-' : '';
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0');
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
