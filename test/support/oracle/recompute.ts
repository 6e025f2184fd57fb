import { churnByInactivity, latestChurn, spellsByGrace, spellsByReborrow } from './churn.js';
import type { Spell } from './churn.js';
import { factsByCustomer, latestOf, numberOf, ofType, textOrNull } from './feed.js';
import type { OracleFact } from './feed.js';
import { hasOpenRequest, standingLoans, waitingApprovals } from './loans.js';
import type { OracleLoan } from './loans.js';
import { NO_WARNING, warningOf } from './warnings.js';
import type { Warning } from './warnings.js';

/** What the default policy says of one customer at the end of a day. Days are `YYYY-MM-DD`. */
export interface OracleCustomer {
  readonly registered: boolean;
  readonly points: number;
  readonly tier: string;
  readonly benefits: string[];
  readonly state: 'none' | 'retained' | 'churned';
  /** Of the latest churn, as are kind, reason, officer and branch, whether or not the customer came back since. */
  readonly churnedOn: string | null;
  readonly kind: 'normal' | 'abnormal' | null;
  readonly reason: string | null;
  readonly reasonUnknown: boolean;
  /** Of the latest win-back. */
  readonly wonBackOn: string | null;
  readonly phase: string;
  readonly warningLevel: string;
  /** Sorted. */
  readonly warningSignals: string[];
  readonly officerId: string | null;
  readonly branchId: string | null;
  /** The churn date by each definition under which the customer is churned on the day. */
  readonly churnedBy: {
    readonly grace: string | null;
    readonly inactivity: string | null;
    readonly reborrow: string | null;
  };
}

const UNREGISTERED: OracleCustomer = {
  registered: false,
  points: 0,
  tier: 'none',
  benefits: [],
  state: 'none',
  churnedOn: null,
  kind: null,
  reason: null,
  reasonUnknown: false,
  wonBackOn: null,
  phase: 'prospect',
  warningLevel: 'green',
  warningSignals: [],
  officerId: null,
  branchId: null,
  churnedBy: { grace: null, inactivity: null, reborrow: null },
};

interface Known {
  readonly facts: readonly OracleFact[];
  readonly registered: boolean;
  readonly loans: readonly OracleLoan[];
}

/**
 * Decides every customer of a feed as of a day, from nothing but the facts whose business day is not after it.
 *
 * This is the product's answer worked out a second time, the slow and obvious way, so that the two can be compared. It
 * must share no rule with `libs/customer`: a rule imported from there would be compared with itself.
 *
 * @param lines the CloudEvents of the feed, one JSON each, in any order, repeats allowed. Conflicting ones are not looked for.
 * @throws RangeError for a message the oracle cannot read.
 * @returns each customer who has a fact up to the day, also one who is not registered (yet).
 */
export function recompute(
  lines: Iterable<string>,
  day: string,
  options: { readonly timeZone?: string } = {},
): Map<string, OracleCustomer> {
  const known = new Map<string, Known>();
  for (const [customerId, facts] of factsByCustomer(lines, day, options.timeZone ?? 'Asia/Shanghai')) {
    const registered = ofType(facts, 'customer.registered').length > 0;
    known.set(customerId, { facts, registered, loans: standingLoans(facts) });
  }
  const referred = referralsByReferrer(known);
  const decided = new Map<string, OracleCustomer>();
  for (const [customerId, customer] of known) {
    const answer = customer.registered ? decide(customer, referred.get(customerId) ?? 0, day) : UNREGISTERED;
    decided.set(customerId, answer);
  }
  return decided;
}

/** How many registered customers with a loan each referrer brought, not counting themselves. */
function referralsByReferrer(known: ReadonlyMap<string, Known>): Map<string, number> {
  const referred = new Map<string, number>();
  for (const [customerId, { facts, registered, loans }] of known) {
    const naming = ofType(facts, 'customer.registered', 'customer.profile-changed');
    const last = latestOf(naming.filter((fact) => textOrNull(fact, 'referrerId') !== null));
    const referrerId = last === undefined ? null : textOrNull(last, 'referrerId');
    if (referrerId === null || referrerId === customerId || !registered || loans.length === 0) continue;
    referred.set(referrerId, (referred.get(referrerId) ?? 0) + 1);
  }
  return referred;
}

function decide({ facts, loans }: Known, referrals: number, day: string): OracleCustomer {
  const points = pointsOf(facts, loans, referrals);
  const tier = tierOf(points);
  const spells = spellsByGrace(loans, waitingApprovals(facts), day);
  const spell = spells.at(-1);
  const state = spell === undefined ? 'none' : spell.churnedOn === null ? 'retained' : 'churned';
  const churn = latestChurn(spells, facts, day);
  const warning = state === 'retained' ? warningOf(loans, facts, tier, day) : NO_WARNING;
  return {
    registered: true,
    points,
    tier,
    benefits: benefitsOf(points),
    state,
    churnedOn: churn?.churnedOn ?? null,
    kind: churn?.kind ?? null,
    reason: churn?.reason ?? null,
    reasonUnknown: churn?.reasonUnknown ?? false,
    wonBackOn: spells.length > 1 ? (spell?.loans[0]?.start ?? null) : null,
    phase: phaseOf(loans, spells, hasOpenRequest(facts), warning),
    warningLevel: warning.level,
    warningSignals: warning.signals,
    officerId: churn?.officerId ?? null,
    branchId: churn?.branchId ?? null,
    churnedBy: {
      grace: spell?.churnedOn ?? null,
      inactivity: churnByInactivity(loans, day),
      reborrow: spellsByReborrow(loans, day).at(-1)?.churnedOn ?? null,
    },
  };
}

function pointsOf(facts: readonly OracleFact[], loans: readonly OracleLoan[], referrals: number): number {
  const clean = loans.filter(
    ({ settledOn, overdueReports, writtenOff }) => settledOn !== null && overdueReports.length === 0 && !writtenOff,
  );
  const adjusted = ofType(facts, 'points.adjusted').reduce((sum, fact) => sum + numberOf(fact, 'points'), 0);
  return 10 * loans.length + 2 * clean.length + 5 * referrals + adjusted;
}

function tierOf(points: number): string {
  if (points < 10) return 'none';
  if (points < 20) return 'establishing';
  if (points < 30) return 'stable';
  return points < 40 ? 'deepening' : 'trusted';
}

function benefitsOf(points: number): string[] {
  return [
    ...(points >= 20 ? ['birthday-cake'] : []),
    ...(points >= 30 ? ['preferential-rate'] : []),
    ...(points >= 40 ? ['inspection-free'] : []),
  ];
}

/** The first that fits, in this order. */
function phaseOf(
  loans: readonly OracleLoan[],
  spells: readonly Spell[],
  requestIsOpen: boolean,
  warning: Warning,
): string {
  const spell = spells.at(-1);
  if (spell === undefined) return 'prospect';
  if (spell.churnedOn !== null) return 'gone';
  if (spells.length > 1 && spell.loans.every(({ end }) => end === null)) return 'returned';
  // An end is of a fact, and no fact is after the day: a loan is active as long as it has none.
  if (loans.every(({ end }) => end !== null) && !requestIsOpen) return 'leaving';
  if (warning.level === 'orange' || warning.level === 'red') return 'wavering';
  return loans.length === 1 ? 'initial' : 'steady';
}
