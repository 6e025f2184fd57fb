import { describe, expect, it } from '@jest/globals';
import { adjusted, disbursed, given, noonOf, registered, settled } from '../testing-facts.spec-support.js';
import { DEFAULT_POLICY, DEFAULT_POLICY_BOOK } from './default-policy.js';
import { benefitsOf, policyOn, tierOf } from './policy.js';
import type { Policy, PolicyBook } from './policy.js';

const STRICT: Policy = {
  ...DEFAULT_POLICY,
  version: 'credit-points-2',
  effectiveFrom: '2021-01-01',
  points: { ...DEFAULT_POLICY.points, loanUse: 8, noOverdue: 4, referral: 3 },
  tiers: { establishing: 12, stable: 24, deepening: 36, trusted: 48 },
  benefits: { 'birthday-cake': 0, 'preferential-rate': 36, 'inspection-free': 48 },
};
const book: PolicyBook = [DEFAULT_POLICY, STRICT];

describe('the default policy', () => {
  it('has the numbers of the published credit-points system', () => {
    expect(DEFAULT_POLICY.points).toEqual({ loanUse: 10, noOverdue: 2, referral: 5, expiryMonths: null, cap: null });
    expect(DEFAULT_POLICY.tiers).toEqual({ establishing: 10, stable: 20, deepening: 30, trusted: 40 });
    expect(DEFAULT_POLICY.benefits).toEqual({
      'birthday-cake': 20,
      'preferential-rate': 30,
      'inspection-free': 40,
    });
    expect(DEFAULT_POLICY_BOOK).toEqual([DEFAULT_POLICY]);
  });
});

describe('the policy in force', () => {
  it('is the latest that has begun by that day, and the first for all days before', () => {
    expect(policyOn(book, '2020-12-31').version).toBe('credit-points-1');
    expect(policyOn(book, '2021-01-01').version).toBe('credit-points-2');
    expect(policyOn([STRICT], '1999-01-01').version).toBe('credit-points-2');
    expect(policyOn(book, '').version).toBe('credit-points-1');
  });

  it('draws its lines at its own numbers, inclusive', () => {
    expect([11, 12, 23, 24, 35, 36, 47, 48].map((balance) => tierOf(balance, STRICT))).toEqual([
      ...['none', 'establishing', 'establishing', 'stable', 'stable', 'deepening', 'deepening', 'trusted'],
    ]);
    expect(benefitsOf(-1, STRICT)).toEqual([]);
    expect(benefitsOf(36, STRICT)).toEqual(['birthday-cake', 'preferential-rate']);
  });

  it('is for each entry the one of its day, and the line carries its version', () => {
    const customer = given([registered(), disbursed('L1', '2020-12-31')], { book });
    expect(customer.when(settled('L1', '2021-01-01'))[0]).toMatchObject({
      points: 4,
      policyVersion: 'credit-points-2',
    });
    expect(customer.when(disbursed('L2', '2021-02-01'))[0]).toMatchObject({ points: 8, balance: 22 });
    expect(
      [...customer.state.held.entries.values()].map(({ points, policyVersion }) => [points, policyVersion]),
    ).toEqual([
      [10, 'credit-points-1'],
      [4, 'credit-points-2'],
      [8, 'credit-points-2'],
    ]);
  });

  it('takes an entry back under the version it was awarded under', () => {
    const customer = given([registered(), disbursed('L1', '2020-12-31')], { book });
    expect(customer.when(disbursed('L1', '2021-02-01'))).toMatchObject([
      { type: 'points-taken-back', points: -10, policyVersion: 'credit-points-1' },
      { type: 'points-awarded', points: 8, policyVersion: 'credit-points-2' },
      // 8 points reach no tier under the second version, though it gives the cake from the start.
      { type: 'tier-changed', to: 'none', policyVersion: 'credit-points-2' },
      { type: 'benefit-granted', benefit: 'birthday-cake', policyVersion: 'credit-points-2' },
    ]);
  });

  it('is for the tier the one of the latest day that counts', () => {
    const customer = given([registered(), adjusted(10, '2020-06-01')], { book });
    expect(customer.state.held.tier).toBe('establishing');
    expect(customer.when(adjusted(1, '2021-06-01'))).toMatchObject([
      { type: 'points-awarded', balance: 11 },
      { type: 'tier-changed', from: 'establishing', to: 'none', policyVersion: 'credit-points-2' },
      { type: 'benefit-granted', benefit: 'birthday-cake' },
    ]);
  });

  it('is looked up again when the registration is corrected to a day under another version', () => {
    const customer = given([registered('2019-01-01'), adjusted(10, '2020-06-01')], { book });
    const corrected = registered('2021-03-01', { factId: 'core#correction', occurredAt: noonOf('2021-03-02') });
    expect(customer.when(corrected)).toMatchObject([
      { type: 'tier-changed', from: 'establishing', to: 'none', causes: [corrected.factId] },
      { type: 'benefit-granted', benefit: 'birthday-cake', causes: [corrected.factId] },
    ]);
  });

  it('may grant a benefit with the registration', () => {
    const registration = registered('2021-03-01');
    expect(given([], { book }).when(registration)).toEqual([
      {
        type: 'benefit-granted',
        benefit: 'birthday-cake',
        balance: 0,
        policyVersion: 'credit-points-2',
        causes: [registration.factId],
      },
    ]);
  });
});
