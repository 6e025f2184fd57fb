import { describe, expect, it } from '@jest/globals';
import type { CustomerFact } from '../facts.js';
import { DEFAULT_POLICY } from '../policy/default-policy.js';
import type { PolicyBook, WarningSignal } from '../policy/policy.js';
import {
  complained,
  complaintResolved,
  contacted,
  cured,
  deposit,
  disbursed,
  given,
  overdue,
  registered,
  rescheduled,
  settled,
  surveyed,
  writtenOff,
} from '../testing-facts.spec-support.js';

/** Each signal is a warning by itself, so that it can be looked at alone. */
const sensitive = (more: Partial<(typeof DEFAULT_POLICY)['warnings']> = {}): PolicyBook => [
  { ...DEFAULT_POLICY, warnings: { ...DEFAULT_POLICY.warnings, levels: { yellow: 1, orange: 40, red: 70 }, ...more } },
];
const only = (signal: WarningSignal): PolicyBook => {
  const weights = Object.fromEntries(Object.keys(DEFAULT_POLICY.warnings.weights).map((name) => [name, 0]));
  return sensitive({ weights: { ...(weights as Record<WarningSignal, number>), [signal]: 10 } });
};
const raised = (signal: WarningSignal, facts: readonly CustomerFact[], closedDay: string, book = only(signal)) =>
  given(facts, { book, closedDay }).state.held.warning.signals.map(({ since, facts: behind }) => ({ since, behind }));

const borrower = [registered(), disbursed('L1', '2020-01-01', { maturesOn: '2021-01-01' })];

describe('the signal early-repayment', () => {
  const repaidOn = (day: string) => raised('early-repayment', [...borrower, settled('L1', day)], '');

  it('is a loan settled more than 30 days before its maturity', () => {
    expect(repaidOn('2020-12-01')).toEqual([
      { since: '2020-12-01', behind: ['core#settled-L1-2020-12-01', 'core#disbursed-L1-2020-01-01'] },
    ]);
    expect(repaidOn('2020-12-02')).toEqual([]);
  });

  it('looks at the maturity after rescheduling, and is over with the next loan', () => {
    const facts = [...borrower, rescheduled('L1', '2020-06-01', '2020-12-10'), settled('L1', '2020-12-01')];
    expect(raised('early-repayment', facts, '')).toEqual([]);
    expect(
      raised('early-repayment', [...borrower, settled('L1', '2020-06-01'), disbursed('L2', '2020-06-01')], ''),
    ).toEqual([]);
  });
});

describe('the signal long-gap', () => {
  // Gaps of 100 and 200 days: 150 on the mean, so 225 days are what one and a half of it allow.
  const facts = [
    registered(),
    disbursed('L1', '2020-01-01'),
    disbursed('L2', '2020-04-10'),
    disbursed('L3', '2020-10-27'),
  ];

  it('is a gap over one and a half times the mean gap of the customer', () => {
    expect(raised('long-gap', facts, '2021-06-09')).toEqual([]);
    expect(raised('long-gap', facts, '2021-06-10')).toEqual([
      { since: '2021-06-10', behind: ['core#disbursed-L3-2020-10-27'] },
    ]);
  });

  it('needs two loans of different days', () => {
    expect(
      raised('long-gap', [registered(), disbursed('L1', '2020-01-01'), disbursed('L2', '2020-01-01')], '2030-01-01'),
    ).toEqual([]);
  });
});

describe('the signal smaller-loan', () => {
  it('is a loan under half of the one before, in the same currency', () => {
    const second = (principalMinor: number, currency = 'CNY') =>
      raised('smaller-loan', [...borrower, disbursed('L2', '2020-06-01', { principalMinor, currency })], '').length;
    expect([second(3_499_999), second(3_500_000), second(100, 'USD')]).toEqual([1, 0, 0]);
  });
});

describe('the signal balance-fall', () => {
  const fell = (before: number, after: number, currency = 'CNY') =>
    raised(
      'balance-fall',
      [
        ...borrower,
        deposit('2020-01-01', '2020-01-31', before, { currency }),
        deposit('2020-02-01', '2020-02-29', after, { currency }),
      ],
      '',
    ).length;

  it('is 30 % or 1,000,000 yuan less than in the period before', () => {
    expect([fell(1000, 700), fell(1000, 701)]).toEqual([1, 0]);
    expect([fell(1_000_000_000, 900_000_000), fell(1_000_000_000, 900_000_001)]).toEqual([1, 0]);
    expect(fell(1_000_000_000, 900_000_000, 'USD')).toBe(0);
  });

  it('is over once the next period does not fall', () => {
    const facts = [
      ...borrower,
      deposit('2020-01-01', '2020-01-31', 1000),
      deposit('2020-02-01', '2020-02-29', 100),
      deposit('2020-03-01', '2020-03-31', 100),
    ];
    expect(raised('balance-fall', facts, '')).toEqual([]);
  });
});

describe('a large movement', () => {
  const before = deposit('2020-01-01', '2020-01-31', 500_000_000);

  it('is told at once to who holds the customer, without any day closed', () => {
    const customer = given([registered('2019-01-01', { officerId: 'O1', branchId: 'B1' }), before]);
    expect(customer.when(deposit('2020-02-01', '2020-02-29', 400_000_000))).toEqual([
      {
        type: 'large-movement-observed',
        observation: '2020-02-01/2020-02-29/CNY',
        from: '2020-02-01',
        to: '2020-02-29',
        currency: 'CNY',
        beforeMinor: 500_000_000,
        afterMinor: 400_000_000,
        heldBy: { branchId: 'B1', officerId: 'O1' },
        policyVersion: 'credit-points-1',
        causes: ['core#deposit-2020-02-01-2020-02-29', 'core#deposit-2020-01-01-2020-01-31'],
      },
    ]);
  });

  it('is withdrawn when a correction says there was none', () => {
    const customer = given([registered(), before, deposit('2020-02-01', '2020-02-29', 100)]);
    const corrected = { ...deposit('2020-02-01', '2020-02-29', 500_000_000), factId: 'core#z', occurredAt: 2e12 };
    expect(customer.when(corrected)).toMatchObject([
      { type: 'large-movement-withdrawn', observation: '2020-02-01/2020-02-29/CNY' },
    ]);
  });
});

describe('the signal complaint-overdue', () => {
  // 2020-05-01 was a Friday: five working days on is Friday 2020-05-08.
  const facts = [...borrower, complained('K1', '2020-05-01')];

  it('is a complaint not resolved within five working days', () => {
    expect(raised('complaint-overdue', facts, '2020-05-08')).toEqual([]);
    expect(raised('complaint-overdue', facts, '2020-05-09')).toEqual([
      { since: '2020-05-09', behind: ['core#complaint-K1-2020-05-01'] },
    ]);
  });

  it('is over once it is resolved', () => {
    expect(raised('complaint-overdue', [...facts, complaintResolved('K1', '2020-06-01')], '2020-07-01')).toEqual([]);
  });
});

describe('the signal low-survey-score', () => {
  it('is the last survey under 3 of 5', () => {
    const last = (...scores: number[]) =>
      raised(
        'low-survey-score',
        [...borrower, ...scores.map((score, n) => surveyed(`S${String(n)}`, `2020-0${String(n + 1)}-15`, score))],
        '',
      ).length;
    expect([last(2), last(3), last(1, 5), last(5, 1)]).toEqual([1, 0, 0, 1]);
  });
});

describe('the signal newly-overdue', () => {
  const facts = [...borrower, overdue('L1', '2020-03-01')];

  it('is an instalment overdue, for 30 days from the first report', () => {
    expect(raised('newly-overdue', facts, '2020-03-30')).toEqual([
      { since: '2020-03-01', behind: ['core#overdue-L1-2020-03-01'] },
    ]);
    expect(raised('newly-overdue', facts, '2020-03-31')).toEqual([]);
  });

  it('is over once it is cured, and not of a loan that has ended', () => {
    expect(raised('newly-overdue', [...facts, cured('L1', '2020-03-05')], '')).toEqual([]);
    expect(raised('newly-overdue', [...facts, writtenOff('L1', '2020-03-10')], '')).toEqual([]);
  });
});

describe('the signal no-contact', () => {
  it('is more time without a contact than the tier asks, counted from the last loan or contact', () => {
    // Tier establishing: 182 days.
    expect(raised('no-contact', borrower, '2020-07-01')).toEqual([]);
    expect(raised('no-contact', borrower, '2020-07-02')).toEqual([
      { since: '2020-07-02', behind: ['core#disbursed-L1-2020-01-01'] },
    ]);
    const spoken = [...borrower, contacted('T1', '2020-06-30')];
    expect(raised('no-contact', spoken, '2020-12-29')).toEqual([]);
    expect(raised('no-contact', spoken, '2020-12-30')).toEqual([
      { since: '2020-12-30', behind: ['core#contact-T1-2020-06-30'] },
    ]);
  });
});

describe('the signal p-alive', () => {
  const fitted = (book: PolicyBook): PolicyBook => [
    {
      ...book[0],
      churnModel: {
        version: 'fit-1',
        from: '2015-01-01',
        to: '2019-01-01',
        customers: 500,
        unitDays: 7,
        bgNbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: -9582.4 },
        mbgNbd: { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614, logLikelihood: -9578.4 },
      },
    },
  ];
  const facts = [registered(), disbursed('L1', '2020-01-01'), disbursed('L2', '2020-02-01')];

  it('is P(alive) under one half, from the day it falls below', () => {
    const book = fitted(only('p-alive'));
    const customer = given(facts, { book });
    const wakeOn = customer.wakeOn() ?? '';
    expect(wakeOn > '2020-02-01').toBe(true);
    expect(raised('p-alive', facts, wakeOn, book)).toEqual([
      { since: wakeOn, behind: ['core#disbursed-L2-2020-02-01'] },
    ]);
  });

  it('says nothing where no model is fitted', () => {
    expect(raised('p-alive', facts, '2090-01-01')).toEqual([]);
  });
});

describe('the warning', () => {
  it('is the level of the sum: green < 20 <= yellow < 40 <= orange < 70 <= red, with the signals behind it', () => {
    const customer = given([...borrower, surveyed('S1', '2020-02-01', 1)]);
    expect(customer.state.held.warning).toEqual({ level: 'green', score: 0, signals: [] });
    expect(customer.whenWatched(overdue('L1', '2020-03-01'))).toMatchObject([
      {
        type: 'warning-changed',
        from: 'green',
        level: 'yellow',
        score: 35,
        signals: [
          { signal: 'low-survey-score', weight: 15 },
          { signal: 'newly-overdue', weight: 20 },
        ],
        causes: ['core#survey-S1-2020-02-01', 'core#overdue-L1-2020-03-01'],
      },
    ]);
    const fall = [deposit('2020-01-01', '2020-01-31', 1000), deposit('2020-02-01', '2020-02-29', 1)];
    expect(customer.whenWatched(...fall)).toMatchObject([
      { level: 'orange', score: 65 },
      { type: 'phase-changed', from: 'initial', to: 'wavering' },
    ]);
    expect(customer.whenWatched(disbursed('L2', '2020-03-02', { principalMinor: 1 }))).toMatchObject([
      { level: 'red', score: 75 },
    ]);
  });

  it('clears itself when the signals are gone', () => {
    const customer = given([...borrower, overdue('L1', '2020-03-01')], { closedDay: '2020-03-02' });
    expect(customer.state.held.warning.level).toBe('yellow');
    const curing = cured('L1', '2020-03-05');
    expect(customer.whenWatched(curing)).toMatchObject([
      { type: 'warning-changed', from: 'yellow', level: 'green', score: 0, signals: [], causes: [curing.factId] },
    ]);
  });
});
