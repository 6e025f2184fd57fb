import { describe, expect, it } from '@jest/globals';
import { canonicalState } from './canonical.js';
import { holderOf, kindOf, unknownCustomer } from './state.js';
import { given, noonOf, profileChanged, reassigned, registered } from './testing-facts.spec-support.js';

describe('what is said of a customer', () => {
  it('holds field by field as the later statement says, in either order of arrival', () => {
    const facts = [
      registered('2019-01-01', { region: 'north', industry: 'retail', channel: 'walk-in' }),
      profileChanged('2020-01-01', { region: 'south', kind: 'corporate' }),
      profileChanged('2019-06-01', { region: 'east', industry: 'catering' }),
    ];
    for (const order of [facts, [...facts].reverse()]) {
      const { state } = given(order);
      expect(Object.fromEntries([...state.profile].map(([field, { value }]) => [field, value]))).toEqual({
        kind: 'corporate',
        region: 'south',
        industry: 'catering',
        channel: 'walk-in',
      });
      expect(kindOf(state)).toBe('corporate');
    }
  });

  it('is unknown before anything is said', () => {
    expect(kindOf(unknownCustomer('C1'))).toBeNull();
    expect(holderOf(unknownCustomer('C1'))).toEqual({ branchId: null, officerId: null });
  });
});

describe('who holds the customer', () => {
  const facts = [
    registered('2019-01-01', { branchId: 'B1', officerId: 'O1' }),
    reassigned('2020-03-01', { officerId: 'O3' }),
    reassigned('2020-02-01', { officerId: 'O2', branchId: 'B2' }),
  ];

  it('is the officer and the branch of the latest day each was named for', () => {
    for (const order of [facts, [...facts].reverse()]) {
      expect(holderOf(given(order).state)).toEqual({ branchId: 'B2', officerId: 'O3' });
    }
  });

  it('is kept from day to day', () => {
    expect(given(facts).state.assignments.map(({ on, officerId }) => [on, officerId])).toEqual([
      ['2019-01-01', 'O1'],
      ['2020-02-01', 'O2'],
      ['2020-03-01', 'O3'],
    ]);
  });

  it('is the one named later when two are named for the same day; the greater id breaks a tie', () => {
    const at = (factId: string, hours: number, officerId: string) =>
      reassigned('2020-02-01', { factId, occurredAt: noonOf('2020-02-01') + hours * 3_600_000, officerId });
    const three = [at('core#c', 0, 'early'), at('core#a', 1, 'tie-a'), at('core#b', 1, 'tie-b')];
    const known = given([registered(), ...three]);
    expect(holderOf(known.state).officerId).toBe('tie-b');
    const reversed = given([registered(), ...[...three].reverse()]);
    expect(canonicalState(reversed.state)).toBe(canonicalState(known.state));
  });

  it('does not change with a statement that names neither, nor twice with the same one', () => {
    const [first = registered()] = facts;
    const { state } = given([first, first, profileChanged('2021-01-01', { region: 'south' })]);
    expect(state.assignments).toHaveLength(1);
  });
});

describe('who the customer is', () => {
  const registration = registered('2019-01-01', { branchId: 'B1', officerId: 'O1', channel: 'walk-in' });

  it('is told when the customer registers, with nothing made up', () => {
    expect(given([]).whenStated(registration)).toEqual([
      {
        type: 'profile-determined',
        profile: {
          registeredOn: '2019-01-01',
          kind: 'personal',
          branchId: 'B1',
          officerId: 'O1',
          region: null,
          industry: null,
          channel: 'walk-in',
          referrerId: null,
        },
        policyVersion: 'credit-points-1',
        causes: [registration.factId],
      },
    ]);
  });

  it('is told again when a later statement changes it, and not when an earlier one arrives late', () => {
    const customer = given([registration]);
    expect(customer.whenStated(profileChanged('2020-01-01', { region: 'south' }))).toMatchObject([
      { profile: { region: 'south', channel: 'walk-in' } },
    ]);
    expect(customer.whenStated(profileChanged('2019-06-01', { region: 'east' }))).toEqual([]);
  });

  it('names the facts that name the branch and the officer, however far back the one lies', () => {
    const officers = ['2020-01-01', '2021-01-01', '2022-01-01'].map((day) =>
      reassigned(day, { officerId: `O-${day}` }),
    );
    const customer = given([registration, ...officers.slice(0, 2)]);
    const [told] = customer.whenStated(...officers.slice(2));
    expect(told).toMatchObject({
      profile: { branchId: 'B1', officerId: 'O-2022-01-01' },
      causes: [registration.factId, 'core#reassigned-2022-01-01'],
    });
    const moved = given([registered(), reassigned('2019-05-01', { branchId: 'B5' }), ...officers.slice(0, 2)]);
    expect(moved.whenStated(...officers.slice(2))[0]?.causes).toContain('core#reassigned-2019-05-01');
  });
});
