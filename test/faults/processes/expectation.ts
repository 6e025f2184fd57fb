import { canonicalState, DEFAULT_POLICY_BOOK, takeFacts, unknownCustomer } from '@retention/customer';
import type { CustomerEvent, CustomerState } from '@retention/customer';
import { recompute } from '../../support/oracle/recompute.js';
import { BUSINESS_TIME_ZONE, factsByCustomer, tellReferrers } from '../pipeline/oracle.js';
import { closedDayOf, factIdOf } from './lender-facts.js';
import { hashOf } from './store-contents.js';

/** What has to be known in the end, from the facts alone: without any store, door, process or order. */
export interface Expectation {
  /** Of all facts that were published. */
  readonly factIds: ReadonlySet<string>;
  /** Hash of the canonical state of each customer. */
  readonly states: ReadonlyMap<string, string>;
  /** Canonical state of one customer. */
  canonical(customerId: string): string;
  /** Customers to whom the oracle that shares no rule with the product gives other points, another tier or phase. */
  readonly recomputedOtherwise: readonly string[];
}

/**
 * Decides every customer once, with all facts at hand and the last closed day closed.
 *
 * @param lines the published facts, each once.
 */
export function expectationOf(lines: readonly string[]): Expectation {
  const factIds = new Set(lines.map((line) => factIdOf({ line })));
  const closedDay = lines.reduce((last, line) => {
    const day = closedDayOf({ line });
    return day !== null && day > last ? day : last;
  }, '');
  const { byCustomer } = factsByCustomer(lines, Date.now());
  const governing = { book: DEFAULT_POLICY_BOOK, closedDay };
  const decide = (customerId: string): { state: CustomerState; events: readonly CustomerEvent[] } => {
    const state = unknownCustomer(customerId);
    const { events } = takeFacts(state, byCustomer.get(customerId) ?? [], governing);
    return { state, events };
  };
  tellReferrers(byCustomer, (customerId) => decide(customerId).events);
  const recomputed = recompute(lines, closedDay, { timeZone: BUSINESS_TIME_ZONE });
  const states = new Map<string, string>();
  const recomputedOtherwise: string[] = [];
  for (const customerId of byCustomer.keys()) {
    const { state } = decide(customerId);
    states.set(customerId, hashOf(canonicalState(state)));
    const { balance, tier, phase } = state.held;
    const other = recomputed.get(customerId);
    if (other?.registered !== true) continue;
    if (other.points !== balance || other.tier !== tier || other.phase !== phase) recomputedOtherwise.push(customerId);
  }
  return { factIds, states, canonical: (customerId) => canonicalState(decide(customerId).state), recomputedOtherwise };
}
