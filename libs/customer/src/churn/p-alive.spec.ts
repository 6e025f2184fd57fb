import { describe, expect, it } from '@jest/globals';
import type { ChurnModel } from '../policy/policy.js';
import { ageBelow, pAlive, pAliveBg } from './p-alive.js';

/** The published fits on the CDNOW sample, in weeks. */
const MODEL: ChurnModel = {
  version: 'cdnow',
  from: '1997-01-01',
  to: '1997-09-30',
  customers: 2357,
  unitDays: 7,
  bgNbd: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: -9582.4 },
  mbgNbd: { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614, logLikelihood: -9582.1 },
};

const HISTORIES = [
  { repeats: 0, recency: 0 },
  { repeats: 1, recency: 1.71 },
  { repeats: 2, recency: 30.43 },
  { repeats: 26, recency: 30.86 },
  { repeats: 400, recency: 2000 },
];

describe('P(alive)', () => {
  it.each([
    [2, 30.43, 38.86, 0.7266],
    [1, 1.71, 38.86, 0.2121],
    [26, 30.86, 31, 0.9689],
    [3, 5, 38.86, 0.0382],
  ])('of BG/NBD after %d repeats, the last at %d of %d weeks, is %d', (repeats, recency, age, expected) => {
    expect(pAliveBg(MODEL.bgNbd, { repeats, recency, age })).toBeCloseTo(expected, 4);
    expect(pAlive(MODEL, { repeats, recency, age })).toBeCloseTo(expected, 4);
  });

  it('of BG/NBD is 1 for whoever has one loan, so MBG/NBD is asked there', () => {
    const history = { repeats: 0, recency: 0, age: 38.86 };
    expect(pAliveBg(MODEL.bgNbd, history)).toBe(1);
    // 1 / (1 + a/b × ((α + T) / α)^r)
    const byHand = 1 / (1 + (0.891 / 1.614) * ((6.183 + 38.86) / 6.183) ** 0.525);
    expect(pAlive(MODEL, history)).toBeCloseTo(byHand, 12);
    expect(byHand).toBeCloseTo(0.3897, 4);
  });

  it('falls as time goes by without a loan', () => {
    for (const { repeats, recency } of HISTORIES) {
      const values = [0, 1, 10, 100].map((wait) => pAlive(MODEL, { repeats, recency, age: recency + wait }));
      expect(values).toEqual([...values].sort((left, right) => right - left));
      expect(new Set(values).size).toBe(values.length);
    }
  });

  it('is a number where the powers of the formula are not', () => {
    expect(pAlive(MODEL, { repeats: 5000, recency: 1, age: 1000 })).toBe(0);
    expect(pAlive(MODEL, { repeats: 5000, recency: 1000, age: 1000 })).toBeCloseTo(1, 3);
  });
});

describe('the age at which P(alive) falls below a percentage', () => {
  it('is where P(alive) is that percentage', () => {
    for (const history of HISTORIES) {
      for (const percent of [1, 10, 25, 50, 60]) {
        const age = ageBelow(MODEL, history, percent);
        expect(age).toBeGreaterThanOrEqual(history.recency);
        expect(pAlive(MODEL, { ...history, age }) * 100).toBeCloseTo(percent, 8);
        expect(pAlive(MODEL, { ...history, age: age + 1e-6 }) * 100).toBeLessThan(percent);
      }
    }
  });

  it('is the last loan when P(alive) is below from there on', () => {
    expect(pAlive(MODEL, { repeats: 1, recency: 9, age: 9 })).toBeLessThan(0.8);
    expect(ageBelow(MODEL, { repeats: 1, recency: 9 }, 80)).toBe(9);
    expect(ageBelow(MODEL, { repeats: 1, recency: 9 }, 100)).toBe(9);
  });

  it('is never for 0 %, and where no number is large enough', () => {
    expect(ageBelow(MODEL, { repeats: 1, recency: 9 }, 0)).toBe(Infinity);
    const slow = { ...MODEL, mbgNbd: { ...MODEL.mbgNbd, r: 0.001 } };
    expect(ageBelow(slow, { repeats: 0, recency: 0 }, 10)).toBe(Infinity);
  });
});
