import { describe, expect, it } from '@jest/globals';
import { branchMeasure } from './branch-measure.js';

describe('the branch of the rulebook', () => {
  it('with 90 retained and 10 abnormal churns: 10 %, talk', () => {
    expect(branchMeasure(10, 90)).toBe('talk');
  });

  it('with 80 and 20: 20 %, dismiss', () => {
    expect(branchMeasure(20, 80)).toBe('dismiss');
  });

  it('with 91 and 9: 9 %, none', () => {
    expect(branchMeasure(9, 91)).toBe('none');
  });

  it('without customers has nothing to answer for', () => {
    expect(branchMeasure(0, 0)).toBe('none');
  });
});
