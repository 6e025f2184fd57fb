import { customerAsOf, isDecisionType } from '@retention/customer';
import type { BroughtCustomer, BusinessDay, CustomerFact, CustomerState, PolicyBook } from '@retention/customer';
import type { EventStore, LoadedStream } from '@retention/event-store';
import { customerIdsAfter, streamOf } from '@retention/ingestion';
import type pg from 'pg';

/** What the past is told from. */
export interface Archive {
  readonly store: EventStore;
  readonly database: Pick<pg.Pool, 'query'>;
  readonly book: PolicyBook;
}

/** Customers whose streams are read at once: bounds the memory, and the time a reader keeps the database busy. */
const CHUNK_CUSTOMERS = 500;
/** No snapshot is of this form: the whole stream is read. */
const NO_SNAPSHOT = 0;

/**
 * Every customer as of the end of a business day, as known now, in the order of their ids. Nothing is ticked and nothing
 * written: the facts up to that day are folded and decided once. Reads the streams twice, since who brought whom as of
 * that day follows from all of them. Memory is that of a chunk and of the referrals.
 */
export async function* customersAsOf(archive: Archive, day: BusinessDay): AsyncGenerator<CustomerState> {
  const brought = await broughtAsOf(archive, day);
  for await (const [customerId, facts] of everyCustomersFacts(archive)) {
    yield customerAsOf(customerId, facts, day, archive.book, brought.get(customerId) ?? []);
  }
}

/** One customer as of the end of a business day, as known now; null when nothing at all is known of them. */
export async function oneCustomerAsOf(
  archive: Archive,
  customerId: string,
  day: BusinessDay,
): Promise<CustomerState | null> {
  const facts = (await factsOf(archive.store, [customerId])).get(customerId);
  if (facts === undefined) return null;
  const named = new Set(facts.flatMap((fact) => (fact.type === 'referral-reported' ? [fact.referredId] : [])));
  const brought: BroughtCustomer[] = [];
  for (const [referredId, itsFacts] of await factsOf(archive.store, [...named])) {
    const referral = referralAsOf(archive, referredId, itsFacts, day);
    if (referral?.referrerId === customerId) brought.push({ ...referral, referredId });
  }
  return customerAsOf(customerId, facts, day, archive.book, brought);
}

/** Whom each customer had brought by the end of the day. */
async function broughtAsOf(archive: Archive, day: BusinessDay): Promise<Map<string, BroughtCustomer[]>> {
  const byReferrer = new Map<string, BroughtCustomer[]>();
  for await (const [referredId, facts] of everyCustomersFacts(archive)) {
    const referral = referralAsOf(archive, referredId, facts, day);
    if (referral === null) continue;
    const { referrerId, loanId, on } = referral;
    byReferrer.set(referrerId, [...(byReferrer.get(referrerId) ?? []), { referredId, loanId, on }]);
  }
  return byReferrer;
}

function referralAsOf(
  { book }: Archive,
  customerId: string,
  facts: readonly CustomerFact[],
  day: BusinessDay,
): { readonly referrerId: string; readonly loanId: string; readonly on: BusinessDay } | null {
  // Most customers name nobody, and need not be decided to know it.
  if (!facts.some((fact) => 'referrerId' in fact)) return null;
  return customerAsOf(customerId, facts, day, book, []).held.referral;
}

async function* everyCustomersFacts({
  database,
  store,
}: Archive): AsyncGenerator<readonly [customerId: string, facts: readonly CustomerFact[]]> {
  let after: string | null = null;
  for (;;) {
    const customerIds: string[] = await customerIdsAfter(database, after, CHUNK_CUSTOMERS);
    const facts = await factsOf(store, customerIds);
    for (const customerId of customerIds) yield [customerId, facts.get(customerId) ?? []];
    const last = customerIds.at(-1);
    if (last === undefined || customerIds.length < CHUNK_CUSTOMERS) return;
    after = last;
  }
}

async function factsOf(
  store: EventStore,
  customerIds: readonly string[],
): Promise<Map<string, readonly CustomerFact[]>> {
  const streams = await store.loadStreams(customerIds.map(streamOf), NO_SNAPSHOT);
  const facts = new Map<string, readonly CustomerFact[]>();
  for (const customerId of customerIds) {
    const stream = streams.get(streamOf(customerId));
    if (stream !== undefined) facts.set(customerId, factsIn(stream));
  }
  return facts;
}

function factsIn({ events }: LoadedStream): CustomerFact[] {
  return events.flatMap(({ type, payload }) => (isDecisionType(type) ? [] : [JSON.parse(payload) as CustomerFact]));
}
