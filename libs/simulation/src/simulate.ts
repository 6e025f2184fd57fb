import { customerIdOf, registrationDay } from './borrower.js';
import { type DayNumber, dayOf, dayText, epochMs, SECONDS_A_DAY } from './business-time.js';
import { customerHistory } from './customer-history.js';
import type { Chapter } from './occurrence.js';
import { type Lender, type LenderParameters, openLender } from './parameters.js';
import { publish, publishDayClosed, type SimulatedMessage } from './publication.js';
import { Random, StreamPurpose } from './random.js';

/**
 * Everything the lender publishes, in the order of publication; the same parameters give the same bytes. Throws RangeError
 * where the parameters are wrong. Memory grows with the customers whose history is under way and with what they have still to
 * publish of the loan at hand, not with the number of messages.
 */
export function* simulateLender(chosen: LenderParameters): Generator<SimulatedMessage, void> {
  const lender = openLender(chosen);
  const { lastDay } = lender;
  const registrations = customersByRegistration(lender);
  const wakings = new Map<DayNumber, Customer[]>();
  const outbox = new Map<DayNumber, SimulatedMessage[]>();
  let registered = 0;

  for (let day = lender.firstDay; day <= lastDay || outbox.size > 0; day += 1) {
    for (; registered < registrations.order.length; registered += 1) {
      const index = registrations.order[registered] ?? 0;
      if ((registrations.days[index] ?? 0) > day) break;
      wake(lender, newCustomer(lender, index), day, wakings, outbox);
    }
    for (const customer of taken(wakings, day)) wake(lender, customer, day, wakings, outbox);
    if (lender.closesBusinessDays && day <= lastDay) {
      put(outbox, publishDayClosed(lender, dayText(day), day * SECONDS_A_DAY + SECONDS_A_DAY - 1));
    }
    yield* taken(outbox, day).sort((one, other) => one.publishedAt - other.publishedAt);
  }
}

/** The lines of `simulateLender` alone. */
export function* simulateLines(chosen: LenderParameters): Generator<string, void> {
  for (const message of simulateLender(chosen)) yield message.line;
}

interface Customer {
  readonly id: string;
  readonly history: Generator<Chapter, void>;
  readonly publication: Random;
}

function newCustomer(lender: Lender, index: number): Customer {
  return {
    id: customerIdOf(index),
    history: customerHistory(lender, index),
    publication: new Random(lender.seed, index, StreamPurpose.publication),
  };
}

/** Reads the chapters that begin today and books the day of the next. */
function wake(
  lender: Lender,
  customer: Customer,
  day: DayNumber,
  wakings: Map<DayNumber, Customer[]>,
  outbox: Map<DayNumber, SimulatedMessage[]>,
): void {
  for (;;) {
    const chapter = customer.history.next();
    if (chapter.done === true) return;
    const { occurrences, resumesOn } = chapter.value;
    for (const message of publish(lender, customer.publication, customer.id, occurrences)) put(outbox, message);
    if (resumesOn > day) {
      if (resumesOn <= lender.lastDay) listed(wakings, resumesOn).push(customer);
      return;
    }
  }
}

function put(outbox: Map<DayNumber, SimulatedMessage[]>, message: SimulatedMessage): void {
  listed(outbox, publicationDay(message)).push(message);
}

/** The day by the clock of the lender, whose midnight is not that of UTC. */
function publicationDay(message: SimulatedMessage): DayNumber {
  return dayOf((message.publishedAt - epochMs(0)) / 1000);
}

function listed<T>(byDay: Map<DayNumber, T[]>, day: DayNumber): T[] {
  const list = byDay.get(day) ?? [];
  if (list.length === 0) byDay.set(day, list);
  return list;
}

function taken<T>(byDay: Map<DayNumber, T[]>, day: DayNumber): T[] {
  const list = byDay.get(day) ?? [];
  byDay.delete(day);
  return list;
}

/** The customers in the order in which they register, in eight bytes each. */
function customersByRegistration(lender: Lender): { days: Int32Array; order: Uint32Array } {
  const days = Int32Array.from({ length: lender.customers }, (_, index) => registrationDay(lender, index));
  const order = Uint32Array.from({ length: lender.customers }, (_, index) => index);
  order.sort((one, other) => (days[one] ?? 0) - (days[other] ?? 0) || one - other);
  return { days, order };
}
