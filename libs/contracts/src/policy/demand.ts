import { LIMITS } from '../limits.js';
import type { Part } from './policy-part.js';

/** More reasons than any lender tells apart. */
export const IDENTIFIERS_MAX = 50;
/** Parameters of a fit beyond it are no fit. */
export const DECIMAL_MAX = 1_000_000_000;

/** What a part has to be, after "must be". */
export function demand(part: Part): string {
  switch (part.kind) {
    case 'whole-number':
      return `a whole number from ${String(part.min)} to ${String(part.max)} (${part.unit})`;
    case 'decimal':
      return `a number ${part.isPositive ? 'greater than 0 and ' : 'of '}at most ${DECIMAL_MAX.toExponential()}`;
    case 'identifier':
      return `1–${String(LIMITS.identifierLength)} characters of A–Z a–z 0–9 . _ : -`;
    case 'identifiers':
      return `a list of at most ${String(IDENTIFIERS_MAX)} words`;
    case 'day':
      return `a calendar day YYYY-MM-DD between ${String(LIMITS.yearFirst)} and ${String(LIMITS.yearLast)}`;
    case 'choice':
      return `one of ${part.words.join(', ')}`;
    case 'amount':
      return 'an amount with its currency, such as { amount: "100.00", currency: CNY }';
    case 'section':
      return `a section of ${Object.keys(part.fields).join(', ')}`;
  }
}
