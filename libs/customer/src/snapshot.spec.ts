import { describe, expect, it } from '@jest/globals';
import { canonicalState } from './canonical.js';
import { fromSnapshot, toSnapshot } from './snapshot.js';
import { unknownCustomer } from './state.js';
import {
  adjusted,
  cured,
  disbursed,
  given,
  goodLoan,
  overdue,
  reassigned,
  recovered,
  referral,
  registered,
  repaid,
  settled,
  writtenOff,
} from './testing-facts.spec-support.js';

const everyKind = [
  registered('2019-01-01', { referrerId: 'C7', branchId: 'B1' }),
  reassigned('2020-01-01', { officerId: 'O2' }),
  ...goodLoan('__proto__', 2020),
  disbursed('L2', '2020-03-01'),
  repaid('P1', 'L2', '2020-04-01', { currency: 'USD' }),
  overdue('L2', '2020-05-01'),
  cured('L2', '2020-05-09'),
  writtenOff('L2', '2020-09-01'),
  recovered('L2', '2020-10-01'),
  settled('L3', '2020-11-01'),
  adjusted(3, '2020-12-01'),
  referral('C2', 3, { loanId: 'L9', on: '2020-02-01' }),
];

describe('a snapshot', () => {
  it('gives back the whole state, with maps as maps', () => {
    const { state } = given(everyKind);
    expect(fromSnapshot(toSnapshot(state))).toEqual(state);
  });

  it('gives back a customer of whom nothing is known', () => {
    expect(fromSnapshot(toSnapshot(unknownCustomer('C1')))).toEqual(unknownCustomer('C1'));
  });

  it('does not change with the state it was made of, nor the state with it', () => {
    const customer = given(everyKind);
    const text = toSnapshot(customer.state);
    const before = canonicalState(customer.state);
    const restored = fromSnapshot(text);
    restored.loans.get('L2')!.overdue.get(1)!.daysPastDueMax = 99;
    restored.assignments.pop();
    expect(canonicalState(customer.state)).toBe(before);
    customer.when(disbursed('L4', '2021-01-01'));
    expect(canonicalState(fromSnapshot(text))).toBe(before);
  });
});
