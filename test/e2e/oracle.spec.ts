import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { simulateLines } from '@retention/simulation';
import { describeWithBerka } from '../support/berka.js';
import { recompute } from '../support/oracle/recompute.js';
import type { OracleCustomer } from '../support/oracle/recompute.js';

// Every answer below was worked out by hand from the rulebook; a calendar beside it is all it takes to check one.

type Data = Readonly<Record<string, unknown>>;

let written = 0;

/** A message at noon in Shanghai on a day, or at a time. */
function say(type: string, data: Data, at: string): string {
  written += 1;
  const time = at.includes('T') ? at : `${at}T12:00:00+08:00`;
  const envelope = { specversion: '1.0', id: `m-${String(written).padStart(6, '0')}`, source: '/by-hand', time };
  return JSON.stringify({ ...envelope, type: `lending.${type}.v1`, data });
}

function registered(customerId = 'C1', more: Data = {}): string {
  return say(
    'customer.registered',
    { customerId, kind: 'personal', registeredOn: '2020-01-01', ...more },
    '2020-01-01',
  );
}

function disbursed(loanId: string, disbursedOn: string, more: Data = {}): string {
  const terms = { product: 'micro', principal: '1000.00', currency: 'CNY', maturesOn: '2024-12-31' };
  return say('loan.disbursed', { customerId: 'C1', loanId, ...terms, disbursedOn, ...more }, disbursedOn);
}

const disbursalUndone = (loanId: string, undoneOn: string): string =>
  say('loan.disbursal-undone', { loanId, undoneOn }, undoneOn);
const settled = (loanId: string, settledOn: string): string => say('loan.settled', { loanId, settledOn }, settledOn);
const settlementUndone = (loanId: string, undoneOn: string): string =>
  say('loan.settlement-undone', { loanId, undoneOn }, undoneOn);
const writtenOff = (loanId: string, on: string, currency = 'CNY'): string =>
  say('loan.written-off', { loanId, amount: '10.00', currency, on }, on);
const applied = (loanId: string, appliedOn: string): string => {
  const asked = { customerId: 'C1', loanId, product: 'micro', amount: '1000.00', currency: 'CNY', appliedOn };
  return say('loan.applied', asked, appliedOn);
};
const answered = (answer: 'approved' | 'rejected' | 'cancelled', loanId: string, on: string): string =>
  say(`loan.${answer}`, { customerId: 'C1', loanId, on }, on);
const repaid = (repaymentId: string, paidOn: string, more: Data = {}): string => {
  const paid = { loanId: 'L1', repaymentId, amount: '10.00', currency: 'CNY', paidOn, ...more };
  return say('repayment.received', paid, paidOn);
};
const reversed = (repaymentId: string, reversedOn: string): string =>
  say('repayment.reversed', { loanId: 'L1', repaymentId, reversedOn }, reversedOn);
const overdue = (loanId: string, asOf: string, daysPastDue: number, no = 1): string =>
  say('instalment.overdue', { loanId, no, dueOn: '2023-01-31', asOf, daysPastDue, amount: '10.00' }, asOf);
const cured = (loanId: string, curedOn: string, no = 1): string =>
  say('instalment.cured', { loanId, no, curedOn }, curedOn);
const adjusted = (points: number, on: string): string =>
  say('points.adjusted', { customerId: 'C1', points, on, by: 'head', reason: 'goodwill' }, on);
const reported = (reason: string, reportedOn: string, at = reportedOn): string =>
  say('churn-reason.reported', { customerId: 'C1', reason, reportedOn }, at);
const complained = (raisedOn: string): string =>
  say('complaint.raised', { customerId: 'C1', complaintId: 'K1', raisedOn }, raisedOn);
const surveyed = (surveyId: string, score: number, answeredOn: string): string =>
  say('survey.answered', { customerId: 'C1', surveyId, answeredOn, score }, answeredOn);
const contacted = (madeOn: string): string =>
  say('contact.made', { customerId: 'C1', contactId: `T-${madeOn}`, madeOn }, madeOn);
const reassigned = (effectiveOn: string, to: Data, at = effectiveOn): string =>
  say('customer.reassigned', { customerId: 'C1', effectiveOn, ...to }, at);
const deposit = (month: string, averageDeposit: string, currency = 'CNY', at = `${month}-28`): string =>
  say('balance.observed', { customerId: 'C1', from: `${month}-01`, to: `${month}-28`, currency, averageDeposit }, at);

/** A loan that ran to its maturity and was settled on that day. */
function repaidLoan(loanId: string, from: string, to: string): string[] {
  return [disbursed(loanId, from, { maturesOn: to }), settled(loanId, to)];
}

function asOf(day: string, lines: readonly string[], customerId = 'C1'): OracleCustomer {
  const customer = recompute(lines, day).get(customerId);
  if (customer === undefined) throw new Error(`Nobody is ${customerId} on ${day}.`);
  return customer;
}

describe('points, tiers and benefits', () => {
  const three = [
    registered(),
    ...repaidLoan('L1', '2020-01-10', '2020-06-10'),
    ...repaidLoan('L2', '2020-07-10', '2020-12-10'),
    ...repaidLoan('L3', '2021-01-10', '2021-06-10'),
  ];
  const referral = [
    registered('C2', { referrerId: 'C1' }),
    disbursed('M1', '2021-03-01', { customerId: 'C2' }),
    disbursed('M2', '2021-03-05', { customerId: 'C2' }),
  ];

  it('come to the sums of the rulebook: 36, with a referral 41, with a late overdue 39', () => {
    expect(asOf('2021-07-01', three)).toMatchObject({
      points: 36,
      tier: 'deepening',
      benefits: ['birthday-cake', 'preferential-rate'],
    });
    expect(asOf('2021-07-01', [...three, ...referral])).toMatchObject({
      points: 41,
      tier: 'trusted',
      benefits: ['birthday-cake', 'preferential-rate', 'inspection-free'],
    });
    expect(asOf('2021-07-01', [...three, ...referral, overdue('L1', '2020-03-10', 1)])).toMatchObject({
      points: 39,
      tier: 'deepening',
      benefits: ['birthday-cake', 'preferential-rate'],
    });
  });

  it('are the same whatever the order of the messages and however often they come', () => {
    const lines = [...three, ...referral, disbursalUndone('M1', '2021-04-01')];
    expect(recompute([...lines].reverse(), '2021-07-01').get('C1')).toEqual(asOf('2021-07-01', lines));
    expect(asOf('2021-07-01', [...lines, ...lines])).toEqual(asOf('2021-07-01', lines));
  });

  it.each([
    [9, 'none', []],
    [10, 'establishing', []],
    [19, 'establishing', []],
    [20, 'stable', ['birthday-cake']],
    [29, 'stable', ['birthday-cake']],
    [30, 'deepening', ['birthday-cake', 'preferential-rate']],
    [39, 'deepening', ['birthday-cake', 'preferential-rate']],
    [40, 'trusted', ['birthday-cake', 'preferential-rate', 'inspection-free']],
  ])('of %d make the tier %s', (points, tier, benefits) => {
    expect(asOf('2021-01-01', [registered(), adjusted(points, '2020-05-01')])).toMatchObject({
      points,
      tier,
      benefits,
    });
  });

  const loan = disbursed('L1', '2020-01-10', { maturesOn: '2020-06-10' });
  it.each<[number, string, string[]]>([
    [0, 'of a customer without a loan', []],
    [10, 'of a loan that runs', [loan]],
    [12, 'of a loan settled without overdue', [loan, settled('L1', '2020-06-10')]],
    [10, 'where an instalment was overdue', [loan, overdue('L1', '2020-03-10', 1), settled('L1', '2020-06-10')]],
    [
      10,
      'where the overdue instalment was cured',
      [loan, overdue('L1', '2020-03-10', 1), cured('L1', '2020-03-11'), settled('L1', '2020-06-10')],
    ],
    [10, 'where the loan was written off first', [loan, writtenOff('L1', '2020-05-10'), settled('L1', '2020-06-10')]],
    [
      12,
      'where the write-off was in another currency',
      [loan, writtenOff('L1', '2020-05-10', 'USD'), settled('L1', '2020-06-10')],
    ],
    [10, 'where the settlement was undone', [loan, settled('L1', '2020-06-10'), settlementUndone('L1', '2020-06-11')]],
    [
      12,
      'where it was settled once more',
      [loan, settled('L1', '2020-06-10'), settlementUndone('L1', '2020-06-11'), settled('L1', '2020-06-12')],
    ],
    [0, 'where the disbursal was undone', [loan, disbursalUndone('L1', '2020-01-12')]],
    [0, 'where it was undone at the very instant', [loan, disbursalUndone('L1', '2020-01-10')]],
    [
      10,
      'where it was disbursed once more',
      [loan, disbursalUndone('L1', '2020-01-12'), disbursed('L1', '2020-01-14')],
    ],
    [3, 'of people who give and take', [loan, adjusted(-10, '2020-02-01'), adjusted(3, '2020-02-01')]],
  ])('are %d %s', (points, _, lines) => {
    expect(asOf('2020-07-01', [registered(), ...lines]).points).toBe(points);
  });

  const referred = (referrerId: string): string => registered('C2', { referrerId });
  const theirLoan = (loanId: string): string => disbursed(loanId, '2021-03-01', { customerId: 'C2' });
  it.each<[number, string, string[]]>([
    [0, 'as long as the referred one has no loan', [referred('C1')]],
    [5, 'for the first loan', [referred('C1'), theirLoan('M1')]],
    [5, 'for two loans', [referred('C1'), theirLoan('M1'), theirLoan('M2')]],
    [0, 'when the only loan is undone', [referred('C1'), theirLoan('M1'), disbursalUndone('M1', '2021-03-02')]],
    [
      5,
      'when another loan is left',
      [referred('C1'), theirLoan('M1'), theirLoan('M2'), disbursalUndone('M1', '2021-03-02')],
    ],
    [
      0,
      'once somebody else is named as the referrer',
      [
        referred('C1'),
        theirLoan('M1'),
        say('customer.profile-changed', { customerId: 'C2', referrerId: 'C3' }, '2021-04-01'),
      ],
    ],
    [
      0,
      'for one who is not registered',
      [theirLoan('M1'), say('customer.profile-changed', { customerId: 'C2', referrerId: 'C1' }, '2021-04-01')],
    ],
  ])('of a referrer are %d %s', (points, _, lines) => {
    expect(asOf('2021-07-01', [registered(), ...lines]).points).toBe(points);
  });

  it('are not given for referring oneself, nor to a referrer who is not registered', () => {
    expect(asOf('2021-07-01', [registered('C1', { referrerId: 'C1' }), disbursed('L1', '2021-01-01')]).points).toBe(10);
    const stranger = say('contact.made', { customerId: 'C9', contactId: 'T9', madeOn: '2021-01-01' }, '2021-01-01');
    expect(asOf('2021-07-01', [stranger, referred('C9'), theirLoan('M1')], 'C9')).toMatchObject({
      registered: false,
      points: 0,
    });
  });

  it('count no fact whose day is after the day, and decide nothing of a customer who is not registered', () => {
    const lines = [registered(), ...repaidLoan('L1', '2020-01-10', '2020-06-10')];
    expect(recompute(lines, '2019-12-31').size).toBe(0);
    expect(asOf('2020-01-09', lines)).toMatchObject({ registered: true, points: 0, state: 'none' });
    expect(asOf('2020-06-09', lines).points).toBe(10);
    expect(asOf('2020-06-10', lines).points).toBe(12);
    expect(asOf('2020-06-10', lines.slice(1))).toMatchObject({ registered: false, points: 0, state: 'none' });
  });

  it('refuse a message they do not know', () => {
    expect(() => recompute([say('loan.sold', { loanId: 'L1', on: '2020-01-01' }, '2020-01-01')], '2020-02-01')).toThrow(
      'The oracle does not know messages of type "lending.loan.sold.v1".',
    );
  });
});

describe('the feed', () => {
  it('is worked through without any code of the product', () => {
    const folder = new URL('../support/oracle/', import.meta.url);
    const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
    const imported = sources.flatMap((source) => [...source.matchAll(/ from '([^']+)'/g)].map(([, path]) => path));
    expect(imported).toContain('./feed.js');
    expect(imported.filter((path) => path?.startsWith('./') !== true)).toEqual([]);
  });

  it('of a simulated lender decides the same in another order, each line twice', () => {
    const lines = [...simulateLines({ customers: 300, years: 3, seed: 5 })];
    const decided = [...recompute(lines, '2023-06-30')].sort();
    expect(decided.length).toBeGreaterThan(200);
    expect([...recompute([...lines, ...lines].sort().reverse(), '2023-06-30')].sort()).toEqual(decided);
  });

  it('may close days and leave lines empty', () => {
    const lines = [say('business-day.closed', { day: '2020-01-01' }, '2020-01-01'), '', registered()];
    expect([...recompute(lines, '2020-02-01').keys()]).toEqual(['C1']);
  });

  it('names the customer in the data, by the subject, or by the loan, though the disbursal came after the day', () => {
    const bySubject = { ...(JSON.parse(settled('L1', '2020-06-10')) as Data), subject: 'C7' };
    expect([...recompute([JSON.stringify(bySubject)], '2020-06-10').keys()]).toEqual(['C7']);
    expect([
      ...recompute([overdue('L1', '2020-03-10', 1), disbursed('L1', '2020-04-01')], '2020-03-10').keys(),
    ]).toEqual(['C1']);
    expect(recompute([overdue('L1', '2020-03-10', 1)], '2020-03-10').size).toBe(0);
  });

  it.each([
    ['the later one', '2020-02-01T02:00:00Z', 'a', '2020-02-01T08:59:59+08:00', 'b'],
    ['the later one, west of Greenwich', '2020-01-31T20:00:01-05:00', 'a', '2020-02-01T09:00:00+08:00', 'b'],
    ['at one instant the one with the greater id', '2020-02-01T01:00:00Z', 'b', '2020-02-01T09:00:00+08:00', 'a'],
  ])('holds of two statements %s', (_, heldAt, heldId, otherAt, otherId) => {
    const said = (id: string, time: string, referrerId: string): string => {
      const message = JSON.parse(registered('C2', { referrerId })) as Data;
      return JSON.stringify({ ...message, id, time });
    };
    const statements = [said(heldId, heldAt, 'C1'), said(otherId, otherAt, 'C3')];
    for (const told of [statements, [...statements].reverse()]) {
      const lines = [registered('C1'), registered('C3'), ...told, disbursed('M1', '2020-03-01', { customerId: 'C2' })];
      expect([asOf('2020-04-01', lines).points, asOf('2020-04-01', lines, 'C3').points]).toEqual([5, 0]);
    }
  });
});

// Settled on 31 March: April has 30 days, May 31, June 30, so that 30 June is the 91st day after it.
const lastDay = '2023-03-31';
const churnDay = '2023-06-30';
const dayBefore = '2023-06-29';
const oneLoan = [registered(), ...repaidLoan('L1', '2022-03-31', lastDay)];

describe('churn and win-back', () => {
  it('comes 91 days after the settlement, not a day sooner', () => {
    expect(asOf(dayBefore, oneLoan)).toMatchObject({ state: 'retained', churnedOn: null, kind: null });
    expect(asOf(churnDay, oneLoan)).toMatchObject({ state: 'churned', churnedOn: churnDay, wonBackOn: null });
    expect(asOf('2024-06-30', oneLoan)).toMatchObject({ state: 'churned', churnedOn: churnDay });
  });

  it.each<[string, string | null, string[]]>([
    ['a loan that still runs', null, [disbursed('L2', '2022-06-01')]],
    ['another loan settled a day later', '2023-07-01', repaidLoan('L2', '2022-06-01', '2023-04-01')],
    ['another loan settled a day sooner', churnDay, repaidLoan('L2', '2022-06-01', '2023-03-30')],
    [
      'another loan written off a day later',
      '2023-07-01',
      [disbursed('L2', '2022-06-01'), writtenOff('L2', '2023-04-01')],
    ],
    [
      'a write-off in another currency than the loan',
      null,
      [disbursed('L2', '2022-06-01'), writtenOff('L2', '2023-04-01', 'USD')],
    ],
    ['a settlement that was undone', null, [settlementUndone('L1', '2023-04-02')]],
    [
      'a settlement a month late',
      '2023-07-31',
      [
        settlementUndone('L1', '2023-04-02'),
        say('loan.settled', { loanId: 'L1', settledOn: '2023-05-01' }, '2023-05-01'),
      ],
    ],
    ['a later loan that was undone', churnDay, [disbursed('L2', '2023-05-01'), disbursalUndone('L2', '2023-05-02')]],
  ])('of one more fact, %s: %s', (_, churnedOn, lines) => {
    expect(asOf('2023-09-01', [...oneLoan, ...lines]).churnedOn).toBe(churnedOn);
  });

  it.each<[string, string | null, string[]]>([
    ['waits from before it', null, [answered('approved', 'L2', '2023-06-01')]],
    ['waits from the very day', null, [answered('approved', 'L2', churnDay)]],
    ['comes a day too late', churnDay, [answered('approved', 'L2', '2023-07-01')]],
    [
      'was cancelled after it',
      '2023-07-20',
      [answered('approved', 'L2', '2023-06-01'), answered('cancelled', 'L2', '2023-07-20')],
    ],
    [
      'was rejected before it',
      churnDay,
      [answered('approved', 'L2', '2023-06-01'), answered('rejected', 'L2', '2023-06-20')],
    ],
    [
      'was followed by another before it was cancelled',
      '2023-08-05',
      [
        answered('approved', 'L2', '2023-06-01'),
        answered('cancelled', 'L2', '2023-07-20'),
        answered('approved', 'L3', '2023-07-10'),
        answered('cancelled', 'L3', '2023-08-05'),
      ],
    ],
    [
      'was used up by a disbursal, though that was undone',
      '2023-07-20',
      [answered('approved', 'L2', '2023-06-01'), disbursed('L2', '2023-07-20'), disbursalUndone('L2', '2023-07-22')],
    ],
    ['was used up by the loan that is settled', churnDay, [answered('approved', 'L1', '2022-03-30')]],
    ['is only an application', churnDay, [applied('L2', '2023-06-01')]],
  ])('with an approval that %s: %s', (_, churnedOn, lines) => {
    expect(asOf('2023-09-01', [...oneLoan, ...lines])).toMatchObject({
      churnedOn,
      state: churnedOn === null ? 'retained' : 'churned',
    });
  });

  it('counts a settlement before the disbursal as one on that day', () => {
    const lines = [registered(), disbursed('L1', lastDay), settled('L1', '2023-03-01')];
    expect(asOf('2023-09-01', lines).churnedOn).toBe(churnDay);
  });

  it('does not come when an approval waited until its loan was disbursed', () => {
    const lines = [...oneLoan, answered('approved', 'L2', '2023-06-01'), disbursed('L2', '2023-08-15')];
    expect(asOf('2023-08-14', lines)).toMatchObject({ state: 'retained', churnedOn: null });
    expect(asOf('2023-08-15', lines)).toMatchObject({ state: 'retained', churnedOn: null, wonBackOn: null });
  });

  it('does not come when the next loan is disbursed on the very day', () => {
    const lines = [...oneLoan, disbursed('L2', churnDay)];
    expect(asOf(churnDay, lines)).toMatchObject({ state: 'retained', churnedOn: null, wonBackOn: null });
  });

  it('is remembered after a win-back, and forgotten for the next churn', () => {
    const back = [...oneLoan, ...repaidLoan('L2', '2023-07-01', '2023-10-01')];
    expect(asOf('2023-07-01', back)).toMatchObject({ state: 'retained', churnedOn: churnDay, wonBackOn: '2023-07-01' });
    expect(asOf('2023-12-30', back)).toMatchObject({ state: 'retained', churnedOn: churnDay });
    expect(asOf('2023-12-31', back)).toMatchObject({
      state: 'churned',
      churnedOn: '2023-12-31',
      wonBackOn: '2023-07-01',
    });
  });

  it('is as it was when the loan that won the customer back is undone', () => {
    const lines = [...oneLoan, disbursed('L2', '2023-07-01'), disbursalUndone('L2', '2023-07-05')];
    expect(asOf('2023-07-05', lines)).toMatchObject({ state: 'churned', churnedOn: churnDay, wonBackOn: null });
  });
});

describe('the other definitions of churn', () => {
  it.each([
    [churnDay, { grace: churnDay, inactivity: null, reborrow: null }],
    ['2023-07-31', { grace: churnDay, inactivity: null, reborrow: null }],
    ['2023-08-01', { grace: churnDay, inactivity: null, reborrow: '2023-08-01' }],
    ['2023-09-30', { grace: churnDay, inactivity: null, reborrow: '2023-08-01' }],
    ['2023-10-01', { grace: churnDay, inactivity: '2023-10-01', reborrow: '2023-08-01' }],
  ])('count from the end of the half-year and from the last transaction (%s)', (day, churnedBy) => {
    expect(asOf(day, oneLoan).churnedBy).toEqual(churnedBy);
  });

  it('count a settlement of 1 July to the half-year that ends with December', () => {
    const lines = [registered(), ...repaidLoan('L1', '2022-07-01', '2023-07-01')];
    expect(asOf('2024-01-31', lines).churnedBy.reborrow).toBeNull();
    expect(asOf('2024-02-01', lines).churnedBy.reborrow).toBe('2024-02-01');
  });

  it('let a loan of the month that follows the half-year count as following', () => {
    const lines = [...oneLoan, disbursed('L2', '2023-07-31')];
    expect(asOf('2023-09-01', lines)).toMatchObject({
      wonBackOn: '2023-07-31',
      churnedBy: { grace: null, inactivity: null, reborrow: null },
    });
  });

  it('forget a churn that a later loan ended', () => {
    const lines = [...oneLoan, ...repaidLoan('L2', '2023-08-02', '2024-01-31')];
    expect(asOf('2024-01-31', lines).churnedBy).toEqual({ grace: null, inactivity: null, reborrow: null });
    expect(asOf('2024-08-01', lines).churnedBy).toEqual({
      grace: '2024-05-01',
      inactivity: '2024-08-01',
      reborrow: '2024-08-01',
    });
  });

  it.each<[string, string, string[]]>([
    ['2022-10-01', 'of a loan on which nothing came', []],
    ['2023-03-01', 'after a repayment on 31 August: six months end with February', [repaid('P1', '2022-08-31')]],
    ['2022-10-01', 'after a repayment that was reversed', [repaid('P1', '2022-08-31'), reversed('P1', '2022-09-02')]],
    ['2022-10-01', 'after a repayment of nothing', [repaid('P1', '2022-08-31', { amount: '0.00' })]],
    ['2022-10-01', 'after a repayment in another currency', [repaid('P1', '2022-08-31', { currency: 'USD' })]],
    [
      '2023-03-01',
      'after a repayment, another one being reversed',
      [repaid('P1', '2022-08-31'), repaid('P2', '2022-09-01'), reversed('P2', '2022-09-01')],
    ],
  ])('say %s by inactivity %s', (churnedOn, _, lines) => {
    // 31 March and six months is 30 September, the last day of a shorter month.
    const running = [registered(), disbursed('L1', '2022-03-31'), ...lines];
    expect(asOf('2023-06-01', running)).toMatchObject({
      state: 'retained',
      churnedOn: null,
      churnedBy: { grace: null, inactivity: churnedOn, reborrow: null },
    });
  });
});

describe('the kind of a churn and its reason', () => {
  const day = '2023-08-01';
  const older = repaidLoan('L0', '2021-01-01', '2022-03-30');
  const overlapping = repaidLoan('L0', '2021-01-01', '2022-03-31');
  it.each<[string, string, string[]]>([
    ['abnormal', 'with nothing said', []],
    ['abnormal', '30 days past due', [overdue('L1', '2023-03-01', 30)]],
    ['normal', '31 days past due', [overdue('L1', '2023-03-01', 31)]],
    ['normal', '31 days past due, cured', [overdue('L1', '2023-03-01', 31), cured('L1', '2023-03-02')]],
    ['normal', 'written off, then settled', [writtenOff('L1', '2023-02-01')]],
    ['abnormal', 'an older loan long past due', [...older, overdue('L0', '2022-02-01', 99)]],
    ['normal', 'a loan long past due until the last one began', [...overlapping, overdue('L0', '2022-02-01', 99)]],
    ...['overdue', 'business_failure', 'deceased', 'relocated'].map((reason): [string, string, string[]] => [
      'normal',
      `reported as ${reason}`,
      [reported(reason, '2023-07-10')],
    ]),
    ['abnormal', 'reported as competitor', [reported('competitor', '2023-07-10')]],
    ['abnormal', 'relocated before the settlement', [reported('relocated', '2023-03-30')]],
    ['normal', 'relocated on the day of the settlement', [reported('relocated', lastDay)]],
    ['abnormal', 'relocated, known only tomorrow', [reported('relocated', '2023-08-02')]],
    [
      'abnormal',
      'relocated, corrected later',
      [reported('relocated', '2023-07-10'), reported('service', '2023-07-09', '2023-07-20')],
    ],
    [
      'normal',
      'in spite of a report, by write-off',
      [writtenOff('L1', '2023-02-01'), reported('service', '2023-07-10')],
    ],
  ])('%s: %s', (kind, _, lines) => {
    expect(asOf(day, [...oneLoan, ...lines])).toMatchObject({ state: 'churned', kind });
  });

  it('is normal of a loan that ended with its write-off', () => {
    const lines = [registered(), disbursed('L1', '2022-03-31'), writtenOff('L1', lastDay)];
    expect(asOf(churnDay, lines)).toMatchObject({ churnedOn: churnDay, kind: 'normal', reasonUnknown: false });
  });

  it('is unknown from the 30th day after the churn, until it is reported', () => {
    expect(asOf('2023-07-29', oneLoan)).toMatchObject({ kind: 'abnormal', reason: null, reasonUnknown: false });
    expect(asOf('2023-07-30', oneLoan)).toMatchObject({ kind: 'abnormal', reason: null, reasonUnknown: true });
    const late = [...oneLoan, reported('rate_too_high', '2023-08-15')];
    expect(asOf('2023-08-14', late).reasonUnknown).toBe(true);
    expect(asOf('2023-08-15', late)).toMatchObject({ reason: 'rate_too_high', reasonUnknown: false, kind: 'abnormal' });
  });

  it('is never unknown of a normal churn', () => {
    const lines = [...oneLoan, overdue('L1', '2023-03-01', 31)];
    expect(asOf('2023-12-01', lines)).toMatchObject({ kind: 'normal', reason: null, reasonUnknown: false });
  });

  it('is of the latest churn', () => {
    const lines = [...oneLoan, reported('relocated', '2023-07-10'), ...repaidLoan('L2', '2023-08-01', '2023-10-01')];
    expect(asOf('2023-12-30', lines)).toMatchObject({ state: 'retained', kind: 'normal', reason: 'relocated' });
    expect(asOf('2023-12-31', lines)).toMatchObject({ state: 'churned', kind: 'abnormal', reason: null });
  });
});

describe('the holder of a lost customer', () => {
  const held = [registered('C1', { officerId: 'O1', branchId: 'B1' }), ...repaidLoan('L1', '2022-03-31', lastDay)];
  const moved = (time: string): string =>
    say('customer.profile-changed', { customerId: 'C1', officerId: 'O2', branchId: 'B2' }, time);

  it.each<[string, string, string, string[]]>([
    ['O1', 'B1', 'at the registration', []],
    ['O2', 'B2', 'from the last day on', [reassigned(lastDay, { officerId: 'O2', branchId: 'B2' })]],
    ['O1', 'B1', 'from the day after', [reassigned('2023-04-01', { officerId: 'O2', branchId: 'B2' })]],
    ['O2', 'B1', 'with a new officer only', [reassigned('2023-02-01', { officerId: 'O2' })]],
    ['O1', 'B2', 'with a new branch only', [reassigned('2023-02-01', { branchId: 'B2' })]],
    [
      'O3',
      'B1',
      'corrected long afterwards, with an earlier date',
      [reassigned('2023-02-01', { officerId: 'O2' }), reassigned('2023-03-01', { officerId: 'O3' }, '2023-07-15')],
    ],
    [
      'O2',
      'B1',
      'by the date from which it holds, not by when it was said',
      [reassigned('2023-03-01', { officerId: 'O2' }), reassigned('2023-02-01', { officerId: 'O3' }, '2023-07-15')],
    ],
    ['O2', 'B2', 'of a profile changed before midnight', [moved('2023-03-31T15:59:59Z')]],
    ['O1', 'B1', 'of a profile changed after midnight', [moved('2023-03-31T16:00:00Z')]],
    [
      'O3',
      'B1',
      'of two of one day by the later one',
      [
        reassigned('2023-02-01', { officerId: 'O3' }, '2023-02-01T15:00:00+08:00'),
        reassigned('2023-02-01', { officerId: 'O2' }, '2023-02-01T14:00:00+08:00'),
      ],
    ],
  ])('is %s of %s %s', (officerId, branchId, _, lines) => {
    expect(asOf('2023-08-01', [...held, ...lines])).toMatchObject({ churnedOn: churnDay, officerId, branchId });
  });

  it('depends on where midnight is', () => {
    const lines = [...held, moved('2023-03-31T16:00:00Z')];
    expect(recompute(lines, '2023-08-01', { timeZone: 'UTC' }).get('C1')).toMatchObject({ officerId: 'O2' });
  });

  it('is nobody before the churn, and nobody where nobody was named: the officer of the loan does not count', () => {
    expect(asOf(dayBefore, held)).toMatchObject({ officerId: null, branchId: null });
    const unheld = [
      registered(),
      disbursed('L1', '2022-03-31', { officerId: 'O7', branchId: 'B7', maturesOn: lastDay }),
      settled('L1', lastDay),
    ];
    expect(asOf(churnDay, unheld)).toMatchObject({ churnedOn: churnDay, officerId: null, branchId: null });
  });

  it('is the one at the end of the last loan before the latest churn', () => {
    const lines = [
      ...held,
      reassigned('2023-09-01', { officerId: 'O2' }),
      ...repaidLoan('L2', '2023-08-01', '2023-10-01'),
    ];
    expect(asOf('2023-12-30', lines).officerId).toBe('O1');
    expect(asOf('2023-12-31', lines).officerId).toBe('O2');
  });
});

describe('warnings', () => {
  const running = [registered(), disbursed('L1', '2023-01-10')];
  // A complaint of Wednesday, 1 March is past its due time from 9 March on; a light signal shows beside its 20 points only.
  const complaint = complained('2023-03-01');
  const second = (more: Data = {}, on = '2023-02-19'): string => disbursed('L2', on, more);
  const matures = (maturesOn: string): string => say('loan.rescheduled', { loanId: 'L1', maturesOn }, '2023-06-01');

  it.each<[string, boolean, string, string, string[]]>([
    ['early-repayment', true, '2023-07-05', '31 days', [matures('2023-07-31'), settled('L1', '2023-06-30')]],
    ['early-repayment', false, '2023-07-05', '30 days', [matures('2023-07-30'), settled('L1', '2023-06-30')]],
    [
      'early-repayment',
      false,
      '2023-07-05',
      'with another loan since',
      [settled('L1', '2023-06-30'), disbursed('L2', '2023-06-30')],
    ],
    [
      'early-repayment',
      true,
      '2023-07-05',
      'with another loan before',
      [settled('L1', '2023-06-30'), disbursed('L2', '2023-06-29')],
    ],
    [
      'early-repayment',
      false,
      '2023-07-05',
      'with another settled on time after it',
      [...repaidLoan('L2', '2023-05-10', '2023-07-01'), settled('L1', '2023-06-30')],
    ],
    [
      'early-repayment',
      true,
      '2023-07-05',
      'with another settled on time before it, whatever the ids',
      [...repaidLoan('L2', '2023-05-10', '2023-06-29'), settled('L1', '2023-06-30')],
    ],
    [
      'early-repayment',
      false,
      '2023-07-05',
      'with another settled on time on its day, of a greater id',
      [...repaidLoan('L2', '2023-01-10', '2023-06-30'), settled('L1', '2023-06-30')],
    ],
    [
      'early-repayment',
      true,
      '2023-07-05',
      'with another settled on time on its day, of a smaller id',
      [...repaidLoan('L0', '2023-01-10', '2023-06-30'), settled('L1', '2023-06-30')],
    ],
    [
      'early-repayment',
      true,
      '2023-07-05',
      'on the day of the disbursal, which is no other loan since',
      [disbursed('L2', '2023-07-01'), settled('L2', '2023-07-01')],
    ],
    // 40 days from the first to the second, so 60 are allowed: until 20 April.
    ['long-gap', false, '2023-04-20', 'on the 60th day', [second()]],
    ['long-gap', true, '2023-04-21', 'on the 61st day', [second()]],
    ['long-gap', true, '2023-04-21', 'where two loans of a day are one', [second(), disbursed('L3', '2023-02-19')]],
    // 40 and 31 days: 35.5 in the mean, so 53.25 are allowed.
    ['long-gap', false, '2023-05-14', 'on the 53rd day', [second(), disbursed('L3', '2023-03-22')]],
    ['long-gap', true, '2023-05-15', 'on the 54th day', [second(), disbursed('L3', '2023-03-22')]],
    ['smaller-loan', false, '2023-03-20', 'of half', [second({ principal: '500.00' })]],
    ['smaller-loan', true, '2023-03-20', 'under half', [second({ principal: '499.99' })]],
    ['smaller-loan', false, '2023-03-20', 'in another money', [second({ principal: '1.00', currency: 'USD' })]],
    [
      'smaller-loan',
      true,
      '2023-03-20',
      'of the later one, whatever the ids',
      [disbursed('L0', '2023-02-19', { principal: '499.99' })],
    ],
    [
      'smaller-loan',
      false,
      '2023-03-20',
      'made up for by a third',
      [second({ principal: '499.99' }), disbursed('L3', '2023-03-10')],
    ],
    ['balance-fall', true, '2023-03-20', 'by 30 %', [deposit('2023-01', '100.00'), deposit('2023-02', '70.00')]],
    ['balance-fall', false, '2023-03-20', 'by less', [deposit('2023-01', '100.00'), deposit('2023-02', '70.01')]],
    [
      'balance-fall',
      true,
      '2023-03-20',
      'by a million yuan',
      [deposit('2023-01', '10000000.00'), deposit('2023-02', '9000000.00')],
    ],
    [
      'balance-fall',
      false,
      '2023-03-20',
      'by a cent less than a million yuan',
      [deposit('2023-01', '10000000.00'), deposit('2023-02', '9000000.01')],
    ],
    [
      'balance-fall',
      false,
      '2023-03-20',
      'by a million dollars',
      [deposit('2023-01', '10000000.00', 'USD'), deposit('2023-02', '9000000.00', 'USD')],
    ],
    ['balance-fall', true, '2023-03-20', 'told backwards', [deposit('2023-02', '70.00'), deposit('2023-01', '100.00')]],
    ['balance-fall', false, '2023-03-20', 'from nothing', [deposit('2023-01', '0.00'), deposit('2023-02', '0.00')]],
    [
      'balance-fall',
      false,
      '2023-03-20',
      'corrected',
      [deposit('2023-01', '100.00'), deposit('2023-02', '10.00'), deposit('2023-02', '90.00', 'CNY', '2023-03-05')],
    ],
    [
      'balance-fall',
      false,
      '2023-03-20',
      'from one currency to the other',
      [deposit('2023-01', '100.00'), deposit('2023-02', '10.00', 'USD')],
    ],
    ['low-survey-score', false, '2023-03-20', 'of 3', [surveyed('S1', 3, '2023-03-10')]],
    ['low-survey-score', true, '2023-03-20', 'of 2', [surveyed('S1', 2, '2023-03-10')]],
    [
      'low-survey-score',
      false,
      '2023-03-20',
      'better since',
      [surveyed('S1', 1, '2023-03-10'), surveyed('S2', 4, '2023-03-11')],
    ],
    [
      'low-survey-score',
      true,
      '2023-03-20',
      'by the day of the answer, not by when it was told',
      [
        surveyed('S1', 1, '2023-03-11'),
        say('survey.answered', { customerId: 'C1', surveyId: 'S2', answeredOn: '2023-03-10', score: 5 }, '2023-03-15'),
      ],
    ],
    // 10 March and 30 days is 9 April.
    ['newly-overdue', true, '2023-04-08', 'for 29 days', [overdue('L1', '2023-03-10', 1)]],
    ['newly-overdue', false, '2023-04-09', 'for 30 days', [overdue('L1', '2023-03-10', 1)]],
    ['newly-overdue', false, '2023-03-20', 'cured', [overdue('L1', '2023-03-10', 1), cured('L1', '2023-03-10')]],
    [
      'newly-overdue',
      true,
      '2023-03-20',
      'with another instalment cured',
      [overdue('L1', '2023-03-10', 1), cured('L1', '2023-03-12', 2)],
    ],
    [
      'newly-overdue',
      true,
      '2023-03-20',
      'once more after the cure',
      [overdue('L1', '2023-03-10', 1), cured('L1', '2023-03-12'), overdue('L1', '2023-03-13', 1)],
    ],
    [
      'newly-overdue',
      false,
      '2023-04-09',
      'where a second report makes it no newer',
      [overdue('L1', '2023-03-10', 1), overdue('L1', '2023-04-01', 20)],
    ],
    [
      'newly-overdue',
      false,
      '2023-03-20',
      'cured twice',
      [
        ...[overdue('L1', '2023-03-10', 1), cured('L1', '2023-03-12')],
        ...[overdue('L1', '2023-03-13', 1), cured('L1', '2023-03-14')],
      ],
    ],
    [
      'newly-overdue',
      true,
      '2023-03-20',
      'on one loan of two',
      [second(), contacted('2023-03-01'), overdue('L2', '2023-03-10', 1)],
    ],
    [
      'newly-overdue',
      false,
      '2023-03-20',
      'written off',
      [overdue('L1', '2023-03-10', 1), writtenOff('L1', '2023-03-15')],
    ],
    [
      'newly-overdue',
      false,
      '2023-03-20',
      'settled without a cure',
      [second({ maturesOn: '2023-03-15' }), overdue('L2', '2023-03-10', 1), settled('L2', '2023-03-15')],
    ],
    // 182 days after 10 January is 11 July; 61 days after it is 12 March; 31 days after 20 February is 23 March.
    ['no-contact', false, '2023-07-11', 'at 10 points, half a year', []],
    ['no-contact', true, '2023-07-12', 'at 10 points, a day more', []],
    ['no-contact', false, '2023-07-12', 'with a contact', [contacted('2023-07-01')]],
    ['no-contact', false, '2023-07-11', 'at 20 points, half a year', [adjusted(10, '2023-01-10')]],
    ['no-contact', true, '2023-07-12', 'at 20 points, a day more', [adjusted(10, '2023-01-10')]],
    ['no-contact', false, '2023-03-12', 'at 30 points, two months', [adjusted(20, '2023-01-10')]],
    ['no-contact', true, '2023-03-13', 'at 30 points, a day more', [adjusted(20, '2023-01-10')]],
    ['no-contact', false, '2023-03-23', 'at 40 points, a month', [adjusted(30, '2023-01-10'), contacted('2023-02-20')]],
    [
      'no-contact',
      true,
      '2023-03-24',
      'at 40 points, a day more',
      [adjusted(30, '2023-01-10'), contacted('2023-02-20')],
    ],
    ['no-contact', false, '2023-09-01', 'at no points, ever', [adjusted(-10, '2023-01-10')]],
  ])('%s is %s on %s: %s', (signal, fires, day, _, lines) => {
    expect(asOf(day, [...running, complaint, ...lines]).warningSignals).toEqual(
      fires ? ['complaint-overdue', signal].sort() : ['complaint-overdue'],
    );
  });

  it.each<[string[], string, string, string[]]>([
    [[], '2023-03-08', 'a complaint of a Wednesday a week ago', [complaint]],
    [['complaint-overdue'], '2023-03-09', 'a complaint of a Wednesday, the day after', [complaint]],
    [[], '2023-03-10', 'a complaint of a Friday a week ago', [complained('2023-03-03')]],
    [['complaint-overdue'], '2023-03-11', 'a complaint of a Friday, on Saturday', [complained('2023-03-03')]],
    [
      ['complaint-overdue'],
      '2023-03-20',
      'a complaint that was only answered',
      [
        complaint,
        say('complaint.answered', { customerId: 'C1', complaintId: 'K1', answeredOn: '2023-03-02' }, '2023-03-02'),
      ],
    ],
    [
      [],
      '2023-03-20',
      'a complaint that was resolved, if late',
      [
        complaint,
        say('complaint.resolved', { customerId: 'C1', complaintId: 'K1', resolvedOn: '2023-03-15' }, '2023-03-15'),
      ],
    ],
  ])('give %j on %s for %s', (signals, day, _, lines) => {
    expect(asOf(day, [...running, ...lines]).warningSignals).toEqual(signals);
  });

  const fall = [deposit('2023-01', '100.00'), deposit('2023-02', '70.00')];
  const late = overdue('L1', '2023-03-10', 1);
  const grudge = surveyed('S1', 1, '2023-03-10');
  const smaller = second({ principal: '100.00' });
  it.each<[string, number, string[], string[]]>([
    ['green', 0, [], []],
    // Signals that do not make a level together are not named.
    ['green', 15, [grudge], []],
    ['yellow', 20, [complaint], ['complaint-overdue']],
    ['yellow', 20, [late], ['newly-overdue']],
    ['yellow', 20, [settled('L1', '2023-03-10')], ['early-repayment']],
    ['yellow', 20, [second({}, '2023-01-20')], ['long-gap']],
    // 40 points, and 31 days after 15 February is 18 March.
    [
      'yellow',
      20,
      [second({ principal: '100.00' }, '2023-02-15'), adjusted(20, '2023-01-10')],
      ['no-contact', 'smaller-loan'],
    ],
    ['yellow', 30, fall, ['balance-fall']],
    ['yellow', 25, [grudge, smaller], ['low-survey-score', 'smaller-loan']],
    ['yellow', 35, [complaint, grudge], ['complaint-overdue', 'low-survey-score']],
    ['orange', 40, [complaint, late], ['complaint-overdue', 'newly-overdue']],
    ['orange', 65, [complaint, grudge, ...fall], ['balance-fall', 'complaint-overdue', 'low-survey-score']],
    ['red', 70, [complaint, late, ...fall], ['balance-fall', 'complaint-overdue', 'newly-overdue']],
  ])('are %s at %d', (warningLevel, _, lines, warningSignals) => {
    expect(asOf('2023-03-20', [...running, ...lines])).toMatchObject({ warningLevel, warningSignals });
  });

  it('are for the retained only', () => {
    const lines = [...oneLoan, complained('2023-06-01')];
    // Nobody spoke with them since the disbursal 15 months ago.
    const warningSignals = ['complaint-overdue', 'no-contact'];
    expect(asOf(dayBefore, lines)).toMatchObject({ warningLevel: 'yellow', warningSignals });
    expect(asOf(churnDay, lines)).toMatchObject({ warningLevel: 'green', warningSignals: [] });
    expect(asOf(dayBefore, [registered(), complained('2023-06-01')])).toMatchObject({ warningSignals: [] });
  });
});

describe('phases', () => {
  const first = [registered(), disbursed('L1', '2023-01-10')];
  // Both are overdue at once: 40 points.
  const trouble = [complained('2023-03-01'), overdue('L1', '2023-03-10', 1)];
  const back = [...oneLoan, disbursed('L2', '2023-07-01')];
  it.each<[string, string, string, string[]]>([
    ['prospect', '2023-03-20', 'without a loan', [registered(), applied('L1', '2023-03-01')]],
    ['prospect', '2023-03-20', 'whose only loan was undone', [...first, disbursalUndone('L1', '2023-01-11')]],
    ['initial', '2023-03-20', 'with the first loan', first],
    ['steady', '2023-03-20', 'with the second loan beside it', [...first, disbursed('L2', '2023-02-19')]],
    ['steady', '2023-05-01', 'with the second loan after it', [...oneLoan, disbursed('L2', '2023-04-20')]],
    ['wavering', '2023-03-20', 'in orange', [...first, ...trouble]],
    ['initial', '2023-03-20', 'in yellow', [...first, complained('2023-03-01')]],
    ['leaving', dayBefore, 'within the grace', oneLoan],
    [
      'leaving',
      dayBefore,
      'within the grace, the application having become the loan',
      [...oneLoan, applied('L1', '2022-03-01'), answered('approved', 'L1', '2022-03-02')],
    ],
    [
      'leaving',
      dayBefore,
      'of whose second loan only an overdue report is known',
      [...oneLoan, overdue('L2', lastDay, 1), disbursed('L2', '2023-07-15')],
    ],
    [
      'leaving',
      dayBefore,
      'in orange within the grace',
      [...oneLoan, complained('2023-04-01'), surveyed('S1', 1, lastDay)],
    ],
    ['initial', dayBefore, 'who applied for a second loan', [...oneLoan, applied('L2', '2023-05-01')]],
    [
      'leaving',
      dayBefore,
      'who was refused the second loan',
      [...oneLoan, applied('L2', '2023-05-01'), answered('rejected', 'L2', '2023-05-02')],
    ],
    ['gone', churnDay, 'after it', oneLoan],
    ['returned', '2023-07-01', 'on the day of the win-back', back],
    [
      'returned',
      '2023-09-20',
      'in orange after it',
      [...back, complained('2023-09-01'), overdue('L2', '2023-09-10', 1)],
    ],
    ['leaving', '2023-12-01', 'after the next settlement', [...back, settled('L2', '2023-12-01')]],
    [
      'steady',
      '2023-12-01',
      'with one more loan after the next settlement',
      [...back, settled('L2', '2023-11-01'), disbursed('L3', '2023-11-01')],
    ],
    [
      'steady',
      '2023-12-01',
      'who asks for one more after the next settlement',
      [...back, settled('L2', '2023-11-01'), applied('L3', '2023-11-15')],
    ],
    ['gone', '2024-03-01', 'after the next churn', [...back, settled('L2', '2023-12-01')]],
  ])('%s: on %s a customer %s', (phase, day, _, lines) => {
    expect(asOf(day, lines).phase).toBe(phase);
  });
});

describeWithBerka('the oracle on the Berka feed', ({ lines, expected }) => {
  it('keeps 477 and loses 205 customers, 180 of them abnormally, with 7222 points', () => {
    const customers = [...recompute(lines, '1998-12-13', { timeZone: 'Europe/Prague' }).values()];
    const counted = (held: (customer: OracleCustomer) => boolean): number => customers.filter(held).length;
    expect({
      customers: counted(({ registered }) => registered),
      points: customers.reduce((sum, { points }) => sum + points, 0),
      establishing: counted(({ tier }) => tier === 'establishing'),
      retained: counted(({ state }) => state === 'retained'),
      churned: counted(({ state }) => state === 'churned'),
      abnormal: counted(({ kind }) => kind === 'abnormal'),
      normal: counted(({ kind }) => kind === 'normal'),
      wonBack: counted(({ wonBackOn }) => wonBackOn !== null),
    }).toEqual({
      customers: expected.customers,
      points: 7222,
      establishing: expected.tiers['establishing'],
      retained: 477,
      churned: 205,
      abnormal: 180,
      normal: 25,
      wonBack: 0,
    });
  });
});
