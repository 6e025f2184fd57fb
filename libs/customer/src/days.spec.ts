import { describe, expect, it } from '@jest/globals';
import { addDays, addMonths, addWorkingDays, daysBetween, halfYearAfter } from './days.js';

describe('days', () => {
  it('are counted over months, years and leap days as the calendar has them', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2023-02-28', 1)).toBe('2023-03-01');
    expect(addDays('1900-02-28', 1)).toBe('1900-03-01');
    expect(addDays('2023-12-31', 91)).toBe('2024-03-31');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
    expect(daysBetween('2019-01-01', '2024-01-01')).toBe(1826);
    expect(daysBetween('2024-01-01', '2023-12-31')).toBe(-1);
  });

  it('agree with UTC for every day of 1900 to 2199, there and back', () => {
    let day = '1900-01-01';
    for (let instant = Date.UTC(1900, 0, 1); instant < Date.UTC(2200, 0, 1); instant += 86_400_000) {
      if (new Date(instant).toISOString().slice(0, 10) !== day) throw new Error(`${day} is wrong`);
      day = addDays(day, 1);
    }
    expect(day).toBe('2200-01-01');
  });

  it('of months keep the day of the month, or take the last one there is', () => {
    expect(addMonths('2024-01-31', 1)).toBe('2024-02-29');
    expect(addMonths('2023-08-31', 6)).toBe('2024-02-29');
    expect(addMonths('2023-11-15', 14)).toBe('2025-01-15');
    expect(addMonths('2024-02-29', 12)).toBe('2025-02-28');
  });

  it('that are worked are Monday to Friday', () => {
    // 2024-03-01 was a Friday.
    expect(addWorkingDays('2024-03-01', 1)).toBe('2024-03-04');
    expect(addWorkingDays('2024-03-02', 1)).toBe('2024-03-04');
    expect(addWorkingDays('2024-03-01', 5)).toBe('2024-03-08');
    expect(addWorkingDays('1969-12-31', 2)).toBe('1970-01-02');
  });

  it('after a half-year begin the next', () => {
    expect([halfYearAfter('2024-01-01'), halfYearAfter('2024-06-30')]).toEqual(['2024-07-01', '2024-07-01']);
    expect([halfYearAfter('2024-07-01'), halfYearAfter('2024-12-31')]).toEqual(['2025-01-01', '2025-01-01']);
  });
});
