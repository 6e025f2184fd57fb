import { CURRENCY_CODES, fractionDigitsOf, FRACTION_DIGITS_MAX } from '../money/currencies.js';
import { minorUnits } from '../money/minor-units.js';
import { Field, relationRule, stringRule, type MessageValues } from './field-rule.js';

const currency = stringRule({
  name: 'currency',
  code: 'unknown-currency',
  says: 'must be an ISO 4217 currency code in use',
  accepts: (code) => fractionDigitsOf(code) !== undefined,
  plainText: true,
  schema: { enum: CURRENCY_CODES },
});

/** An ISO 4217 code in use. */
export const Currency = (): PropertyDecorator => Field(currency);

export interface AmountOptions {
  /** The field that says the currency; without it the most decimals of any currency are taken. */
  readonly currencyIn?: string;
  readonly positive?: boolean;
}

/** A decimal string: up to 13 digits, a point, and no more decimals than the currency has. Never negative. */
export function Amount({ currencyIn, positive = false }: AmountOptions): PropertyDecorator {
  const unitsMin = positive ? 1 : 0;
  const digitsIn = (message: MessageValues) =>
    currencyIn === undefined ? undefined : fractionDigitsOf(message[currencyIn]);
  const zero = positive ? '(?!0+(\\.0+)?$)' : '';
  return Field({
    name: 'amount',
    code: 'invalid-amount',
    accepts: (value, message) =>
      typeof value === 'string' && minorUnits(value, digitsIn(message) ?? digitsWritten(value)) >= unitsMin,
    says: (message) =>
      amountWording(digitsIn(message), currencyIn === undefined ? null : message[currencyIn], positive),
    jsonType: 'string',
    plainText: true,
    personal: false,
    schema: {
      type: 'string',
      pattern: `^${zero}\\d{1,13}(\\.\\d{1,${String(FRACTION_DIGITS_MAX)}})?$`,
      description: 'A decimal string with at most as many decimals as the currency has.',
    },
  });
}

/** Without a currency the amount is taken in the unit it is written in; more decimals than any currency has are none. */
function digitsWritten(amount: string): number {
  const point = amount.indexOf('.');
  return point < 0 ? 0 : Math.min(amount.length - point - 1, FRACTION_DIGITS_MAX);
}

function amountWording(digits: number | undefined, code: unknown, positive: boolean): string {
  const range = positive ? ' greater than 0' : '';
  const decimals =
    digits === undefined
      ? `at most ${String(FRACTION_DIGITS_MAX)} decimals`
      : `at most the ${String(digits)} decimals of ${String(code)}`;
  return `must be a decimal string${range} with 1–13 digits and ${decimals}`;
}

const RATE = /^\d{1,2}(\.\d{1,8})?$/;
const RATE_MAX = 10;

/** A yearly rate as a decimal string, `"0.0985"` for 9.85 %; at most 10 (1,000 %) with 8 decimals. */
export const Rate = (): PropertyDecorator =>
  Field(
    stringRule({
      name: 'rate',
      code: 'invalid-amount',
      says: 'must be a decimal string from 0 to 10 with at most 8 decimals, such as "0.0985"',
      accepts: (text) => RATE.test(text) && Number(text) <= RATE_MAX,
      plainText: true,
      schema: { pattern: '^(\\d(\\.\\d{1,8})?|0\\d(\\.\\d{1,8})?|10(\\.0{1,8})?)$' },
    }),
  );

/**
 * The parts that are given may not be more than the whole. They may be less: an overpayment is in the amount and in
 * none of the parts, and not every source reports all of them.
 */
export function CoversParts(currencyIn: string, parts: readonly string[]): PropertyDecorator {
  return Field(
    relationRule({
      name: 'coversParts',
      code: 'split-mismatch',
      says: `must not be less than ${parts.join(' + ')}`,
      accepts: (value, message) => {
        let sum = 0;
        const digits = fractionDigitsOf(message[currencyIn]) ?? FRACTION_DIGITS_MAX;
        for (const part of parts) {
          const given = message[part];
          if (typeof given === 'string') sum += minorUnits(given, digits);
        }
        // An amount or part that is no amount makes the sum NaN and is refused by its own rule.
        return sum === 0 || typeof value !== 'string' || !(sum > minorUnits(value, digits));
      },
    }),
  );
}
