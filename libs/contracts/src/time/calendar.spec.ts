import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBusinessCalendar } from './business-calendar.js';
import { instantOf, isCalendarDay } from './calendar.js';

describe('a calendar day', () => {
  it.each(['1900-01-01', '2024-02-29', '2000-02-29', '2200-12-31', '2026-11-30'])('is %s', (text) => {
    expect(isCalendarDay(text)).toBe(true);
  });

  it.each([
    '2026-02-30',
    '2023-02-29',
    '2100-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '1899-12-31',
    '2201-01-01',
    '2026-1-1',
    '2026/01/01',
    '20260101',
    '2026-01-01 ',
    ' 2026-01-01',
    '+026-01-01',
    '2026-01-0١',
    '',
    '275760-09-13',
  ])('is not %j', (text) => {
    expect(isCalendarDay(text)).toBe(false);
  });

  it('is every day of the calendar and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1890, max: 2210 }), fc.nat(13), fc.nat(32), (year, month, day) => {
        const text = `${String(year)}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const date = new Date(Date.UTC(year, month - 1, day));
        const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        expect(isCalendarDay(text)).toBe(real && year >= 1900 && year <= 2200);
      }),
    );
  });
});

describe('an instant', () => {
  it.each([
    ['2024-01-15T10:00:00+08:00', '2024-01-15T02:00:00.000Z'],
    ['2024-01-15T10:00:00Z', '2024-01-15T10:00:00.000Z'],
    ['2024-01-15t10:00:00.5z', '2024-01-15T10:00:00.500Z'],
    ['2024-01-15T10:00:00.123456789-03:30', '2024-01-15T13:30:00.123Z'],
    ['2024-01-15T10:00:00.009Z', '2024-01-15T10:00:00.009Z'],
    ['2024-01-15T00:00:00-00:00', '2024-01-15T00:00:00.000Z'],
    ['2024-02-29T23:59:59.999+00:00', '2024-02-29T23:59:59.999Z'],
  ])('is read from %s', (text, utc) => {
    expect(new Date(instantOf(text)).toISOString()).toBe(utc);
  });

  it('is read back from every time it was written as', () => {
    const dates = fc.date({ min: new Date('1900-01-01'), max: new Date('2200-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        expect(instantOf(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it.each([
    '2024-01-15',
    '2024-01-15T10:00:00',
    '2024-01-15T10:00Z',
    '2024-01-15 10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2024-01-15T24:00:00Z',
    '2024-01-15T10:60:00Z',
    '2024-01-15T10:00:60Z',
    '2024-01-15T10:00:00+24:00',
    '2024-01-15T10:00:00+08',
    '2024-01-15T10:00:00+0800',
    '2024-01-15T10:00:00+08:60',
    '2024-01-15T10:00:00.Z',
    '2024-01-15T10:00:00.1234567890Z',
    '2024-01-15T10:00:00Z ',
    '2024-01-15T10:00:00ZZ',
    '2024-01-15T1:00:00Z',
    '1899-12-31T23:59:59Z',
    '+275760-09-13T00:00:00Z',
    'now',
    '',
  ])('is not read from %j', (text) => {
    expect(instantOf(text)).toBeNaN();
  });
});

describe('the business day of an instant', () => {
  it.each([
    ['Asia/Shanghai', '2024-08-31T15:59:59.999Z', '2024-08-31'],
    ['Asia/Shanghai', '2024-08-31T16:00:00Z', '2024-09-01'],
    ['Asia/Kathmandu', '2024-08-31T18:14:59Z', '2024-08-31'],
    ['Asia/Kathmandu', '2024-08-31T18:15:00Z', '2024-09-01'],
    ['America/New_York', '2024-03-10T04:59:59Z', '2024-03-09'],
    ['America/New_York', '2024-03-11T04:00:00Z', '2024-03-11'],
    ['UTC', '1900-01-01T00:00:00Z', '1900-01-01'],
    // Liberia kept 44 min 30 s behind Greenwich until 1972: the day changed inside a quarter of an hour.
    ['Africa/Monrovia', '1950-05-02T00:44:29Z', '1950-05-01'],
    ['Africa/Monrovia', '1950-05-02T00:44:30Z', '1950-05-02'],
  ])('in %s at %s is %s', (zone, instant, day) => {
    const dayOf = createBusinessCalendar(zone);
    expect(dayOf(Date.parse(instant))).toBe(day);
    expect(dayOf(Date.parse(instant))).toBe(day);
  });

  it('is the same remembered as it was computed', () => {
    for (const zone of ['Asia/Shanghai', 'Europe/Prague', 'Australia/Lord_Howe', 'Africa/Monrovia']) {
      const dayOf = createBusinessCalendar(zone);
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone });
      const instants = fc.integer({ min: Date.UTC(1900, 0, 2), max: Date.UTC(2200, 0, 1) });
      fc.assert(
        fc.property(instants, (instant) => {
          expect(dayOf(instant)).toBe(format.format(instant));
        }),
      );
    }
  });
});
