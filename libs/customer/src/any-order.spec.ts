import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalState } from './canonical.js';
import { takeFacts } from './decide.js';
import type { CustomerEvent } from './decisions.js';
import { BOOKS, DRAW_RANGES, factOf } from './drawn-facts.spec-support.js';
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
const draws: fc.Arbitrary<Draw> = fc.record({
  what: below(DRAW_RANGES.what),
  about: below(DRAW_RANGES.about),
  day: below(DRAW_RANGES.day),
  time: below(DRAW_RANGES.time),
  variant: below(DRAW_RANGES.variant),
  salt: below(DRAW_RANGES.salt),
});
const books = fc.constantFrom(...BOOKS);

/** Facts, each with the places at which it arrives (one or more), and the sizes of the batches they arrive in. */
const deliveries = fc.record({
  arrivals: fc.array(fc.record({ draw: draws, places: fc.array(fc.nat(999), { minLength: 1, maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 30,
  }),
  batchSizes: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
  book: books,
});
type Delivery = typeof deliveries extends fc.Arbitrary<infer D> ? D : never;

function asDrawn({ arrivals }: Delivery): CustomerFact[] {
  return arrivals.map(({ draw }) => factOf(draw));
}

function asDelivered({ arrivals, batchSizes }: Delivery): CustomerFact[][] {
  const placed = arrivals.flatMap(({ draw, places }) => places.map((place) => ({ place, fact: factOf(draw) })));
  const queue = placed.sort((one, other) => one.place - other.place).map(({ fact }) => fact);
  const batches: CustomerFact[][] = [];
  for (let n = 0; queue.length > 0; n += 1) batches.push(queue.splice(0, batchSizes[n % batchSizes.length]));
  return batches;
}

function take(batches: readonly (readonly CustomerFact[])[], book: PolicyBook) {
  const state = unknownCustomer('C1');
  const events: CustomerEvent[] = [];
  for (const batch of batches) events.push(...takeFacts(state, batch, book));
  return { state, events };
}

function oneAtATime(facts: readonly CustomerFact[]): CustomerFact[][] {
  return facts.map((fact) => [fact]);
}

describe('the same facts, in any order, repetition and batching', () => {
  it('give the same canonical state, byte for byte', () => {
    const property = fc.property(deliveries, (delivery) => {
      const told = take(oneAtATime(asDrawn(delivery)), delivery.book);
      const delivered = take(asDelivered(delivery), delivery.book);
      const atOnce = take([asDrawn(delivery).reverse()], delivery.book);
      const canonical = canonicalState(told.state);
      expect(canonicalState(delivered.state)).toBe(canonical);
      expect(canonicalState(atOnce.state)).toBe(canonical);
    });
    fc.assert(property, { numRuns: 1500 });
  });

  it('decide nothing when every one of them is repeated', () => {
    const property = fc.property(deliveries, (delivery) => {
      const { state } = take(asDelivered(delivery), delivery.book);
      const facts = asDrawn(delivery);
      for (const fact of facts) expect(takeFacts(state, [fact], delivery.book)).toEqual([fact]);
      expect(takeFacts(state, facts, delivery.book)).toEqual(facts);
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
      const after: CustomerEvent[] = [];
      for (const batch of asDelivered(delivery)) {
        after.push(...takeFacts(restored, batch, delivery.book));
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
        if (event.type !== 'points-awarded' && event.type !== 'points-taken-back') continue;
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
        if (event.type === 'points-awarded') {
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
