import { describe, expect, it } from '@jest/globals';
import { historyOf } from './index.js';

describe('the history of a customer', () => {
  it('counts the days with a disbursal after the first, in any order, and takes two loans of a day for one', () => {
    const days = ['2020-02-12', '2020-01-01', '2020-01-15', '2020-02-12'];
    expect(historyOf(days, '2020-03-04', 7)).toEqual({ repeats: 2, recency: 6, age: 9 });
    expect(historyOf(days, '2020-03-04', 1)).toEqual({ repeats: 2, recency: 42, age: 63 });
  });

  it('of one loan has no repeat, and no age on its day', () => {
    expect(historyOf(['2020-01-01'], '2020-01-01', 7)).toEqual({ repeats: 0, recency: 0, age: 0 });
  });

  it('leaves out what is disbursed after the day, and is none before the first', () => {
    expect(historyOf(['2020-01-01', '2020-01-15'], '2020-01-14', 1)).toEqual({ repeats: 0, recency: 0, age: 13 });
    expect(historyOf(['2020-01-01'], '2019-12-31', 1)).toBeNull();
    expect(historyOf([], '2019-12-31', 1)).toBeNull();
  });
});
