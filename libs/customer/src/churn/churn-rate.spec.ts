import { describe, expect, it } from '@jest/globals';
import { churnRate } from './churn-rate.js';

describe('the churn rate of the rulebook', () => {
  it('2737 churned, 7100 retained: 27.82 %', () => {
    expect(churnRate(2737, 7100)).toBe(2782);
  });

  it('379 churned, 1026 retained: 26.98 %, where the source prints 26.78 % and its own formula wins', () => {
    expect(churnRate(379, 1026)).toBe(2698);
  });

  it('is 0 for nobody lost, 100 % for everybody, and none of nobody', () => {
    expect([churnRate(0, 5), churnRate(5, 0), churnRate(0, 0)]).toEqual([0, 10_000, null]);
  });
});
