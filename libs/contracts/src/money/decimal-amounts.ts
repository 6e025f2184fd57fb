import { fractionDigitsOf } from './currencies.js';

const MINOR = /^(.+)Minor$/;

/** T with its amounts as people write them. */
export type DecimalAmounts<T> = {
  readonly [K in keyof T as K extends `${infer Base}Minor` ? Base : K]: K extends `${string}Minor`
    ? AsDecimal<T[K]>
    : T[K];
};
type AsDecimal<Minor> = Minor extends number ? string : Minor;

/**
 * The fields of an event with its amounts as people write them: `principalMinor: 7000050` of CNY becomes
 * `principal: "70000.50"`. An amount whose currency is not known keeps its name and its minor units.
 */
export function withDecimalAmounts(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const digits = fractionDigitsOf(fields['currency']);
  const entries = Object.entries(fields).map(([name, value]): [string, unknown] => {
    const base = MINOR.exec(name)?.[1];
    if (base === undefined || (value !== null && digits === undefined)) return [name, value];
    return [base, typeof value === 'number' ? decimal(value, digits ?? 0) : value];
  });
  return Object.fromEntries(entries);
}

function decimal(minor: number, digits: number): string {
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const sign = minor < 0 ? '-' : '';
  return digits === 0 ? sign + whole : `${sign}${whole}.${text.slice(-digits)}`;
}
