import { createFactReader } from '@retention/contracts';
import { canonicalState, DEFAULT_POLICY_BOOK, takeFacts, unknownCustomer } from '@retention/customer';
import type { CustomerEvent, CustomerFact, CustomerState, PolicyBook } from '@retention/customer';
import { streamOf } from '@retention/ingestion';
import { referralReport } from '@retention/reactors';

export const BUSINESS_TIME_ZONE = 'Asia/Shanghai';

/** What has to be known in the end: of each customer the facts, and what follows from them. */
export interface Expected {
  /** Ids of all facts of a customer that came from outside. */
  readonly factIds: ReadonlyMap<string, ReadonlySet<string>>;
  readonly canonical: ReadonlyMap<string, string>;
  readonly states: ReadonlyMap<string, CustomerState>;
  /** Ids of the facts about the calendar. */
  readonly calendar: ReadonlySet<string>;
}

/** The rules alone, without any store, door or order: each fact once, every day closed at once. */
export function expectedOf(
  lines: readonly string[],
  governing: { readonly closedDay: string; readonly book?: PolicyBook },
): Expected {
  const book = governing.book ?? DEFAULT_POLICY_BOOK;
  const { byCustomer, calendar, unowned } = factsByCustomer(lines, Date.UTC(2024, 6, 1));
  if (unowned.size > 0) throw new Error(`nobody owns the loan of ${[...unowned].join()}`);
  const decide = (customerId: string): { state: CustomerState; events: readonly CustomerEvent[] } => {
    const state = unknownCustomer(customerId);
    const { events } = takeFacts(state, byCustomer.get(customerId) ?? [], { book, closedDay: governing.closedDay });
    return { state, events };
  };
  const factIds = new Map(
    [...byCustomer].map(([customerId, facts]) => [customerId, new Set(facts.map(({ factId }) => factId))]),
  );
  tellReferrers(byCustomer, (customerId) => decide(customerId).events);
  const states = new Map([...byCustomer.keys()].sort().map((customerId) => [customerId, decide(customerId).state]));
  return {
    factIds,
    canonical: new Map([...states].map(([customerId, state]) => [customerId, canonicalState(state)])),
    states,
    calendar,
  };
}

export interface FactsByCustomer {
  readonly byCustomer: Map<string, CustomerFact[]>;
  /** Ids of the facts about the calendar. */
  readonly calendar: Set<string>;
  /** Ids of the facts about a loan nobody has claimed. */
  readonly unowned: Set<string>;
}

/** Whose facts these are, read at this time (milliseconds since 1970). */
export function factsByCustomer(lines: Iterable<string>, now: number): FactsByCustomer {
  const reader = createFactReader({ businessTimeZone: BUSINESS_TIME_ZONE, now: () => now });
  const read = Array.from(lines, (line) => {
    const one = reader.read(Buffer.from(line));
    if (one.kind === 'refusal') throw new Error(`the workload holds a bad line: ${one.reason}`);
    return one;
  });
  const owners = new Map<string, string>();
  for (const { loanId, customerId } of read) if (loanId !== null && customerId !== null) owners.set(loanId, customerId);
  const byCustomer = new Map<string, CustomerFact[]>();
  const calendar = new Set<string>();
  const unowned = new Set<string>();
  for (const { factId, fact, customerId, loanId } of read) {
    const owner = customerId ?? owners.get(loanId ?? '');
    if (fact.type === 'business-day-closed') calendar.add(factId);
    else if (owner === undefined) unowned.add(factId);
    else add(byCustomer, owner, fact);
  }
  return { byCustomer, calendar, unowned };
}

/** Adds to the facts of each referrer what they are told. Who is referred does not depend on it, so one round is enough. */
export function tellReferrers(
  byCustomer: Map<string, CustomerFact[]>,
  eventsOf: (customerId: string) => readonly CustomerEvent[],
): void {
  for (const customerId of [...byCustomer.keys()]) {
    for (const { referrerId, fact } of lastReport(customerId, eventsOf(customerId))) {
      add(byCustomer, referrerId, fact);
    }
  }
}

/** What the referrer of a customer is told in the end; how often they were told before depends on the order of facts. */
function lastReport(
  customerId: string,
  events: readonly CustomerEvent[],
): { readonly referrerId: string; readonly fact: CustomerFact }[] {
  const last = events.findLastIndex(({ type }) => type === 'referral-earned' || type === 'referral-ended');
  const event = events[last];
  return event === undefined ? [] : [reportOf(streamOf(customerId), last + 1, event)];
}

/** The fact the referrer is told when this decision stands at this place. */
export function reportOf(
  streamId: string,
  version: number,
  event: CustomerEvent,
): { readonly referrerId: string; readonly fact: CustomerFact } {
  const payload = JSON.stringify(event);
  const { customerId, fact } = referralReport({
    shard: 0,
    position: 0,
    streamId,
    version,
    type: event.type,
    payload,
  }).fact;
  if (customerId === null) throw new Error(`${event.type} names no referrer`);
  return { referrerId: customerId, fact: fact as CustomerFact };
}

function add(byCustomer: Map<string, CustomerFact[]>, customerId: string, fact: CustomerFact): void {
  const facts = byCustomer.get(customerId);
  if (facts === undefined) byCustomer.set(customerId, [fact]);
  else facts.push(fact);
}
