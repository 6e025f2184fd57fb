import { expect, it } from '@jest/globals';
import { type LoanHistory, pAlive, pAliveBg } from '@retention/customer';
import { describeWithCdnow } from './cdnow.spec-support.js';
import { expectedFurtherLoans, expectedFurtherLoansBg, fitChurnModel, historyOf } from './index.js';

const CALIBRATION_END = '1997-09-30';
const once = ({ repeats }: LoanHistory): boolean => repeats === 0;
const more = ({ repeats }: LoanHistory): boolean => repeats > 0;
const WEEK = { from: '1997-01-01', to: CALIBRATION_END, unitDays: 7, version: 'cdnow' };

describeWithCdnow('on the CDNOW sample', ({ purchaseDays, summary, golden }) => {
  const histories = purchaseDays.map((days) => historyOf(days, CALIBRATION_END, 7)!);
  const model = fitChurnModel({ ...WEEK, histories });

  it('the purchases give the published histories of all 2,357 customers', () => {
    const toHundredth = (value: number): number => Number(value.toFixed(2));
    expect(histories).toHaveLength(2357);
    const rounded = histories.map(({ repeats, recency, age }) => ({
      repeats,
      recency: toHundredth(recency),
      age: toHundredth(age),
    }));
    expect(rounded).toEqual(summary);
  });

  it.each([
    ['the purchases', histories],
    ['the published summary', summary],
  ])('BG/NBD fitted to %s has the published parameters', (_, fitted) => {
    const { bgNbd } = fitChurnModel({ ...WEEK, histories: fitted });
    const published = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    for (const [name, value] of Object.entries(published)) {
      expect(Math.abs(bgNbd[name as keyof typeof published] - value)).toBeLessThan(0.002);
    }
    expect(Math.abs(bgNbd.logLikelihood - -9582.4)).toBeLessThan(0.1);
  });

  // The parameters are those the Python package lifetimes gives. The log-likelihood is the published formula at these
  // parameters, evaluated apart from this product with the gamma functions it is written in.
  it('MBG/NBD has the published parameters', () => {
    const published = { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 };
    for (const [name, value] of Object.entries(published)) {
      expect(Math.abs(model.mbgNbd[name as keyof typeof published] - value)).toBeLessThan(0.001);
    }
    expect(Math.abs(model.mbgNbd.logLikelihood - -9582.13)).toBeLessThan(0.02);
  });

  it.each(golden.cases)(
    'P(alive) and the purchases of 39 weeks are the golden ones for x = $x, t_x = $t_x, T = $T',
    ({ x, t_x, T, p_alive, expected_39w }) => {
      const history = { repeats: x, recency: t_x, age: T };
      const parameters = { ...golden.params, logLikelihood: 0 };
      expect(Math.abs(pAliveBg(parameters, history) - p_alive)).toBeLessThan(1e-3);
      expect(Math.abs(expectedFurtherLoansBg(parameters, history, 39) - expected_39w)).toBeLessThan(1e-3);
    },
  );

  it.each([1, 365.25])('the fit is the same in units of %d days', (unitDays) => {
    const other = fitChurnModel({
      ...WEEK,
      unitDays,
      histories: purchaseDays.map((days) => historyOf(days, CALIBRATION_END, unitDays)!),
    });
    for (const kind of ['bgNbd', 'mbgNbd'] as const) {
      const { r, alpha, a, b } = other[kind];
      expect(r).toBeCloseTo(model[kind].r, 6);
      expect((alpha * unitDays) / 7).toBeCloseTo(model[kind].alpha, 5);
      expect(a).toBeCloseTo(model[kind].a, 5);
      expect(b).toBeCloseTo(model[kind].b, 5);
    }
  });

  it('foresees the purchases of the next 39 weeks to within a quarter, of those with one purchase as of the others', () => {
    const later = purchaseDays.map((days) => new Set(days.filter((day) => day > CALIBRATION_END)).size);
    for (const isIn of [once, more]) {
      const made = later.reduce((sum, count, index) => sum + (isIn(histories[index]!) ? count : 0), 0);
      const expected = histories.filter(isIn).map((history) => expectedFurtherLoans(model, history, 39));
      const ratio = expected.reduce((sum, value) => sum + value, 0) / made;
      expect(ratio).toBeGreaterThan(0.75);
      expect(ratio).toBeLessThan(1.25);
    }
  });

  it('does not take everyone with one purchase for a customer: 13.7 % of them came back', () => {
    const cameBack = purchaseDays.filter((days, index) => once(histories[index]!) && days.at(-1)! > CALIBRATION_END);
    const customersOnce = histories.filter(once);
    expect(cameBack.length / customersOnce.length).toBeCloseTo(0.137, 3);
    const alive = customersOnce.map((history) => pAlive(model, history)).reduce((sum, value) => sum + value, 0);
    expect(alive / customersOnce.length).toBeCloseTo(0.409, 3);
  });
});
