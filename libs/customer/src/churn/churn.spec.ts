import { describe, expect, it } from '@jest/globals';
import type { CustomerFact } from '../facts.js';
import { DEFAULT_POLICY } from '../policy/default-policy.js';
import type { ChurnPolicy, PolicyBook } from '../policy/policy.js';
import {
  adjusted,
  applied,
  approved,
  cancelled,
  churnReason,
  disbursalUndone,
  disbursed,
  given,
  overdue,
  reassigned,
  registered,
  repaid,
  settled,
  settlementUndone,
  types,
  writtenOff,
} from '../testing-facts.spec-support.js';
import { customerAsOf } from '../as-of.js';
import { churnByDefinition } from './asked-churn.js';

const bookWith = (churn: Partial<ChurnPolicy>): PolicyBook => [
  { ...DEFAULT_POLICY, churn: { ...DEFAULT_POLICY.churn, ...churn } },
];
const oneLoan = [registered('2019-01-01', { branchId: 'B1', officerId: 'O1' }), disbursed('L1', '2019-02-01')];
const left = [...oneLoan, settled('L1', '2020-01-01')];
const churns = (story: ReturnType<typeof given>) => [...story.state.held.churns].map(([day, churn]) => [day, churn]);

describe('a customer whose last loan is settled', () => {
  it('is retained for 90 days and churned on the 91st: settlement date + graceDays + 1', () => {
    const customer = given(left);
    expect(types(customer.whenClosed('2020-03-31'))).toEqual(['warning-changed']);
    expect(customer.wakeOn()).toBe('2020-04-01');
    expect(customer.whenClosed('2020-04-01')).toMatchObject([
      {
        type: 'customer-churned',
        churnedOn: '2020-04-01',
        definition: 'grace',
        endedOn: '2020-01-01',
        lastLoanId: 'L1',
        kind: 'abnormal',
        because: 'nothing-explains-it',
        reason: null,
        reasonUnknown: false,
        heldBy: { branchId: 'B1', officerId: 'O1' },
        causes: ['core#settled-L1-2020-01-01'],
      },
      { type: 'warning-changed', level: 'green', signals: [] },
      { type: 'phase-changed', from: 'leaving', to: 'gone' },
    ]);
    expect(customer.wakeOn()).toBe('2020-05-01');
  });

  it('is not churned while a loan runs, or when one follows on the last day of grace or the day after', () => {
    const running = given([...left, disbursed('L2', '2019-06-01')]);
    expect(types(running.whenClosed('2030-01-01'))).not.toContain('customer-churned');
    for (const day of ['2020-03-31', '2020-04-01']) {
      expect(types(given([...left, disbursed('L2', day)]).whenClosed('2022-01-01'))).not.toContain('customer-churned');
    }
  });

  it('is churned once it is known that nothing is pending: an approval holds it up until it ends', () => {
    const customer = given([...left, applied('L2', '2020-03-01'), approved('L2', '2020-03-20')]);
    expect(types(customer.whenClosed('2021-01-01'))).not.toContain('customer-churned');
    expect(customer.when(cancelled('L2', '2020-06-15'))).toMatchObject([
      { type: 'customer-churned', churnedOn: '2020-06-15', endedOn: '2020-01-01' },
    ]);
  });

  it('is churned although a loan was applied for: only an approval is pending', () => {
    const customer = given([...left, applied('L2', '2020-03-01')]);
    expect(types(customer.whenClosed('2020-04-01'))).toContain('customer-churned');
  });

  it('has no churn before any day is closed, and every one of them once a late day is', () => {
    const facts = [...left, disbursed('L2', '2021-01-01'), settled('L2', '2021-06-01')];
    const customer = given(facts);
    expect(customer.state.held.churns.size).toBe(0);
    expect(types(customer.whenClosed('2023-01-01'))).toEqual([
      'customer-churned',
      'customer-won-back',
      'customer-churned',
      // The second loan was repaid early; there is nobody left to be warned of.
      'warning-changed',
      'phase-changed',
    ]);
    expect([...customer.state.held.churns.keys()]).toEqual(['2020-04-01', '2021-08-31']);
  });
});

describe('a churn that late facts correct', () => {
  it('is cleared when the settlement is undone, and when a loan turns out to have followed in time', () => {
    const undone = given(left, { closedDay: '2020-05-15' });
    const undoing = settlementUndone('L1', '2020-05-20');
    expect(undone.when(undoing)).toMatchObject([
      { type: 'points-taken-back' },
      { type: 'churn-cleared', churnedOn: '2020-04-01', causes: [undoing.factId] },
    ]);
    const followed = given(left, { closedDay: '2020-05-15' });
    expect(types(followed.when(disbursed('L2', '2020-02-01')))).toContain('churn-cleared');
    expect(followed.state.held.churns.size).toBe(0);
  });

  it('is won back by a loan after it, and not any more when that loan is undone', () => {
    const customer = given(left, { closedDay: '2020-12-31' });
    expect(customer.when(disbursed('L2', '2021-01-10'))).toMatchObject([
      { type: 'points-awarded' },
      { type: 'tier-changed' },
      { type: 'benefit-granted' },
      {
        type: 'customer-won-back',
        churnedOn: '2020-04-01',
        wonBackOn: '2021-01-10',
        loanId: 'L2',
        causes: ['core#disbursed-L2-2021-01-10'],
      },
    ]);
    expect(types(customer.when(disbursalUndone('L2', '2021-01-12')))).toContain('win-back-undone');
    expect(churns(customer)).toMatchObject([['2020-04-01', { wonBack: null }]]);
  });

  it('moves with the day of a corrected settlement', () => {
    const customer = given(left, { closedDay: '2020-12-31' });
    const corrected = { ...settled('L1', '2020-02-01'), factId: 'core#corrected' };
    expect(customer.when(corrected)).toMatchObject([
      { type: 'points-taken-back' },
      { type: 'points-awarded' },
      { type: 'churn-cleared', churnedOn: '2020-04-01' },
      { type: 'customer-churned', churnedOn: '2020-05-02' },
    ]);
  });
});

describe('the kind of a churn', () => {
  const kindOf = (...more: CustomerFact[]) => {
    const [churn] = given([...oneLoan, ...more], { closedDay: '2021-01-01' }).state.held.churns.values();
    return [churn?.judgement.kind, churn?.judgement.because];
  };

  it('is normal when the last loan was written off', () => {
    expect(kindOf(writtenOff('L1', '2020-01-01'))).toEqual(['normal', 'written-off']);
  });

  it('is normal when an instalment of the last loans was more than 30 days past due, at 30 it is not', () => {
    const late = (daysPastDue: number) => overdue('L1', '2019-06-01', { daysPastDue });
    expect(kindOf(late(31), settled('L1', '2020-01-01'))).toEqual(['normal', 'days-past-due']);
    expect(kindOf(late(30), settled('L1', '2020-01-01'))).toEqual(['abnormal', 'nothing-explains-it']);
  });

  it('looks at the loans that ran last, not at those long gone', () => {
    const facts = [
      ...oneLoan,
      overdue('L1', '2019-06-01', { daysPastDue: 60 }),
      settled('L1', '2019-08-01'),
      disbursed('L2', '2019-09-01'),
      settled('L2', '2020-01-01'),
    ];
    const [churn] = given(facts, { closedDay: '2021-01-01' }).state.held.churns.values();
    expect(churn?.judgement.kind).toBe('abnormal');
  });

  it.each(['overdue', 'business_failure', 'deceased', 'relocated'])(
    'is normal when the reason reported is %s',
    (why) => {
      expect(kindOf(settled('L1', '2020-01-01'), churnReason(why, '2020-04-10'))).toEqual([
        'normal',
        'reported-reason',
      ]);
    },
  );

  it('turns with a reported reason, one way and back', () => {
    const customer = given(left, { closedDay: '2020-06-01' });
    expect(customer.when(churnReason('business_failure', '2020-06-02'))).toMatchObject([
      { type: 'churn-reclassified', kind: 'normal', reason: 'business_failure', reasonUnknown: false },
    ]);
    expect(customer.when(churnReason('rate_too_high', '2020-06-10'))).toMatchObject([
      { type: 'churn-reclassified', kind: 'abnormal', because: 'nothing-explains-it', reason: 'rate_too_high' },
    ]);
  });

  it('is told by the reason reported after its own loan ended, not by that of another churn', () => {
    const facts = [
      ...left,
      churnReason('relocated', '2020-04-05'),
      disbursed('L2', '2021-01-01'),
      settled('L2', '2021-06-01'),
    ];
    const customer = given(facts, { closedDay: '2022-01-01' });
    expect(churns(customer)).toMatchObject([
      ['2020-04-01', { judgement: { kind: 'normal', reason: 'relocated' } }],
      ['2021-08-31', { judgement: { kind: 'abnormal', reason: null, reasonUnknown: true } }],
    ]);
  });
});

describe('a reason nobody reports', () => {
  it('is unknown 30 days after the churn date, and known again when it comes', () => {
    const customer = given(left, { closedDay: '2020-04-30' });
    expect(churns(customer)).toMatchObject([['2020-04-01', { judgement: { reasonUnknown: false } }]]);
    expect(customer.whenClosed('2020-05-01')).toMatchObject([
      { type: 'churn-reclassified', churnedOn: '2020-04-01', kind: 'abnormal', reason: null, reasonUnknown: true },
    ]);
    expect(customer.wakeOn()).toBeNull();
    expect(customer.when(churnReason('competitor', '2020-05-20'))).toMatchObject([
      { type: 'churn-reclassified', reason: 'competitor', reasonUnknown: false },
    ]);
  });

  it('is not asked for when the churn is normal', () => {
    const customer = given([...oneLoan, writtenOff('L1', '2020-01-01')], { closedDay: '2022-01-01' });
    expect(churns(customer)).toMatchObject([['2020-04-01', { judgement: { kind: 'normal', reasonUnknown: false } }]]);
  });
});

describe('whose customer was lost', () => {
  it('is who held them when the last loan ended, also when that is told with an earlier date afterwards', () => {
    const customer = given([...left, reassigned('2020-02-01', { officerId: 'O2' })], { closedDay: '2020-06-01' });
    expect(churns(customer)).toMatchObject([['2020-04-01', { judgement: { heldBy: { officerId: 'O1' } } }]]);
    const earlier = reassigned('2019-12-15', { officerId: 'O3', branchId: 'B3' });
    expect(customer.when(earlier)).toMatchObject([
      { type: 'churn-reclassified', heldBy: { officerId: 'O3', branchId: 'B3' } },
    ]);
  });
});

describe('the four definitions side by side', () => {
  const model = {
    version: 'fit-1',
    from: '2015-01-01',
    to: '2019-01-01',
    customers: 500,
    unitDays: 7,
    bgNbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: -9582.4 },
    mbgNbd: { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614, logLikelihood: -9578.4 },
  };
  const book: PolicyBook = [{ ...DEFAULT_POLICY, churnModel: model }];
  const asked = (facts: readonly CustomerFact[], day: string, of = book) =>
    churnByDefinition(customerAsOf('C1', facts, day, of, []), day, of);

  it('give each their own date for a settlement on 2020-01-01', () => {
    expect(asked(left, '2022-01-01')).toEqual({
      grace: '2020-04-01',
      // Six months after the settlement, the last transaction.
      inactivity: '2020-07-02',
      // Settled in the first half-year, no loan by the end of July.
      reborrow: '2020-08-01',
      model: asked(left, '2020-01-02').model,
    });
    expect(asked(left, '2020-03-31')).toMatchObject({ grace: null, inactivity: null, reborrow: null });
  });

  it('count repayments as activity', () => {
    const paid = [...oneLoan, repaid('R1', 'L1', '2019-07-01')];
    expect(asked(paid, '2020-01-01').inactivity).toBeNull();
    expect(asked(paid, '2020-01-02').inactivity).toBe('2020-01-02');
    expect(asked([...paid, repaid('R2', 'L1', '2020-01-01')], '2020-01-02').inactivity).toBeNull();
  });

  it('take a loan by the end of the month after the half-year for a follow-up', () => {
    expect(
      asked([...left, disbursed('L2', '2020-07-31'), settled('L2', '2020-07-31')], '2020-08-01').reborrow,
    ).toBeNull();
    expect(asked([...left, disbursed('L2', '2020-08-02')], '2020-08-01').reborrow).toBe('2020-08-01');
  });

  it('say nothing by a model that was never fitted, and never of a customer with a running loan', () => {
    expect(asked(left, '2022-01-01', [DEFAULT_POLICY]).model).toBeNull();
    expect(asked(oneLoan, '2029-01-01').model).toBeNull();
  });

  it('drive the flags one at a time: the default of the policy does', () => {
    const byDefinition = (churn: Partial<ChurnPolicy>) => {
      const facts = [...left, repaid('R1', 'L1', '2019-07-01')];
      const customer = given(facts, { book: bookWith(churn), closedDay: '2022-01-01' });
      return churns(customer);
    };
    expect(byDefinition({ definition: 'inactivity' })).toMatchObject([['2020-07-02', { definition: 'inactivity' }]]);
    expect(byDefinition({ definition: 'reborrow' })).toMatchObject([['2020-08-01', { definition: 'reborrow' }]]);
    expect(byDefinition({ graceDays: 60 })).toMatchObject([['2020-03-02', { definition: 'grace' }]]);
  });
});

describe('a version of the policy with an earlier effective date', () => {
  it('decides the churn anew under itself, and records the difference', () => {
    const strict = { ...DEFAULT_POLICY, version: 'strict-2', effectiveFrom: '2019-06-01' };
    const book: PolicyBook = [DEFAULT_POLICY, { ...strict, churn: { ...DEFAULT_POLICY.churn, graceDays: 60 } }];
    const before = given(left, { closedDay: '2020-12-31' });
    const after = given(left, { book, closedDay: '2020-12-31' });
    expect([...before.state.held.churns.keys()]).toEqual(['2020-04-01']);
    expect([...after.state.held.churns.keys()]).toEqual(['2020-03-02']);
  });

  it('leaves alone what ended before it', () => {
    const strict = { ...DEFAULT_POLICY, version: 'strict-2', effectiveFrom: '2020-01-02' };
    const book: PolicyBook = [DEFAULT_POLICY, { ...strict, churn: { ...DEFAULT_POLICY.churn, graceDays: 60 } }];
    expect([...given(left, { book, closedDay: '2020-12-31' }).state.held.churns.keys()]).toEqual(['2020-04-01']);
  });
});

describe('a customer without a loan', () => {
  it('never churns', () => {
    const customer = given([registered(), adjusted(5, '2019-02-01')]);
    expect(customer.wakeOn()).toBeNull();
    expect(customer.whenClosed('2030-01-01')).toEqual([]);
    expect(customer.state.held.phase).toBe('prospect');
  });
});
