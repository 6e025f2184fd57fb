import type {
  ChurnDecision,
  ChurnJudgement,
  CustomerEvent,
  Decision,
  DecisionType,
  GiftStatusChanged,
  LargeMovementObserved,
  LargeMovementWithdrawn,
  PointsAwarded,
  PointsExpired,
} from './decisions.js';
import type { CustomerState, Held, HeldChurn, HeldEntry } from './state.js';

const DECISION_TYPES: Readonly<Record<DecisionType, true>> = {
  'profile-determined': true,
  'loan-status-changed': true,
  'points-awarded': true,
  'points-expired': true,
  'points-taken-back': true,
  'tier-changed': true,
  'benefit-granted': true,
  'benefit-withdrawn': true,
  'referral-earned': true,
  'referral-ended': true,
  'gift-status-changed': true,
  'customer-churned': true,
  'churn-reclassified': true,
  'churn-cleared': true,
  'customer-won-back': true,
  'win-back-undone': true,
  'large-movement-observed': true,
  'large-movement-withdrawn': true,
  'warning-changed': true,
  'phase-changed': true,
  'fact-set-aside': true,
  'fact-reinstated': true,
  'parked-facts-changed': true,
};

export function isDecision(event: CustomerEvent): event is Decision {
  return isDecisionType(event.type);
}

/** The same by the name of the type alone, for whoever has not parsed the event yet. */
export function isDecisionType(type: string): type is DecisionType {
  return Object.hasOwn(DECISION_TYPES, type);
}

export function evolveDecision(state: CustomerState, decision: Decision): void {
  const held = state.held;
  switch (decision.type) {
    case 'profile-determined':
      held.profile = decision.profile;
      return;
    case 'loan-status-changed': {
      const { status, on, product, currency, principalMinor } = decision;
      held.loans.set(decision.loanId, { status, on, product, currency, principalMinor });
      return;
    }
    case 'points-awarded':
    case 'points-expired':
      held.entries.set(decision.entry, entryOf(decision));
      held.balance = decision.balance;
      return;
    case 'points-taken-back':
      held.entries.delete(decision.entry);
      held.balance = decision.balance;
      return;
    case 'tier-changed':
      held.tier = decision.to;
      return;
    case 'benefit-granted':
      held.benefits = [...held.benefits, decision.benefit].sort();
      return;
    case 'benefit-withdrawn':
      held.benefits = held.benefits.filter((benefit) => benefit !== decision.benefit);
      return;
    case 'referral-earned':
      held.referral = { referrerId: decision.referrerId, loanId: decision.loanId, on: decision.on };
      return;
    case 'referral-ended':
      held.referral = null;
      return;
    case 'gift-status-changed':
      evolveGift(held.gifts, decision);
      return;
    case 'customer-churned':
    case 'churn-reclassified':
    case 'churn-cleared':
    case 'customer-won-back':
    case 'win-back-undone':
      evolveChurn(held.churns, decision);
      return;
    case 'large-movement-observed':
    case 'large-movement-withdrawn':
      evolveMovement(held.movements, decision);
      return;
    case 'warning-changed':
      held.warning = { level: decision.level, score: decision.score, signals: decision.signals };
      return;
    case 'phase-changed':
      held.phase = decision.to;
      return;
    case 'fact-set-aside':
      held.setAside.set(decision.factId, { reason: decision.reason, loanId: decision.loanId });
      return;
    case 'fact-reinstated':
      held.setAside.delete(decision.factId);
      return;
    case 'parked-facts-changed':
      held.parked = decision.parked;
      held.awaited = decision.awaited;
      return;
  }
}

function entryOf(decision: PointsAwarded | PointsExpired): HeldEntry {
  const { points, on, policyVersion } = decision;
  return {
    points,
    on,
    policyVersion,
    uncapped: decision.type === 'points-awarded' ? (decision.uncapped ?? null) : null,
    lots: decision.type === 'points-expired' ? decision.lots : null,
  };
}

function evolveMovement(movements: Held['movements'], decision: LargeMovementObserved | LargeMovementWithdrawn): void {
  if (decision.type === 'large-movement-withdrawn') movements.delete(decision.observation);
  else {
    const { observation, beforeMinor, afterMinor } = decision;
    movements.set(observation, { beforeMinor, afterMinor });
  }
}

function evolveGift(gifts: Held['gifts'], { referredId, status, on, worthMinor, currency }: GiftStatusChanged): void {
  if (status === 'withdrawn') gifts.delete(referredId);
  else gifts.set(referredId, { status, on, worthMinor, currency });
}

function evolveChurn(churns: Held['churns'], decision: ChurnDecision): void {
  const { churnedOn } = decision;
  if (decision.type === 'churn-cleared') churns.delete(churnedOn);
  else if (decision.type === 'customer-churned') {
    const { definition, endedOn, lastLoanId } = decision;
    churns.set(churnedOn, { definition, endedOn, lastLoanId, judgement: judgementOf(decision), wonBack: null });
  } else {
    const churn = churns.get(churnedOn);
    if (churn !== undefined) churns.set(churnedOn, judgedAnew(churn, decision));
  }
}

function judgedAnew(
  churn: HeldChurn,
  decision: Exclude<ChurnDecision, { type: 'customer-churned' | 'churn-cleared' }>,
): HeldChurn {
  switch (decision.type) {
    case 'churn-reclassified':
      return { ...churn, judgement: judgementOf(decision) };
    case 'customer-won-back':
      return { ...churn, wonBack: { on: decision.wonBackOn, loanId: decision.loanId } };
    case 'win-back-undone':
      return { ...churn, wonBack: null };
  }
}

/** The members of a judgement alone, in one order. */
export function judgementOf({ kind, because, reason, reasonUnknown, heldBy }: ChurnJudgement): ChurnJudgement {
  return { kind, because, reason, reasonUnknown, heldBy };
}
