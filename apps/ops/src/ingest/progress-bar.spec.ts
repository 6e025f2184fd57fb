import { describe, expect, it } from '@jest/globals';
import { duration } from './progress-bar.js';

describe('the time left', () => {
  it.each([
    [0, '0 s'],
    [40.2, '41 s'],
    [99, '99 s'],
    [100, '2 min'],
    [3000, '50 min'],
    [7200, '2 h'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
