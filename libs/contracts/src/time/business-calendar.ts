import type { BusinessDay } from '@retention/customer';

const QUARTER_HOUR_MS = 15 * 60 * 1000;
/** Two years of quarter hours. A feed read in order needs a handful; a shuffled one refills the cache, slowly. */
const REMEMBERED_QUARTERS_MAX = 70_000;

/**
 * The business day an instant (milliseconds since the epoch) falls on in the given IANA time zone.
 *
 * `Intl` takes two microseconds a call, which is a third of what reading a whole message may take, so the answer is
 * remembered by quarter hour. Today's offsets all change the day at a quarter hour; for the odd ones of the past (Liberia:
 * 44 min 30 s until 1972) a quarter with two days in it is not remembered.
 * @throws RangeError when the time zone is unknown.
 */
export function createBusinessCalendar(timeZone: string): (instantMs: number) => BusinessDay {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const dayByQuarter = new Map<number, BusinessDay>();

  function exactDay(instantMs: number): BusinessDay {
    const parts = new Map(format.formatToParts(instantMs).map((part) => [part.type, part.value]));
    return `${(parts.get('year') ?? '').padStart(4, '0')}-${parts.get('month') ?? ''}-${parts.get('day') ?? ''}`;
  }

  return (instantMs) => {
    const quarter = Math.floor(instantMs / QUARTER_HOUR_MS);
    const remembered = dayByQuarter.get(quarter);
    if (remembered !== undefined) return remembered;

    const first = exactDay(quarter * QUARTER_HOUR_MS);
    const last = exactDay(quarter * QUARTER_HOUR_MS + QUARTER_HOUR_MS - 1);
    if (first !== last) return exactDay(instantMs);
    if (dayByQuarter.size >= REMEMBERED_QUARTERS_MAX) dayByQuarter.clear();
    dayByQuarter.set(quarter, first);
    return first;
  };
}
