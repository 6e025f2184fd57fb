import { simulateLines } from '@retention/simulation';
import type { Random } from '../world/random.js';

/** One message on its way to the product. */
export interface Delivery {
  /** Milliseconds after the beginning at which it is sent first. */
  readonly atMs: number;
  readonly door: 'kafka' | 'http';
  readonly key: string | null;
  readonly value: string | null;
  /** Only where the order among some messages matters; else by key. */
  readonly partition: number | null;
}

export interface Workload {
  readonly deliveries: readonly Delivery[];
  /** Every good line once: what the product has to know in the end. */
  readonly lines: readonly string[];
  /** How many different messages have to end as dead letters. */
  readonly deadLetters: number;
  /** The last business day closed. */
  readonly lastDay: string;
}

const DISORDER = {
  referredRate: 0.5,
  referrerLaterRate: 0.3,
  referrerUnknownRate: 0.05,
  overdueRate: 0.15,
  prepaidRate: 0.3,
  writtenOffRate: 0.05,
  recoveredRate: 0.5,
  disbursalUndoneRate: 0.08,
  settlementUndoneRate: 0.1,
  repaymentReversedRate: 0.1,
  reassignedYearlyRate: 0.5,
  profileChangedYearlyRate: 0.5,
  complaintYearlyRate: 0.3,
  pointsAdjustedRate: 0.1,
  withoutSubjectRate: 0.4,
} as const;

const FACTS_MAX = 150;

/**
 * What a small lender publishes in a year or less, in an order far from the true one, some of it twice or by two doors, with
 * bad messages in between.
 */
export function drawWorkload(
  random: Random,
  { duringMs, partitions }: { duringMs: number; partitions: number },
): Workload {
  const feed = [
    ...simulateLines({
      customers: random.whole(3, 9),
      years: random.pick([0.3, 0.6, 1]),
      seed: random.whole(0, 1_000_000),
      startsOn: random.pick(['2021-01-01', '2022-03-01', '2023-01-30']),
      branches: 2,
      closesBusinessDays: true,
      repeatedRate: 0,
      ...DISORDER,
    }),
  ];
  const days = feed.filter(isDayClosed);
  const lastDay = days.at(-1) ?? '';
  const closed = new Set([...Array.from({ length: random.whole(1, 5) }, () => random.pick(days)), lastDay]);
  const facts = feed.filter((line) => !isDayClosed(line)).slice(0, FACTS_MAX);
  const lines = feed.filter((line) => closed.has(line) || (!isDayClosed(line) && facts.includes(line)));
  const deliveries = lines.flatMap((line, index) => deliver(line, (index / lines.length) * duringMs, random, duringMs));
  const bad = badMessages(random);
  for (const value of bad) deliveries.push({ ...somewhere(random, duringMs), door: 'kafka', key: 'x', value });
  const contradicted = contradictions(facts, random, { duringMs, partitions });
  deliveries.push(...contradicted.deliveries);
  return {
    deliveries: [...deliveries].sort((one, other) => one.atMs - other.atMs),
    lines,
    deadLetters: new Set(bad).size + contradicted.count,
    lastDay: (JSON.parse(lastDay) as { data: { day: string } }).data.day,
  };
}

function isDayClosed(line: string): boolean {
  return line.includes('"lending.business-day.closed.v1"');
}

function keyOf(line: string): string | null {
  return (JSON.parse(line) as { subject?: string }).subject ?? null;
}

/** Once or more: late, again, again by the other door, under another key. */
function deliver(value: string, dueMs: number, random: Random, duringMs: number): Delivery[] {
  const late = (): number => (random.chance(0.15) ? random.next() * duringMs : random.next() * duringMs * 0.05);
  const at = (): number => Math.min(duringMs, dueMs + late());
  const key = random.chance(0.05) ? 'another' : keyOf(value);
  const deliveries: Delivery[] = [
    { atMs: at(), door: random.chance(0.15) ? 'http' : 'kafka', key, value, partition: null },
  ];
  while (random.chance(0.15)) {
    const again = random.chance(0.3) ? respelt(value) : value;
    const door = random.chance(0.3) ? 'http' : 'kafka';
    deliveries.push({ atMs: at(), door, key, value: again, partition: null });
  }
  return deliveries;
}

/** The same content in other bytes. */
function respelt(value: string): string {
  const members = Object.entries(JSON.parse(value) as object).reverse();
  return JSON.stringify(Object.fromEntries(members), null, 1);
}

function somewhere(random: Random, duringMs: number): { atMs: number; partition: null } {
  return { atMs: random.next() * duringMs, partition: null };
}

function badMessages(random: Random): (string | null)[] {
  const number = random.whole(0, 99);
  const bad = [
    '{"broken',
    null,
    '',
    JSON.stringify({ specversion: '1.0', id: `bad-${number}` }),
    JSON.stringify({
      specversion: '1.0',
      id: `eaten-${number}`,
      source: '/lender',
      type: 'lending.loan.eaten.v1',
      time: '2021-01-01T12:00:00Z',
      data: {},
    }),
    '[]',
  ];
  // An empty value and none are refused for the same reason, but are different messages.
  return random.shuffled(bad).slice(0, random.whole(1, 5));
}

/** The same fact told with other content, after it in the same partition: the first stands. */
function contradictions(
  facts: readonly string[],
  random: Random,
  { duringMs, partitions }: { duringMs: number; partitions: number },
): { deliveries: Delivery[]; count: number } {
  const deliveries: Delivery[] = [];
  const count = random.whole(0, 2);
  for (const value of random.shuffled(facts).slice(0, count)) {
    const partition = random.whole(0, partitions - 1);
    const key = keyOf(value);
    const message = JSON.parse(value) as { time: string };
    const other = JSON.stringify({ ...message, time: '2019-05-05T05:05:05+08:00' });
    // The true one comes before every other delivery of it, so that what follows is the contradiction.
    deliveries.push({ atMs: -1, door: 'kafka', key, value, partition });
    deliveries.push({ atMs: random.next() * duringMs, door: 'kafka', key, value: other, partition });
  }
  return { deliveries, count: deliveries.length / 2 };
}
