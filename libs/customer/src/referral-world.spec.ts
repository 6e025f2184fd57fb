import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalState } from './canonical.js';
import { takeFacts } from './decide.js';
import { BOOKS, DRAW_RANGES, factOf } from './drawn-facts.spec-support.js';
import type { CustomerFact, ReferralReported } from './facts.js';
import type { PolicyBook } from './policy/policy.js';
import { unknownCustomer } from './state.js';

/** Three customers who bring each other, and a fourth who is named as referrer and never registers. */
const NAMED = ['A', 'B', 'C', 'nobody'] as const;
const DRAWN = NAMED.slice(0, 3);

interface Report {
  readonly to: string;
  readonly fact: ReferralReported;
}

/** Customers and a referral reactor in memory: it reads what a stream decides and writes what the referrer is told. */
class World {
  private readonly customers = new Map(NAMED.map((customerId) => [customerId as string, unknownCustomer(customerId)]));

  constructor(private readonly book: PolicyBook) {}

  /** Takes the facts in one batch and returns what there is to report to referrers. */
  take(customerId: string, facts: readonly CustomerFact[]): Report[] {
    const state = this.customers.get(customerId);
    if (state === undefined) return [];
    const before = state.version;
    return takeFacts(state, facts, { book: this.book, closedDay: '' }).events.flatMap((event, at) => {
      if (event.type !== 'referral-earned' && event.type !== 'referral-ended') return [];
      const revision = before + at + 1;
      const said =
        event.type === 'referral-earned' ? { loanId: event.loanId, on: event.on } : { loanId: null, on: null };
      const factId = `referrals#${customerId}:${String(revision)}`;
      const identity = { type: 'referral-reported', factId, occurredAt: 0, referredId: customerId, revision } as const;
      return [{ to: event.referrerId, fact: { ...identity, ...said } }];
    });
  }

  canonical(): string[] {
    return [...this.customers.values()].map(canonicalState);
  }

  hasReferrals(): boolean {
    return [...this.customers.values()].some(({ held }) =>
      [...held.entries.keys()].some((entry) => entry.startsWith('referral:')),
    );
  }

  pointsOf(customerId: string): number | undefined {
    return this.customers.get(customerId)?.held.balance;
  }
}

interface Reported {
  readonly customerId: string;
  readonly fact: CustomerFact;
}

/** Every report is delivered at once, and once. */
function promptly(facts: readonly Reported[], book: PolicyBook): World {
  const world = new World(book);
  for (const { customerId, fact } of facts) {
    for (const { to, fact: report } of world.take(customerId, [fact])) world.take(to, [report]);
  }
  return world;
}

/** Reports lie in a bag; `choices` says after each fact how many of them are delivered and which, and all stay in it. */
function carelessly(facts: readonly Reported[], book: PolicyBook, choices: readonly number[]): World {
  const world = new World(book);
  const bag: Report[] = [];
  let at = 0;
  const choose = (values: number): number => (choices[at++ % choices.length] ?? 0) % values;
  const deliverOne = (): void => {
    const report = bag[choose(Math.max(bag.length, 1))];
    if (report !== undefined) bag.push(...world.take(report.to, [report.fact]));
  };
  for (const { customerId, fact } of facts) {
    bag.push(...world.take(customerId, choose(4) === 0 ? [fact, fact] : [fact]));
    for (let times = choose(3); times > 0; times -= 1) deliverOne();
  }
  // In the end the reactor has told everything at least once: here from the last to the first, some of it again.
  for (const { to, fact } of [...bag].reverse()) world.take(to, [fact]);
  for (let times = choose(5); times > 0; times -= 1) deliverOne();
  return world;
}

const below = (values: number) => fc.nat(values - 1);
// Registrations (30), profiles (31), loans (0) and their undoing (2) are what referrals are made of.
const whats = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(30, 30, 31, 0, 0, 0, 2) },
  { weight: 1, arbitrary: below(DRAW_RANGES.what) },
);
const reported = fc.record({
  customer: below(DRAWN.length),
  place: fc.nat(999),
  draw: fc.record({
    what: whats,
    about: below(DRAW_RANGES.about),
    day: below(DRAW_RANGES.day),
    time: below(DRAW_RANGES.time),
    variant: below(DRAW_RANGES.variant),
    salt: below(DRAW_RANGES.salt),
  }),
});

describe('customers who bring each other', () => {
  it('end in the same state however late, often and disorderly the referrals are reported', () => {
    let earned = 0;
    const property = fc.property(
      fc.array(reported, { minLength: 1, maxLength: 40, size: 'max' }),
      fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }),
      fc.constantFrom(...BOOKS),
      (arrivals, choices, book) => {
        const facts = arrivals
          .map(({ customer, place, draw }) => {
            return { customerId: DRAWN[customer] ?? 'A', place, fact: factOf(draw, NAMED) };
          })
          // Only the reactor reports referrals here.
          .filter(({ fact }) => fact.type !== 'referral-reported');
        const disorderly = [...facts].sort((one, other) => one.place - other.place);
        const prompt = promptly(facts, book);
        expect(carelessly(disorderly, book, choices).canonical()).toEqual(prompt.canonical());
        if (prompt.hasReferrals()) earned += 1;
      },
    );
    fc.assert(property, { numRuns: 600 });
    // The world is not so strange that nobody ever brings anybody.
    expect(earned).toBeGreaterThan(60);
  });

  it('give each other five points, once each way', () => {
    const registration = (customerId: string, referrerId: string): Reported => ({
      customerId,
      fact: {
        type: 'customer-registered',
        factId: `core#${customerId}`,
        occurredAt: 0,
        kind: 'personal',
        registeredOn: '2020-01-01',
        referrerId,
      },
    });
    const loan = (customerId: string): Reported => ({
      customerId,
      fact: {
        type: 'loan-disbursed',
        factId: `core#loan-${customerId}`,
        occurredAt: 0,
        loanId: `L-${customerId}`,
        product: 'micro',
        principalMinor: 100,
        currency: 'CNY',
        disbursedOn: '2020-02-01',
        maturesOn: '2021-02-01',
      },
    });
    const facts = [
      registration('A', 'B'),
      loan('A'),
      loan('B'),
      registration('B', 'A'),
      registration('C', 'C'),
      loan('C'),
    ];
    const [book] = BOOKS;
    const world = carelessly(facts, book!, [3, 1, 4, 1, 5, 9, 2, 6]);
    expect(['A', 'B', 'C', 'nobody'].map((customerId) => world.pointsOf(customerId))).toEqual([15, 15, 10, 0]);
  });
});
