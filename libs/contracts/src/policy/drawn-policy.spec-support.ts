import type { Policy } from '@retention/customer';
import fc from 'fast-check';
import { CURRENCY_CODES } from '../money/currencies.js';
import { DECIMAL_MAX } from './demand.js';
import type { Part, SectionPart } from './policy-part.js';
import { POLICY_PART } from './policy-parts.js';

const identifier = fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/);
const day = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2200-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const amount = fc.record({
  amountMinor: fc.integer({ min: 1, max: 2 ** 40 }),
  currency: fc.constantFrom(...CURRENCY_CODES),
});

/** Any policy a document may hold, drawn from the same table that documents are read by. */
export const anyPolicy: fc.Arbitrary<Policy> = sectionOf(POLICY_PART)
  .map((values) => values as unknown as Policy)
  .filter(({ version, churn, churnModel }) => {
    const isFitted = churnModel === null ? churn.definition !== 'model' : churnModel.from <= churnModel.to;
    return isFitted && version !== 'in-force';
  });

function sectionOf({ fields, rises }: SectionPart): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, valueOf(part)]));
  const section = fc.record(values);
  return rises === undefined ? section : section.map(rising).filter(isRising);
}

function valueOf(part: Part): fc.Arbitrary<unknown> {
  const value = givenValueOf(part);
  return part.off === undefined ? value : fc.option(value, { nil: null });
}

function givenValueOf(part: Part): fc.Arbitrary<unknown> {
  switch (part.kind) {
    case 'whole-number':
      return fc.integer({ min: part.min, max: part.max });
    case 'decimal':
      return fc
        .double({ noNaN: true, min: part.isPositive ? Number.MIN_VALUE : -DECIMAL_MAX, max: DECIMAL_MAX })
        .filter((number) => !Object.is(number, -0));
    case 'identifier':
      return identifier;
    case 'identifiers':
      return fc.uniqueArray(identifier, { maxLength: 8 });
    case 'day':
      return day;
    case 'choice':
      return fc.constantFrom(...part.words);
    case 'amount':
      return amount;
    case 'section':
      return sectionOf(part);
  }
}

function rising(section: Record<string, unknown>): Record<string, unknown> {
  const numbers = (Object.values(section) as number[]).sort((one, other) => one - other);
  return Object.fromEntries(Object.keys(section).map((name, place) => [name, numbers[place]]));
}

function isRising(section: Record<string, unknown>): boolean {
  const numbers = Object.values(section);
  return new Set(numbers).size === numbers.length;
}
