import { Field } from './field-rule.js';

export interface WholeNumberOptions {
  readonly min: number;
  readonly max: number;
  /** Zero is refused though it lies between the bounds. */
  readonly nonZero?: boolean;
}

/** A JSON number without decimals, within the bounds (inclusive). */
export function WholeNumber({ min, max, nonZero = false }: WholeNumberOptions): PropertyDecorator {
  const exception = nonZero ? ' and not 0' : '';
  return Field({
    name: 'wholeNumber',
    code: 'invalid-number',
    accepts: (value) =>
      Number.isInteger(value) && (value as number) >= min && (value as number) <= max && !(nonZero && value === 0),
    says: () => `must be a whole number from ${String(min)} to ${String(max)}${exception}`,
    jsonType: 'number',
    plainText: false,
    personal: false,
    schema: { type: 'integer', minimum: min, maximum: max, ...(nonZero && { not: { const: 0 } }) },
  });
}
