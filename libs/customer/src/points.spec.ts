import { describe, expect, it } from '@jest/globals';
import {
  adjusted,
  cured,
  disbursalUndone,
  disbursed,
  given,
  goodLoan,
  noonOf,
  overdue,
  recovered,
  referral,
  registered,
  repaid,
  settled,
  settlementUndone,
  types,
  writtenOff,
} from './testing-facts.spec-support.js';

describe('points for using a loan', () => {
  it('gives ten when a loan is disbursed, from the day of the disbursal, and says why', () => {
    const customer = given([registered()]);
    const loan = disbursed('L1', '2020-02-01');
    expect(customer.when(loan)).toEqual([
      {
        type: 'points-awarded',
        entry: 'loan-use:L1',
        rule: 'loan-use',
        about: 'L1',
        points: 10,
        on: '2020-02-01',
        balance: 10,
        policyVersion: 'credit-points-1',
        causes: [loan.factId],
      },
      {
        type: 'tier-changed',
        from: 'none',
        to: 'establishing',
        balance: 10,
        policyVersion: 'credit-points-1',
        causes: [loan.factId],
      },
    ]);
  });

  it('takes them back when the disbursal is undone', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-01')]);
    const undone = disbursalUndone('L1', '2020-02-03');
    const [takenBack, tier] = customer.when(undone);
    expect(takenBack).toMatchObject({
      type: 'points-taken-back',
      entry: 'loan-use:L1',
      points: -10,
      on: '2020-02-01',
      reason: 'disbursal-undone',
      balance: 0,
      causes: [undone.factId],
    });
    expect(tier).toMatchObject({ type: 'tier-changed', from: 'establishing', to: 'none' });
  });

  it('gives them again, from the new day, when the loan is disbursed again', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-01'), disbursalUndone('L1', '2020-02-03')]);
    expect(customer.when(disbursed('L1', '2020-02-05'))[0]).toMatchObject({ entry: 'loan-use:L1', on: '2020-02-05' });
    expect(customer.state.held.balance).toBe(10);
  });

  it('ignores a report of the undoing that is older than the disbursal that stands', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-05')]);
    expect(customer.when(disbursalUndone('L1', '2020-02-03'))).toEqual([]);
  });

  it('gives ten once when the same loan is reported twice, and keeps the later statement of the principal', () => {
    const first = disbursed('L1', '2020-02-01');
    const corrected = disbursed('L1', '2020-02-01', {
      factId: 'core#correction',
      occurredAt: noonOf('2020-02-02'),
      principalMinor: 8_000_000,
    });
    for (const order of [
      [first, corrected],
      [corrected, first],
    ]) {
      const { state } = given([registered(), ...order]);
      expect(state.held.balance).toBe(10);
      expect(state.loans.get('L1')?.disbursed?.principalMinor).toBe(8_000_000);
    }
  });

  it('moves the entry to the corrected day, by a line back and a line forth', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-01')]);
    const lines = customer.when(disbursed('L1', '2020-02-09'));
    expect(lines).toMatchObject([
      { type: 'points-taken-back', on: '2020-02-01', reason: 'entry-changed', balance: 0 },
      { type: 'points-awarded', on: '2020-02-09', balance: 10 },
    ]);
  });
});

describe('points for a loan without overdue', () => {
  it('gives two when the loan is settled and names the settlement and the disbursal', () => {
    const loan = disbursed('L1', '2020-02-01');
    const customer = given([registered(), loan]);
    const settlement = settled('L1', '2020-11-01');
    expect(customer.when(settlement)).toMatchObject([
      { type: 'points-awarded', entry: 'no-overdue:L1', points: 2, causes: [settlement.factId, loan.factId] },
    ]);
  });

  it('gives nothing while the loan runs', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-01')]);
    expect(customer.when(repaid('P1', 'L1', '2020-03-01'))).toEqual([]);
  });

  it('gives nothing when an instalment was overdue before the settlement', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-01'), overdue('L1', '2020-05-01')]);
    expect(customer.when(settled('L1', '2020-11-01'))).toEqual([]);
  });

  it('takes the two points back when a late message shows an overdue instalment', () => {
    const customer = given([registered(), ...goodLoan('L1', 2020)]);
    const late = overdue('L1', '2020-05-01');
    expect(customer.when(late)).toMatchObject([
      { type: 'points-taken-back', entry: 'no-overdue:L1', reason: 'instalment-overdue', causes: [late.factId] },
    ]);
    expect(customer.state.held.balance).toBe(10);
  });

  it('does not bring them back when the overdue instalment is cured', () => {
    const customer = given([registered(), ...goodLoan('L1', 2020), overdue('L1', '2020-05-01')]);
    expect(customer.when(cured('L1', '2020-05-09'))).toEqual([]);
    expect(customer.state.held.balance).toBe(10);
  });

  it('takes them back when the loan is written off, and a recovery does not bring them back', () => {
    const customer = given([registered(), ...goodLoan('L1', 2020)]);
    const loss = writtenOff('L1', '2020-12-01');
    expect(customer.when(loss)).toMatchObject([{ reason: 'written-off', causes: [loss.factId] }]);
    expect(customer.when(recovered('L1', '2021-01-01'))).toEqual([]);
  });

  it('takes them back when the settlement is undone and gives them again when the loan is settled again', () => {
    const customer = given([registered(), ...goodLoan('L1', 2020)]);
    expect(customer.when(settlementUndone('L1', '2020-11-02'))).toMatchObject([{ reason: 'settlement-undone' }]);
    expect(customer.when(settled('L1', '2020-12-01'))).toMatchObject([
      { type: 'points-awarded', entry: 'no-overdue:L1', on: '2020-12-01' },
    ]);
    expect(customer.state.held.balance).toBe(12);
  });

  it('takes back the points for use and for no overdue when the disbursal of a settled loan is undone', () => {
    const customer = given([registered(), ...goodLoan('L1', 2020)]);
    const lines = customer.when(disbursalUndone('L1', '2020-12-01'));
    expect(lines.slice(0, 2)).toMatchObject([
      { entry: 'loan-use:L1', reason: 'disbursal-undone', balance: 2 },
      { entry: 'no-overdue:L1', reason: 'disbursal-undone', balance: 0 },
    ]);
  });
});

describe('points given by hand', () => {
  it('adds and subtracts what a person says, each time they say it', () => {
    const customer = given([
      registered(),
      adjusted(7, '2020-01-01', 'people#1'),
      adjusted(7, '2020-01-01', 'people#2'),
    ]);
    expect(customer.state.held.balance).toBe(14);
    expect(customer.when(adjusted(-4, '2020-01-02'))[0]).toMatchObject({ rule: 'manual', points: -4, balance: 10 });
  });

  it('lets the balance fall below zero, in the tier none', () => {
    const customer = given([registered(), disbursed('L1', '2020-02-01')]);
    const [line, tier] = customer.when(adjusted(-25, '2020-03-01'));
    expect(line).toMatchObject({ type: 'points-awarded', points: -25, balance: -15 });
    expect(tier).toMatchObject({ to: 'none', balance: -15 });
  });

  it('counts the same entry once however often it is reported', () => {
    const entry = adjusted(7, '2020-01-01');
    const customer = given([registered(), entry]);
    expect(customer.when(entry, entry)).toEqual([]);
  });
});

describe('tier and benefits', () => {
  it.each([
    [9, 'none', []],
    [10, 'establishing', []],
    [19, 'establishing', []],
    [20, 'stable', ['birthday-cake']],
    [29, 'stable', ['birthday-cake']],
    [30, 'deepening', ['birthday-cake', 'preferential-rate']],
    [39, 'deepening', ['birthday-cake', 'preferential-rate']],
    [40, 'trusted', ['birthday-cake', 'inspection-free', 'preferential-rate']],
  ])('with %i points is %s and may claim %j', (points, tier, benefits) => {
    const { held } = given([registered(), adjusted(points, '2020-01-01')]).state;
    expect(held).toMatchObject({ balance: points, tier, benefits });
  });

  it('goes as the rulebook works it out: 36 deepening, 41 trusted, 39 deepening with inspection withdrawn', () => {
    const customer = given([registered(), ...goodLoan('L1', 2019), ...goodLoan('L2', 2020), ...goodLoan('L3', 2021)]);
    expect(customer.state.held).toMatchObject({
      balance: 36,
      tier: 'deepening',
      benefits: ['birthday-cake', 'preferential-rate'],
    });

    const brought = referral('C2', 7, { loanId: 'L9', on: '2021-12-01' });
    const policyVersion = 'credit-points-1';
    expect(customer.when(brought)).toMatchObject([
      { type: 'points-awarded', entry: 'referral:C2', points: 5, balance: 41 },
      { type: 'tier-changed', from: 'deepening', to: 'trusted', balance: 41 },
      { type: 'benefit-granted', benefit: 'inspection-free', balance: 41 },
    ]);

    const late = overdue('L1', '2019-05-01');
    const because = { balance: 39, policyVersion, causes: [late.factId] };
    expect(customer.when(late).slice(1)).toEqual([
      { type: 'tier-changed', from: 'trusted', to: 'deepening', ...because },
      { type: 'benefit-withdrawn', benefit: 'inspection-free', reason: 'points-below-threshold', ...because },
    ]);
    expect(customer.state.held.benefits).toEqual(['birthday-cake', 'preferential-rate']);
  });

  it('changes once for a batch, by where the batch ends', () => {
    const customer = given([registered()]);
    const decisions = customer.when(
      ...goodLoan('L1', 2019),
      ...goodLoan('L2', 2020),
      disbursalUndone('L2', '2021-01-01'),
    );
    expect(types(decisions)).toEqual(['points-awarded', 'points-awarded', 'tier-changed']);
    expect(customer.state.held).toMatchObject({ balance: 12, tier: 'establishing' });
  });
});
