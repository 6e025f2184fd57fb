import { describe, expect, it } from '@jest/globals';
import { createFactReader } from './fact-reader.js';
import { lastEndedDay } from './time/ended-day.js';

const message = (day: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: `close-${day}`,
      source: '/core',
      type: 'lending.business-day.closed.v1',
      time: '2024-01-31T18:00:00+08:00',
      data: { day },
    }),
  );

describe('a closed business day', () => {
  // 2024-02-01 in Shanghai already, 2024-01-31 in Prague still.
  const now = () => Date.parse('2024-01-31T20:00:00Z');

  it('may be the day in progress, but none ahead of it in the business time zone', () => {
    const shanghai = createFactReader({ businessTimeZone: 'Asia/Shanghai', now });
    const prague = createFactReader({ businessTimeZone: 'Europe/Prague', now });
    expect(shanghai.read(message('2024-02-01'))).toMatchObject({ kind: 'fact' });
    expect(prague.read(message('2024-02-01'))).toMatchObject({ kind: 'refusal', code: 'day-ahead', field: 'data.day' });
    expect(shanghai.read(message('2124-01-31'))).toMatchObject({
      code: 'day-ahead',
      reason: 'data.day 2124-01-31 has not begun; today is 2024-02-01 in Asia/Shanghai.',
    });
  });

  it('may be any where no clock is given: a file is read the same in every year', () => {
    const reader = createFactReader({ businessTimeZone: 'Asia/Shanghai' });
    expect(reader.read(message('2124-01-31'))).toMatchObject({ kind: 'fact' });
  });

  it('is the day before today when it is closed because it ended', () => {
    expect(lastEndedDay('Asia/Shanghai', now())).toBe('2024-01-31');
    expect(lastEndedDay('Europe/Prague', now())).toBe('2024-01-30');
  });
});
