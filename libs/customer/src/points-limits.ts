import type { Calendar } from './calendar.js';
import { addMonths } from './days.js';
import { CAUSES_NAMED_MAX } from './decisions.js';
import type { ExpiredLot } from './decisions.js';
import type { BusinessDay } from './facts.js';
import { entryId } from './ledger.js';
import type { DueEntry } from './ledger.js';
import { policyOn } from './policy/policy.js';
import type { CapPeriod, PolicyBook } from './policy/policy.js';

/** Whether any version caps points or lets them expire: then an entry depends on others, and all have to be looked at. */
export function hasLimits(book: PolicyBook): boolean {
  return book.some(({ points }) => points.cap !== null || points.expiryMonths !== null);
}

/** The entries as the caps leave them, and what has expired of them: the whole ledger that is due. */
export function limited(entries: readonly DueEntry[], book: PolicyBook, calendar: Calendar): DueEntry[] {
  const ordered = [...entries].sort(byDayThenEntry);
  const capped = underCaps(ordered, book);
  return [...capped, ...expiries(capped, book, calendar)];
}

function byDayThenEntry(one: DueEntry, other: DueEntry): number {
  if (one.on !== other.on) return one.on < other.on ? -1 : 1;
  return entryId(one.rule, one.about) < entryId(other.rule, other.about) ? -1 : 1;
}

/** What loans and referrals earn counts until the period is full, in the order of days, then of entries. */
function underCaps(ordered: readonly DueEntry[], book: PolicyBook): DueEntry[] {
  const earned = new Map<string, number>();
  return ordered.map((entry) => {
    const { cap } = policyOn(book, entry.on).points;
    if (cap === null || entry.rule === 'manual' || entry.points <= 0) return entry;
    const period = periodOf(entry.on, cap.per);
    const before = earned.get(period) ?? 0;
    const points = Math.min(entry.points, Math.max(0, cap.points - before));
    earned.set(period, before + points);
    return points === entry.points ? entry : { ...entry, points, uncapped: entry.points };
  });
}

function periodOf(day: BusinessDay, per: CapPeriod): string {
  const [year, month] = [day.slice(0, 4), day.slice(5, 7)];
  switch (per) {
    case 'year':
      return year;
    case 'quarter':
      return `${year} quarter ${Math.ceil(Number(month) / 3)}`;
    case 'month':
      return `${year}-${month}`;
  }
}

interface Lot {
  readonly entry: DueEntry;
  readonly expiresOn: BusinessDay | null;
  left: number;
}

/**
 * What expires, by day. Points are used up by what is taken, the oldest first; what is taken before there is anything to
 * take it from is owed by the next award. On the day it expires a lot is gone before anything else of that day.
 */
function expiries(ordered: readonly DueEntry[], book: PolicyBook, calendar: Calendar): DueEntry[] {
  const lots: Lot[] = [];
  const expired: DueEntry[] = [];
  let owed = 0;
  const expireUntil = (day: BusinessDay | null): void => {
    for (;;) {
      const next = nextExpiry(lots, day);
      if (next === null || !calendar.reached(next)) return;
      expired.push(expire(lots, next, book));
    }
  };
  for (const entry of ordered) {
    expireUntil(entry.on);
    if (entry.points > 0) {
      const { expiryMonths } = policyOn(book, entry.on).points;
      const taken = Math.min(owed, entry.points);
      owed -= taken;
      const expiresOn = expiryMonths === null ? null : addMonths(entry.on, expiryMonths);
      lots.push({ entry, expiresOn, left: entry.points - taken });
    } else {
      owed += takeOldest(lots, -entry.points);
    }
  }
  expireUntil(null);
  return expired;
}

/** The earliest day up to `until` (null = any) on which something that is left expires. */
function nextExpiry(lots: readonly Lot[], until: BusinessDay | null): BusinessDay | null {
  let next: BusinessDay | null = null;
  for (const { expiresOn, left } of lots) {
    if (expiresOn === null || left === 0 || (until !== null && expiresOn > until)) continue;
    if (next === null || expiresOn < next) next = expiresOn;
  }
  return next;
}

function expire(lots: readonly Lot[], day: BusinessDay, book: PolicyBook): DueEntry {
  const gone = lots.filter(({ expiresOn, left }) => expiresOn === day && left > 0);
  const chosen: ExpiredLot[] = gone.map(({ entry, left }) => ({
    entry: entryId(entry.rule, entry.about),
    points: left,
  }));
  const causes = new Set(gone.flatMap(({ entry }) => entry.causes));
  for (const lot of gone) lot.left = 0;
  const from = gone.at(-1)?.entry.on ?? day;
  return {
    rule: 'expiry',
    about: day,
    points: 0 - chosen.reduce((sum, { points }) => sum + points, 0),
    on: day,
    policyVersion: policyOn(book, from).version,
    causes: [...causes].slice(0, CAUSES_NAMED_MAX),
    lots: chosen,
  };
}

/** Takes points from the oldest lots and returns what none of them had. */
function takeOldest(lots: readonly Lot[], points: number): number {
  let wanted = points;
  for (const lot of lots) {
    const taken = Math.min(lot.left, wanted);
    lot.left -= taken;
    wanted -= taken;
  }
  return wanted;
}
