import { calendarOf, instantOf } from './days.js';

/** One message of the feed, read once however often it came. */
export interface OracleFact {
  /** Without prefix and version: `loan.disbursed`. */
  readonly type: string;
  /** `<source>#<id>`. */
  readonly key: string;
  /** The envelope's time, in milliseconds since the epoch. */
  readonly at: number;
  /** The business day of the fact. */
  readonly day: string;
  readonly customerId: string | null;
  readonly loanId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The field that says the business day of a fact; null where only the envelope's time does. */
const DAY_FIELDS: Readonly<Record<string, string | null>> = {
  'customer.registered': 'registeredOn',
  'customer.profile-changed': null,
  'customer.reassigned': 'effectiveOn',
  'loan.applied': 'appliedOn',
  'loan.approved': 'on',
  'loan.rejected': 'on',
  'loan.cancelled': 'on',
  'loan.disbursed': 'disbursedOn',
  'loan.disbursal-undone': 'undoneOn',
  'repayment.received': 'paidOn',
  'repayment.reversed': 'reversedOn',
  'instalment.overdue': 'asOf',
  'instalment.cured': 'curedOn',
  'loan.settled': 'settledOn',
  'loan.settlement-undone': 'undoneOn',
  'loan.written-off': 'on',
  'loan.recovered': 'on',
  'loan.rescheduled': null,
  'balance.observed': 'to',
  'complaint.raised': 'raisedOn',
  'complaint.answered': 'answeredOn',
  'complaint.resolved': 'resolvedOn',
  'survey.answered': 'answeredOn',
  'contact.made': 'madeOn',
  'churn-reason.reported': 'reportedOn',
  'points.adjusted': 'on',
  'gift.handed-over': 'handedOverOn',
};

interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string | null;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The facts of each customer up to and with a day. A fact that names only a loan belongs to the customer whom another
 * fact of the feed, of whatever day, names together with the loan; where several customers are named, to the one named
 * last. A fact of a loan that no fact gives to anybody is nobody's.
 */
export function factsByCustomer(lines: Iterable<string>, day: string, timeZone: string): Map<string, OracleFact[]> {
  const facts = readFacts(lines, timeZone);
  const ownerNamedBy = new Map<string, OracleFact>();
  for (const fact of facts) {
    if (fact.loanId === null || fact.customerId === null) continue;
    const known = ownerNamedBy.get(fact.loanId);
    if (known === undefined || isLater(fact, known)) ownerNamedBy.set(fact.loanId, fact);
  }
  const byCustomer = new Map<string, OracleFact[]>();
  for (const fact of facts) {
    const customerId = fact.customerId ?? ownerNamedBy.get(fact.loanId ?? '')?.customerId ?? null;
    if (customerId === null || fact.day > day) continue;
    const known = byCustomer.get(customerId);
    if (known === undefined) byCustomer.set(customerId, [fact]);
    else known.push(fact);
  }
  return byCustomer;
}

function readFacts(lines: Iterable<string>, timeZone: string): OracleFact[] {
  const dayAt = calendarOf(timeZone);
  const facts = new Map<string, OracleFact>();
  for (const line of lines) {
    if (line.trim() === '') continue;
    const { id, source, type: fullType, subject, time, data } = JSON.parse(line) as Envelope;
    const type = /^lending\.(.+)\.v1$/.exec(fullType)?.[1] ?? fullType;
    const key = `${source}#${id}`;
    if (type === 'business-day.closed' || facts.has(key)) continue;
    const dayField = DAY_FIELDS[type];
    // A fact that was left out silently would look like a fault of the product.
    if (dayField === undefined) throw new RangeError(`The oracle does not know messages of type "${fullType}".`);
    const at = instantOf(time);
    const day = dayField === null ? dayAt(at) : data[dayField];
    if (typeof day !== 'string') throw new RangeError(`${key} has no ${dayField ?? 'day'}.`);
    const customerId = optionalText(data['customerId']) ?? subject ?? null;
    facts.set(key, { type, key, at, day, customerId, loanId: optionalText(data['loanId']), data });
  }
  return [...facts.values()];
}

/** Whether the first holds against the second where both say something about the same thing. */
export function isLater(one: OracleFact, other: OracleFact): boolean {
  return one.at > other.at || (one.at === other.at && one.key > other.key);
}

/** Of several statements about the same thing the one that holds. */
export function latestOf(facts: readonly OracleFact[]): OracleFact | undefined {
  return facts.reduce<OracleFact | undefined>(
    (held, fact) => (held === undefined || isLater(fact, held) ? fact : held),
    undefined,
  );
}

/** The statement that holds about each thing. */
export function latestOfEach(facts: readonly OracleFact[], thing: (fact: OracleFact) => string): OracleFact[] {
  const held = new Map<string, OracleFact>();
  for (const fact of facts) {
    const known = held.get(thing(fact));
    if (known === undefined || isLater(fact, known)) held.set(thing(fact), fact);
  }
  return [...held.values()];
}

export function ofType(facts: readonly OracleFact[], ...types: string[]): OracleFact[] {
  return facts.filter((fact) => types.includes(fact.type));
}

/** A text that must be there. */
export function textOf(fact: OracleFact, field: string): string {
  const value = fact.data[field];
  if (typeof value !== 'string') throw new RangeError(`${fact.key} (${fact.type}) has no ${field}.`);
  return value;
}

/** A number that must be there. */
export function numberOf(fact: OracleFact, field: string): number {
  const value = fact.data[field];
  if (typeof value !== 'number') throw new RangeError(`${fact.key} (${fact.type}) has no ${field}.`);
  return value;
}

/** A text that may be missing, null or empty: null then. */
export function textOrNull(fact: OracleFact, field: string): string | null {
  return optionalText(fact.data[field]);
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

const DECIMALS_MAX = 4;

/** An amount in ten-thousandths of its unit, finer than any currency has them. */
export function tenThousandths(amount: string): bigint {
  const [whole = '', decimals = ''] = amount.split('.');
  if (decimals.length > DECIMALS_MAX) throw new RangeError(`"${amount}" has more decimals than any currency.`);
  return BigInt(whole + decimals.padEnd(DECIMALS_MAX, '0'));
}
