import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from './policy/default-policy.js';
import type { PointsPolicy, PolicyBook } from './policy/policy.js';
import {
  adjusted,
  disbursalUndone,
  disbursed,
  given,
  goodLoan,
  registered,
  settled,
  types,
} from './testing-facts.spec-support.js';

const bookWith = (points: Partial<PointsPolicy>, downgradeAfterDays: number | null = 0): PolicyBook => [
  { ...DEFAULT_POLICY, points: { ...DEFAULT_POLICY.points, ...points }, downgradeAfterDays },
];

describe('points that expire', () => {
  const book = bookWith({ expiryMonths: 24 });
  const facts = [registered(), disbursed('L1', '2020-03-15'), settled('L1', '2020-09-30')];

  it('are gone on the same day of the month so many months later, and the line names the lots', () => {
    const customer = given(facts, { book });
    expect(types(customer.whenClosed('2022-03-14'))).not.toContain('points-expired');
    const [expired, tier] = customer.whenClosed('2022-03-15');
    expect(expired).toEqual({
      type: 'points-expired',
      entry: 'expiry:2022-03-15',
      rule: 'expiry',
      about: '2022-03-15',
      points: -10,
      on: '2022-03-15',
      balance: 2,
      policyVersion: 'credit-points-1',
      causes: ['core#disbursed-L1-2020-03-15'],
      lots: [{ entry: 'loan-use:L1', points: 10 }],
    });
    expect(tier).toMatchObject({ type: 'tier-changed', from: 'establishing', to: 'none' });
    expect(customer.wakeOn()).toBe('2022-09-30');
  });

  it('are used up oldest first: what a person took came from the lot that expires first', () => {
    const customer = given([...facts, adjusted(-11, '2021-01-10')], { book });
    // Of 10 + 2 points eleven were taken: ten of the loan, one of no overdue.
    expect(customer.whenClosed('2022-12-31')[0]).toMatchObject({
      type: 'points-expired',
      on: '2022-09-30',
      points: -1,
      balance: 0,
      lots: [{ entry: 'no-overdue:L1', points: 1 }],
    });
  });

  it('are given back when a late fact shows that they never were: the expiry is written anew', () => {
    const customer = given(facts, { book, closedDay: '2022-12-31' });
    expect(customer.state.held.balance).toBe(0);
    expect(customer.when(disbursalUndone('L1', '2020-03-16')).slice(0, 4)).toMatchObject([
      { type: 'points-taken-back', entry: 'loan-use:L1', points: -10, balance: -10 },
      { type: 'points-taken-back', entry: 'no-overdue:L1', points: -2, balance: -12 },
      { type: 'points-taken-back', entry: 'expiry:2022-03-15', points: 10, balance: -2 },
      { type: 'points-taken-back', entry: 'expiry:2022-09-30', points: 2, balance: 0 },
    ]);
  });

  it('that were owed before they came expire only in what was left', () => {
    const customer = given([registered(), adjusted(-4, '2020-01-01'), disbursed('L1', '2020-03-15')], {
      book,
      closedDay: '2022-12-31',
    });
    expect(customer.state.held.balance).toBe(0);
    expect(customer.state.held.entries.get('expiry:2022-03-15')).toMatchObject({ points: -6 });
  });

  it('do not by default', () => {
    const customer = given(facts, { closedDay: '2099-12-31' });
    expect(customer.state.held.balance).toBe(12);
  });
});

describe('a cap on the points of a period', () => {
  it('leaves what the year has room for, and the line says what the rule gives', () => {
    const book = bookWith({ cap: { per: 'year', points: 15 } });
    const customer = given([registered(), disbursed('L1', '2020-02-01')], { book });
    expect(customer.when(disbursed('L2', '2020-06-01'))[0]).toMatchObject({ points: 5, uncapped: 10, balance: 15 });
    expect(customer.when(disbursed('L3', '2020-07-01'))[0]).toMatchObject({ points: 0, uncapped: 10, balance: 15 });
    expect(customer.when(disbursed('L4', '2021-01-01'))[0]).toMatchObject({ points: 10, balance: 25 });
    expect(customer.when(adjusted(7, '2020-08-01'))[0]).toMatchObject({ points: 7, balance: 32 });
  });

  it('goes by business days and not by arrival: a late earlier loan takes the room of a later one', () => {
    const book = bookWith({ cap: { per: 'quarter', points: 10 } });
    const customer = given([registered(), disbursed('L2', '2020-03-01')], { book });
    expect(customer.when(disbursed('L1', '2020-01-15'))).toMatchObject([
      { type: 'points-awarded', entry: 'loan-use:L1', points: 10 },
      { type: 'points-taken-back', entry: 'loan-use:L2', points: -10, reason: 'entry-changed' },
      { type: 'points-awarded', entry: 'loan-use:L2', points: 0, uncapped: 10 },
    ]);
  });

  it('of a month ends with the month', () => {
    const book = bookWith({ cap: { per: 'month', points: 4 } });
    const facts = [registered(), disbursed('L1', '2020-01-31'), disbursed('L2', '2020-02-01')];
    expect(given(facts, { book }).state.held.balance).toBe(8);
  });
});

describe('a tier whose points are lost', () => {
  const facts = [registered(), ...goodLoan('L1', 2018), ...goodLoan('L2', 2019), adjusted(-5, '2020-03-01')];

  it('falls at once by default', () => {
    expect(given(facts).state.held.tier).toBe('establishing');
  });

  it('is kept so many days by a downgrade rule, and falls then', () => {
    const customer = given(facts, { book: bookWith({}, 60), closedDay: '2020-04-29' });
    expect([customer.state.held.balance, customer.state.held.tier]).toEqual([19, 'stable']);
    // What the points themselves grant does not wait.
    expect(customer.state.held.benefits).toEqual([]);
    expect(customer.whenClosed('2020-04-30')).toContainEqual(
      expect.objectContaining({ type: 'tier-changed', from: 'stable', to: 'establishing' }),
    );
  });

  it('never falls where the rule says so', () => {
    expect(given(facts, { book: bookWith({}, null), closedDay: '2099-01-01' }).state.held.tier).toBe('stable');
  });

  it('was never held by points that a late fact takes back', () => {
    const customer = given([registered(), disbursed('L1', '2020-01-01')], { book: bookWith({}, null) });
    expect(customer.when(disbursalUndone('L1', '2020-01-02'))).toContainEqual(
      expect.objectContaining({ type: 'tier-changed', from: 'establishing', to: 'none' }),
    );
  });
});

describe('points given by a person', () => {
  it('say who gave them and why', () => {
    expect(given([registered()]).when(adjusted(5, '2020-06-01'))[0]).toMatchObject({
      type: 'points-awarded',
      rule: 'manual',
      by: 'head-of-branch',
      reason: 'goodwill',
    });
  });
});
