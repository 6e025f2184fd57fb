import type { CustomerEvent, Decision, PointRule, PointsTakenBack, RecordDecision } from './decisions.js';
import { decideLoanStatus } from './decide-loan-status.js';
import { decideProfile } from './decide-profile.js';
import { decideReferral } from './decide-referral.js';
import { decideSetAside } from './decide-set-aside.js';
import { evolve } from './evolve.js';
import { evolveDecision } from './evolve-decision.js';
import type { CustomerFact, FactType } from './facts.js';
import { dueForAdjustment, dueForLoan, dueForReferral, entryId } from './ledger.js';
import type { Due } from './ledger.js';
import { benefitsOf, policyOn, tierOf } from './policy/policy.js';
import type { Policy, PolicyBook } from './policy/policy.js';
import type { CustomerState } from './state.js';

/**
 * Takes facts into a customer: folds them, derives what should hold, and returns the facts followed by the decisions
 * that make up the difference. `state` is changed in place to the state after all returned events.
 *
 * For any order, repetition and batching of the same facts the state afterwards is the same in its canonical form.
 * The cost is that of what the facts touch: the loans they name. Every loan is looked at when the customer registers, and
 * for its day when one is disbursed; every entry of the ledger for its day when one changes.
 */
export function takeFacts(state: CustomerState, facts: readonly CustomerFact[], book: PolicyBook): CustomerEvent[] {
  const registeredBefore = state.registration?.registeredOn ?? null;
  for (const fact of facts) evolve(state, fact);
  const decisions: Decision[] = [];
  const record: RecordDecision = (decision) => {
    evolveDecision(state, decision);
    state.version += 1;
    decisions.push(decision);
  };
  if (state.registration !== null) {
    const { registeredOn, stamp } = state.registration;
    const touched = registeredBefore === null ? everything(state) : touchedBy(facts);
    if (touched.profile) decideProfile(state, book, record);
    for (const loanId of touched.loans) {
      decideSetAside(state, loanId, book, record);
      decideLoanStatus(state, loanId, book, record);
    }
    const changes = decideLedger(state, touched, book, record);
    // The day of registration counts too: it may be under another policy, and a policy may grant something at 0 points.
    if (registeredOn !== registeredBefore) changes.add(stamp[1]);
    if (changes.size > 0) decideStanding(state, [...changes].slice(0, CAUSES_NAMED_MAX), book, record);
    if (touched.profile || touched.disbursals) decideReferral(state, book, record);
  }
  decideParked(state, facts, book, record);
  return [...facts, ...decisions];
}

/** Summary decisions (tier, benefits, parked facts) name at most this many causes: a batch can hold thousands. */
const CAUSES_NAMED_MAX = 20;

interface Touched {
  readonly loans: readonly string[];
  readonly adjustments: readonly string[];
  readonly referrals: readonly string[];
  /** Whether anything is said of who the customer is, or of the disbursal of a loan: either may make a referral. */
  readonly profile: boolean;
  readonly disbursals: boolean;
}

const OF_PROFILE: ReadonlySet<FactType> = new Set([
  'customer-registered',
  'customer-profile-changed',
  'customer-reassigned',
]);
const OF_DISBURSALS: ReadonlySet<FactType> = new Set(['loan-disbursed', 'loan-disbursal-undone']);

function touchedBy(facts: readonly CustomerFact[]): Touched {
  const loans = new Set<string>();
  const adjustments = new Set<string>();
  const referrals = new Set<string>();
  for (const fact of facts) {
    if ('loanId' in fact && fact.type !== 'referral-reported') loans.add(fact.loanId);
    else if (fact.type === 'points-adjusted') adjustments.add(fact.factId);
    else if (fact.type === 'referral-reported') referrals.add(fact.referredId);
  }
  return {
    loans: [...loans].sort(),
    adjustments: [...adjustments].sort(),
    referrals: [...referrals].sort(),
    profile: facts.some(({ type }) => OF_PROFILE.has(type)),
    disbursals: facts.some(({ type }) => OF_DISBURSALS.has(type)),
  };
}

function everything(state: CustomerState): Touched {
  return {
    loans: [...state.loans.keys()].sort(),
    adjustments: [...state.adjustments.keys()].sort(),
    referrals: [...state.referrals.keys()].sort(),
    profile: true,
    disbursals: true,
  };
}

/** Records the lines of the ledger that are due, and returns the facts that caused them. */
function decideLedger(state: CustomerState, touched: Touched, book: PolicyBook, record: RecordDecision): Set<string> {
  const causes = new Set<string>();
  const differ = (rule: PointRule, about: string, due: Due): void => {
    for (const decision of difference(state, rule, about, due)) {
      record(decision);
      for (const cause of decision.causes) causes.add(cause);
    }
  };
  for (const loanId of touched.loans) {
    const loan = state.loans.get(loanId);
    if (loan === undefined) continue;
    const [loanUse, noOverdue] = dueForLoan(loan, book);
    differ('loan-use', loanId, loanUse);
    differ('no-overdue', loanId, noOverdue);
  }
  for (const factId of touched.adjustments) differ('manual', factId, dueForAdjustment(state, factId, book));
  for (const referredId of touched.referrals) differ('referral', referredId, dueForReferral(state, referredId, book));
  return causes;
}

/** The lines that turn what the ledger holds for one entry into what it should hold. */
function difference(state: CustomerState, rule: PointRule, about: string, due: Due): Decision[] {
  const entry = entryId(rule, about);
  const held = state.held.entries.get(entry);
  const wanted = 'points' in due ? due : null;
  if (held === undefined && wanted === null) return [];
  if (held !== undefined && wanted !== null && held.points === wanted.points && held.on === wanted.on) return [];
  const lines: Decision[] = [];
  let balance = state.held.balance;
  if (held !== undefined) {
    balance -= held.points;
    const takenBack: PointsTakenBack = {
      type: 'points-taken-back',
      entry,
      rule,
      about,
      points: -held.points,
      on: held.on,
      reason: 'reason' in due ? due.reason : 'entry-changed',
      balance,
      policyVersion: held.policyVersion,
      causes: due.causes,
    };
    lines.push(takenBack);
  }
  if (wanted !== null) {
    const { points, on, policyVersion, causes } = wanted;
    balance += points;
    lines.push({ type: 'points-awarded', entry, rule, about, points, on, balance, policyVersion, causes });
  }
  return lines;
}

/** Tier and benefits follow from the balance under the policy in force on the latest day an entry counts from. */
function decideStanding(
  state: CustomerState,
  causes: readonly string[],
  book: PolicyBook,
  record: RecordDecision,
): void {
  const { held } = state;
  const policy = policyOn(book, latestDay(state));
  const { balance } = held;
  const because = { balance, policyVersion: policy.version, causes };
  const tier = tierOf(balance, policy);
  if (tier !== held.tier) record({ type: 'tier-changed', from: held.tier, to: tier, ...because });
  decideBenefits(state, policy, because, record);
}

function decideBenefits(
  state: CustomerState,
  policy: Policy,
  because: { balance: number; policyVersion: string; causes: readonly string[] },
  record: RecordDecision,
): void {
  const due = benefitsOf(because.balance, policy);
  for (const benefit of [...state.held.benefits]) {
    if (!due.includes(benefit)) {
      record({ type: 'benefit-withdrawn', benefit, reason: 'points-below-threshold', ...because });
    }
  }
  for (const benefit of due) {
    if (!state.held.benefits.includes(benefit)) record({ type: 'benefit-granted', benefit, ...because });
  }
}

export function latestDay(state: CustomerState): string {
  let latest = state.registration?.registeredOn ?? '';
  for (const { on } of state.held.entries.values()) if (on > latest) latest = on;
  return latest;
}

const AWAITED_NAMED_MAX = 20;

function decideParked(
  state: CustomerState,
  facts: readonly CustomerFact[],
  book: PolicyBook,
  record: RecordDecision,
): void {
  const parked = state.waiting.size;
  const awaited = awaitedBy(state);
  const { held } = state;
  if (parked === held.parked && awaited.join(' ') === held.awaited.join(' ')) return;
  const causes = new Set<string>();
  for (const fact of facts) if (parksOrReleases(fact, state)) causes.add(fact.factId);
  record({
    type: 'parked-facts-changed',
    parked,
    awaited,
    policyVersion: policyOn(book, latestDay(state)).version,
    causes: [...causes].slice(0, CAUSES_NAMED_MAX),
  });
}

function awaitedBy(state: CustomerState): string[] {
  if (state.waiting.size === 0) return [];
  if (state.registration === null) return ['customer'];
  const loanIds = new Set<string>();
  for (const loanId of state.waiting.values()) if (loanId !== null) loanIds.add(loanId);
  return [...loanIds]
    .sort()
    .slice(0, AWAITED_NAMED_MAX)
    .map((loanId) => `loan:${loanId}`);
}

function parksOrReleases(fact: CustomerFact, state: CustomerState): boolean {
  return (
    state.waiting.has(fact.factId) ||
    fact.type === 'customer-registered' ||
    fact.type === 'loan-disbursed' ||
    fact.type === 'referral-reported'
  );
}
