import { SECONDS_A_DAY, epochMs, timeText, type WallSecond } from './business-time.js';
import type { Occurrence } from './occurrence.js';
import type { Lender } from './parameters.js';
import type { Random } from './random.js';

/** A message as the lender's system hands it over. */
export interface SimulatedMessage {
  /** One CloudEvents JSON, structured mode, without a line end. */
  readonly line: string;
  /** The customer id; for `business-day.closed` the source, since that concerns no customer. */
  readonly key: string;
  /** Milliseconds since the epoch, UTC. */
  readonly publishedAt: number;
}

/** From the occurrence to its publication when nothing is in the way. The same for all, so that it reorders nothing. */
const USUAL_DELAY_SECONDS = 2;
const HOUR = 3600;

/**
 * Publishes the facts of one chapter, given in business order: when, with what delay, how often. A fact is only ever
 * published after it happened, so disorder comes from holding back what came first.
 */
export function publish(
  lender: Lender,
  random: Random,
  customerId: string,
  occurrences: readonly Occurrence[],
): SimulatedMessage[] {
  const messages: SimulatedMessage[] = [];
  occurrences.forEach((occurrence, position) => {
    const loanOnly = !('customerId' in occurrence.data);
    const withoutSubject = random.chance(lender.withoutSubjectRate) && loanOnly;
    // A gift goes to whoever brought this customer.
    const about = (occurrence.data['customerId'] as string | undefined) ?? customerId;
    const line = lineOf(lender.source, occurrence, withoutSubject ? undefined : about);
    const delayed = occurrence.at + USUAL_DELAY_SECONDS + delaySeconds(lender, random);
    const at = Math.max(delayed, heldBackUntil(lender, random, occurrences, position));
    const repeatedAfter = random.chance(0.5) ? random.whole(1, HOUR) : random.whole(HOUR, 30 * SECONDS_A_DAY);
    messages.push({ line, key: customerId, publishedAt: epochMs(at) });
    if (!random.chance(lender.repeatedRate)) return;
    messages.push({ line, key: customerId, publishedAt: epochMs(at + repeatedAfter) });
  });
  return messages;
}

/** The calendar tick of a day, and always on time: `at` is its last second. */
export function publishDayClosed(lender: Lender, day: string, at: WallSecond): SimulatedMessage {
  const occurrence = { type: 'business-day.closed', id: `day-${day}`, at, data: { day } };
  const publishedAt = epochMs(at + USUAL_DELAY_SECONDS);
  return { line: lineOf(lender.source, occurrence, undefined), key: lender.source, publishedAt };
}

function delaySeconds(lender: Lender, random: Random): number {
  const share = random.fraction();
  const within = random.fraction();
  const { lateByMinutesRate, lateByHoursRate, lateByDaysRate, lateByWeeksRate } = lender;
  const stretch = (least: number, most: number): number => least + Math.floor(within * (most - least));
  let upTo = lateByMinutesRate;
  if (share < upTo) return stretch(1, HOUR);
  upTo += lateByHoursRate;
  if (share < upTo) return stretch(HOUR, SECONDS_A_DAY);
  upTo += lateByDaysRate;
  if (share < upTo) return stretch(SECONDS_A_DAY, 7 * SECONDS_A_DAY);
  upTo += lateByWeeksRate;
  if (share < upTo) return stretch(7 * SECONDS_A_DAY, 56 * SECONDS_A_DAY);
  return 0;
}

/**
 * A registration is held back for days, so that the first loan comes before its customer; a disbursal until the next fact
 * of its loan is out. 0 where the fact goes its usual way. Every fact takes the same number of draws, so that one rate does
 * not change what another one hits.
 */
function heldBackUntil(
  lender: Lender,
  random: Random,
  occurrences: readonly Occurrence[],
  position: number,
): WallSecond {
  const held = random.chance(lender.heldBackRate);
  const days = random.whole(1, 20);
  const seconds = random.whole(1, 900);
  const occurrence = occurrences[position];
  if (!held || occurrence === undefined) return 0;
  if (occurrence.type === 'customer.registered') return occurrence.at + days * SECONDS_A_DAY;
  if (occurrence.type !== 'loan.disbursed') return 0;
  const next = occurrences.slice(position + 1).find((later) => later.data['loanId'] === occurrence.data['loanId']);
  return next === undefined ? 0 : next.at + USUAL_DELAY_SECONDS + seconds;
}

function lineOf(source: string, occurrence: Occurrence, subject: string | undefined): string {
  return JSON.stringify({
    specversion: '1.0',
    id: occurrence.id,
    source,
    type: `lending.${occurrence.type}.v1`,
    subject,
    time: timeText(occurrence.at),
    datacontenttype: 'application/json',
    data: occurrence.data,
  });
}
