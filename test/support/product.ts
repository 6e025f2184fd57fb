import { createHash } from 'node:crypto';
import { canonicalState } from '@retention/customer';
import { customerOf, fold } from '@retention/ingestion';
import type { Outcome } from '@retention/ingestion';
import type { StoredEvent } from '@retention/event-store';
import { loadConfig } from '@retention/platform';
import { everyCustomer, overview } from '@retention/read-models';
import { openRuntime, untilCaughtUp } from '@retention/runtime';
import { storeVariables } from '@retention/testing';
import type { Runtime } from '@retention/runtime';

/** The product on a database, in this process. */
export function openProduct(url: string, variables: Readonly<Record<string, string>> = {}): Promise<Runtime> {
  return openRuntime(loadConfig({ DATABASE_URL: url, ...storeVariables(url), ...variables }), 'spec', () => undefined);
}

/** Waits until the reactors have reported and the read models have applied everything, referrals included. */
export async function caughtUp(product: Runtime): Promise<void> {
  await product.writer.drain();
  await untilCaughtUp(product);
}

export interface Totals {
  readonly customers: number;
  readonly points: number;
  readonly entries: Readonly<Record<string, number>>;
  readonly tiers: Readonly<Record<string, number>>;
}

/** What the read models say, in the shape of an expected.json; tiers nobody is in are left out. */
export async function totalsOf({ dataSource }: Runtime): Promise<Totals> {
  const { totals, tiers, entries } = await overview(dataSource);
  const inhabited = tiers.filter((tier) => tier.customers > 0);
  return {
    customers: totals.customers,
    points: totals.points,
    entries,
    tiers: Object.fromEntries(inhabited.map((tier) => [tier.tier, tier.customers])),
  };
}

export interface ChurnTotals {
  readonly retained: number;
  readonly churned: number;
  readonly churnKinds: Readonly<Record<'abnormal' | 'normal', number>>;
}

/** Who is retained and who has churned, as the read models say. */
export async function churnTotalsOf({ dataSource }: Runtime): Promise<ChurnTotals> {
  const { standing } = await overview(dataSource);
  const { retained, churned } = standing.states;
  return { retained, churned, churnKinds: standing.churnKinds };
}

/** SHA-256 over the rows of all customers in the order of their ids. */
export async function readModelHash({ dataSource }: Runtime): Promise<string> {
  const hash = createHash('sha256');
  for await (const row of everyCustomer(dataSource)) {
    // The order of the members of a JSON column is the database's business.
    hash.update(
      JSON.stringify({ row, loans: Object.entries(row.loans).sort() }, (key, value: unknown) =>
        key === 'loans' && !Array.isArray(value) ? undefined : value,
      ),
    );
  }
  return hash.digest('hex');
}

const PAGE_POSITIONS = 5000;

/** Every event in the store, of some types or of all, each stream's in order. */
export async function everyEvent({ store }: Runtime, types: readonly string[] | null = null): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const head = await store.head();
  let after = new Map([...head.keys()].map((shard) => [shard, 0]));
  while ([...head].some(([shard, last]) => (after.get(shard) ?? 0) < last)) {
    const page = await store.readFeed({ after, limitPerShard: PAGE_POSITIONS, types });
    events.push(...page.events);
    after = new Map(page.upTo);
  }
  return events;
}

/** Canonical state of every customer, folded from the events alone, by customer id. */
export async function canonicalStates(product: Runtime): Promise<Map<string, string>> {
  const streams = new Map<string, StoredEvent[]>();
  for (const event of await everyEvent(product)) {
    const events = streams.get(event.streamId);
    if (events === undefined) streams.set(event.streamId, [event]);
    else events.push(event);
  }
  const states = new Map<string, string>();
  for (const [streamId, events] of [...streams].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const customerId = customerOf(streamId);
    if (customerId === null) continue;
    states.set(customerId, canonicalState(fold(customerId, { snapshot: null, events }).state));
  }
  return states;
}

/** Submits lines as a file would bring them, and counts what became of them. */
export async function feedLines(
  { writer }: Runtime,
  lines: readonly string[],
  batch = 2000,
): Promise<Record<Outcome['status'], number>> {
  const counts = { accepted: 0, parked: 0, duplicate: 0, 'conflicting-duplicate': 0, refused: 0 };
  for (let from = 0; from < lines.length; from += batch) {
    const items = lines.slice(from, from + batch).map((line, place) => ({
      kind: 'message' as const,
      bytes: Buffer.from(line),
      origin: { door: 'file', file: 'lines', line: from + place + 1 } as const,
    }));
    for (const { status } of await writer.submit({ items, advances: [] })) counts[status] += 1;
  }
  return counts;
}

/** The same lines in another order, fixed by the seed (mulberry32, Fisher-Yates). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const result = [...items];
  for (let at = result.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [result[at], result[other]] = [result[other] as T, result[at] as T];
  }
  return result;
}
