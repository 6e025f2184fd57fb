import { describe, expect, it } from '@jest/globals';
import type { LoanHistory } from '@retention/customer';
import { ChurnModelError, type ChurnModelFault, fitChurnModel } from './index.js';
import { logLikelihood, type ModelKind, type Point } from './likelihood.js';
import { maximise } from './maximise.js';
import { sampleOf } from './sample.js';
import { mulberry32, type Parameters, simulatedCustomers } from './simulated-customers.spec-support.js';

const FITTING = { from: '2020-01-01', to: '2023-12-31', unitDays: 30, version: 'spec' };

function drawn(kind: ModelKind, parameters: Parameters, customers: number): LoanHistory[] {
  const fraction = mulberry32(11);
  const ages = Array.from({ length: customers }, () => 1 + 47 * fraction());
  return simulatedCustomers(kind, parameters, { seed: 42, ages, ahead: 0 }).map(({ history }) => history);
}

function logsOf({ r, alpha, a, b }: Parameters, meanAge: number): Point {
  return [Math.log(r), Math.log(alpha / meanAge), Math.log(a), Math.log(b)];
}

function faultOf(histories: readonly LoanHistory[]): ChurnModelFault | 'none' {
  try {
    fitChurnModel({ ...FITTING, histories });
    return 'none';
  } catch (error) {
    if (error instanceof ChurnModelError) return error.fault;
    throw error;
  }
}

describe.each<[ModelKind, 'bgNbd' | 'mbgNbd', Parameters]>([
  ['bg-nbd', 'bgNbd', { r: 1.2, alpha: 9, a: 0.9, b: 3 }],
  ['bg-nbd', 'bgNbd', { r: 0.4, alpha: 2, a: 2, b: 5 }],
  ['mbg-nbd', 'mbgNbd', { r: 0.8, alpha: 6, a: 1.1, b: 2 }],
  ['mbg-nbd', 'mbgNbd', { r: 2.5, alpha: 20, a: 0.5, b: 0.9 }],
])('the fit of %s to customers that came as it says', (kind, name, truth) => {
  const histories = drawn(kind, truth, 10_000);
  const model = fitChurnModel({ ...FITTING, histories });

  it(`finds ${JSON.stringify(truth)} again`, () => {
    for (const parameter of ['r', 'alpha', 'a', 'b'] as const) {
      expect(Math.abs(model[name][parameter] / truth[parameter] - 1)).toBeLessThan(0.25);
    }
    expect(model).toMatchObject({ ...FITTING, customers: 10_000 });
  });

  it('is as likely as the truth is, or by so little more as chance allows', () => {
    const sample = sampleOf(histories);
    const { value } = logLikelihood(sample, kind, logsOf(truth, sample.meanAge));
    const ofTruth = value - sample.repeats * Math.log(sample.meanAge);
    // Twice the gain is chi-squared with four degrees of freedom: over 18.5 once in a thousand times.
    expect(2 * (model[name].logLikelihood - ofTruth)).toBeGreaterThan(0);
    expect(2 * (model[name].logLikelihood - ofTruth)).toBeLessThan(18.5);
  });

  it('is reached from wherever it starts', () => {
    const sample = sampleOf(histories.slice(0, 2000));
    const fraction = mulberry32(7);
    const ends = Array.from({ length: 20 }, () => {
      const start: Point = [4 * fraction() - 2, 4 * fraction() - 2, 4 * fraction() - 2, 4 * fraction() - 2];
      return maximise((point) => logLikelihood(sample, kind, point), start, 12);
    });
    const best = Math.max(...ends.map(({ value }) => value));
    for (const { outcome, value } of ends) {
      expect(outcome).toBe('maximum');
      expect(best - value).toBeLessThan(1e-6);
    }
  });
});

describe('no model', () => {
  const histories = drawn('mbg-nbd', { r: 0.8, alpha: 6, a: 1.1, b: 2 }, 1000);

  it('is fitted to fewer than thirty customers', () => {
    expect(faultOf([])).toBe('too-few-customers');
    expect(faultOf(histories.slice(0, 29))).toBe('too-few-customers');
  });

  it('is fitted when nobody came back', () => {
    expect(faultOf(histories.map(({ age }) => ({ repeats: 0, recency: 0, age })))).toBe('no-repeats');
  });

  it.each<[string, LoanHistory]>([
    ['a last loan after the day', { repeats: 1, recency: 3, age: 2 }],
    ['half a repeat', { repeats: 0.5, recency: 1, age: 2 }],
    ['fewer than no repeats', { repeats: -1, recency: 1, age: 2 }],
    ['a repeat on the first day', { repeats: 1, recency: 0, age: 2 }],
    ['a last loan that is not the first, without a repeat', { repeats: 0, recency: 1, age: 2 }],
    ['no age', { repeats: 0, recency: 0, age: NaN }],
  ])('is fitted to %s', (_, impossible) => {
    expect(faultOf([...histories, impossible])).toBe('impossible-history');
  });

  it('is fitted to customers of whom none ever leaves', () => {
    const steady = Array.from({ length: 500 }, (_, index) => ({ repeats: 5 + (index % 4), recency: 23, age: 24 }));
    expect(() => fitChurnModel({ ...FITTING, histories: steady })).toThrow(
      /^The histories fit BG\/NBD ever better the nearer .+ is to (0|infinity)/,
    );
    expect(faultOf(steady)).toBe('parameter-at-bound');
  });
});
