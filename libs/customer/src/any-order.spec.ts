import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalState } from './canonical.js';
import { takeDay, takeFacts } from './decide.js';
import type { Taken } from './decide.js';
import type { CustomerEvent } from './decisions.js';
import { BOOKS, CLOSED_DAYS, DRAW_RANGES, factOf } from './drawn-facts.spec-support.js';
import type { Draw } from './drawn-facts.spec-support.js';
import { evolve } from './evolve.js';
import { isDecision } from './evolve-decision.js';
import type { CustomerFact } from './facts.js';
import { entryId } from './ledger.js';
import type { PolicyBook } from './policy/policy.js';
import { fromSnapshot, toSnapshot } from './snapshot.js';
import { unknownCustomer } from './state.js';
import type { CustomerState } from './state.js';

const below = (values: number) => fc.nat(values - 1);
const drawn = {
  what: below(DRAW_RANGES.what),
  about: below(DRAW_RANGES.about),
  day: below(DRAW_RANGES.day),
  time: below(DRAW_RANGES.time),
  variant: below(DRAW_RANGES.variant),
  salt: below(DRAW_RANGES.salt),
};
const draws: fc.Arbitrary<Draw> = fc.record(drawn);
const REGISTRATION: Draw = { what: 30, about: 3, day: 0, time: 0, variant: 1, salt: 0 };
const books = fc.constantFrom(...BOOKS);

/** Facts, each with the places at which it arrives (one or more), the sizes of the batches, and days that are closed. */
const deliveries = fc.record({
  arrivals: fc.array(fc.record({ draw: draws, places: fc.array(fc.nat(999), { minLength: 1, maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 30,
  }),
  days: fc.array(fc.record({ day: fc.constantFrom(...CLOSED_DAYS), place: fc.nat(999) }), { maxLength: 4 }),
  batchSizes: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
  book: books,
});
type Delivery = typeof deliveries extends fc.Arbitrary<infer D> ? D : never;

/** What makes up the life of a borrower: loans that begin, end and are corrected, and what is said in between. */
const LIVELY = [0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 8, 10, 13, 14, 16] as const;
const livelyDraws: fc.Arbitrary<Draw> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...drawn, what: fc.constantFrom(...LIVELY), about: below(3) }) },
  { weight: 2, arbitrary: fc.record({ ...drawn, what: fc.integer({ min: 15, max: 29 }), about: fc.constant(3) }) },
);
/** A registered borrower with many days closed: churns, comes back, is warned of. */
const livelyDeliveries = fc.record({
  arrivals: fc
    .array(fc.record({ draw: livelyDraws, places: fc.array(fc.nat(999), { minLength: 1, maxLength: 2 }) }), {
      minLength: 4,
      maxLength: 24,
    })
    .map((arrivals) => [...arrivals, { draw: REGISTRATION, places: [0] }]),
  days: fc.array(fc.record({ day: fc.constantFrom(...CLOSED_DAYS), place: fc.nat(999) }), {
    minLength: 1,
    maxLength: 6,
  }),
  batchSizes: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
  book: books,
});

/** What comes in together: facts, or a day that is closed. */
type Batch = readonly CustomerFact[] | string;

function asDrawn({ arrivals }: Delivery): CustomerFact[] {
  return arrivals.map(({ draw }) => factOf(draw));
}

function asDelivered({ arrivals, days, batchSizes }: Delivery): Batch[] {
  const placed = [
    ...arrivals.flatMap(({ draw, places }) => places.map((place) => ({ place, what: factOf(draw) }))),
    ...days.map(({ day, place }) => ({ place, what: day })),
  ];
  const queue = placed.sort((one, other) => one.place - other.place).map(({ what }) => what);
  const batches: Batch[] = [];
  for (let n = 0; queue.length > 0; n += 1) {
    const batch: CustomerFact[] = [];
    for (const what of queue.splice(0, batchSizes[n % batchSizes.length])) {
      if (typeof what !== 'string') batch.push(what);
      else batches.push(batch.splice(0), what);
    }
    batches.push(batch);
  }
  return batches;
}

/**
 * Takes batches as the product does: a day moves the calendar, and the customer is only decided anew for it once what
 * they wait for has come.
 */
class Reception {
  readonly state: CustomerState;
  readonly events: CustomerEvent[] = [];
  closedDay = '';
  private wakeOn: string | null = null;

  constructor(
    private readonly book: PolicyBook,
    state = unknownCustomer('C1'),
  ) {
    this.state = state;
  }

  take(batch: Batch): void {
    if (typeof batch !== 'string') this.keep(takeFacts(this.state, batch, this.governing()));
    else {
      if (batch > this.closedDay) this.closedDay = batch;
      if (this.wakeOn !== null && this.wakeOn <= this.closedDay) this.keep(takeDay(this.state, this.governing()));
    }
  }

  governing() {
    return { book: this.book, closedDay: this.closedDay };
  }

  private keep({ events, wakeOn }: Taken): void {
    this.events.push(...events);
    this.wakeOn = wakeOn;
    expect(wakeOn === null || wakeOn > this.closedDay).toBe(true);
  }
}

function take(batches: readonly Batch[], book: PolicyBook): Reception {
  const reception = new Reception(book);
  for (const batch of batches) reception.take(batch);
  return reception;
}

/** Every day of a delivery, first or last. */
function daysOf({ days }: Delivery): string[] {
  return days.map(({ day }) => day);
}

function oneAtATime(facts: readonly CustomerFact[]): CustomerFact[][] {
  return facts.map((fact) => [fact]);
}

describe('the same facts, in any order, repetition and batching', () => {
  it('give the same canonical state, byte for byte', () => {
    const property = fc.property(deliveries, (delivery) => {
      const told = take([...oneAtATime(asDrawn(delivery)), ...daysOf(delivery)], delivery.book);
      const delivered = take(asDelivered(delivery), delivery.book);
      const atOnce = take([...daysOf(delivery), asDrawn(delivery).reverse()], delivery.book);
      const canonical = canonicalState(told.state);
      expect(canonicalState(delivered.state)).toBe(canonical);
      expect(canonicalState(atOnce.state)).toBe(canonical);
    });
    fc.assert(property, { numRuns: 1500 });
  });

  it('give the same canonical state of a borrower who comes, goes and comes back', () => {
    const told = new Map<string, number>();
    const property = fc.property(livelyDeliveries, (delivery) => {
      const inOrder = take([...oneAtATime(asDrawn(delivery)), ...daysOf(delivery)], delivery.book);
      const delivered = take(asDelivered(delivery), delivery.book);
      const atOnce = take([...daysOf(delivery), asDrawn(delivery).reverse()], delivery.book);
      const canonical = canonicalState(inOrder.state);
      expect(canonicalState(delivered.state)).toBe(canonical);
      expect(canonicalState(atOnce.state)).toBe(canonical);
      for (const { type } of delivered.events) told.set(type, (told.get(type) ?? 0) + 1);
    });
    fc.assert(property, { numRuns: 1500 });
    // The life is not so dull that nothing of this happens.
    for (const type of [
      'customer-churned',
      'churn-reclassified',
      'customer-won-back',
      'churn-cleared',
      'points-expired',
    ]) {
      expect(told.get(type) ?? 0).toBeGreaterThan(20);
    }
  });

  it('decide nothing when every one of them is repeated', () => {
    const property = fc.property(deliveries, (delivery) => {
      const reception = take(asDelivered(delivery), delivery.book);
      const { state } = reception;
      const facts = asDrawn(delivery);
      for (const fact of facts) expect(takeFacts(state, [fact], reception.governing()).events).toEqual([fact]);
      expect(takeFacts(state, facts, reception.governing()).events).toEqual(facts);
      expect(takeDay(state, reception.governing()).events).toEqual([]);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('the stream', () => {
  it('folds from scratch to the state it left, with its version', () => {
    const property = fc.property(deliveries, (delivery) => {
      const { state, events } = take(asDelivered(delivery), delivery.book);
      const folded = events.reduce<CustomerState>(evolve, unknownCustomer('C1'));
      expect(folded.version).toBe(events.length);
      expect(toSnapshot(folded)).toBe(toSnapshot(state));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('goes on from a snapshot of any point as if there had been none', () => {
    const property = fc.property(deliveries, (delivery) => {
      const { state, events } = take(asDelivered(delivery), delivery.book);
      let restored = unknownCustomer('C1');
      let closedDay = '';
      const after: CustomerEvent[] = [];
      for (const batch of asDelivered(delivery)) {
        if (typeof batch === 'string' && batch > closedDay) closedDay = batch;
        const governing = { book: delivery.book, closedDay };
        const taken = typeof batch === 'string' ? takeDay(restored, governing) : takeFacts(restored, batch, governing);
        after.push(...taken.events);
        const text = toSnapshot(restored);
        restored = fromSnapshot(text);
        expect(toSnapshot(restored)).toBe(text);
      }
      expect(JSON.stringify(after)).toBe(JSON.stringify(events));
      expect(toSnapshot(restored)).toBe(toSnapshot(state));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('names as causes only facts that are in it, and the policy versions that are in the book', () => {
    const property = fc.property(deliveries, (delivery) => {
      const { events } = take(asDelivered(delivery), delivery.book);
      const versions = delivery.book.map(({ version }) => version);
      const known = new Set<string>();
      for (const event of events) {
        if (!isDecision(event)) known.add(event.factId);
        else {
          expect(event.causes.length).toBeGreaterThan(0);
          expect(event.causes.filter((factId) => !known.has(factId))).toEqual([]);
          expect(versions).toContain(event.policyVersion);
        }
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('the ledger', () => {
  it('sums to its balance after every line, and its entries do too', () => {
    const property = fc.property(deliveries, (delivery) => {
      const { state, events } = take(asDelivered(delivery), delivery.book);
      let sum = 0;
      for (const event of events) {
        if (!('balance' in event) || !('entry' in event)) continue;
        sum += event.points;
        expect(event.balance).toBe(sum);
        expect(event.entry).toBe(entryId(event.rule, event.about));
      }
      const held = [...state.held.entries.values()].reduce((total, { points }) => total + points, 0);
      expect([state.held.balance, held]).toEqual([sum, sum]);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('awards no entry that is held, and takes back only what was awarded, whole', () => {
    const property = fc.property(deliveries, (delivery) => {
      const held = new Map<string, { points: number; on: string }>();
      for (const event of take(asDelivered(delivery), delivery.book).events) {
        if (event.type === 'points-awarded' || event.type === 'points-expired') {
          expect(held.has(event.entry)).toBe(false);
          held.set(event.entry, { points: event.points, on: event.on });
        } else if (event.type === 'points-taken-back') {
          expect(held.get(event.entry)).toEqual({ points: 0 - event.points, on: event.on });
          held.delete(event.entry);
        }
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
