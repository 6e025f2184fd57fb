import type { CustomerEvent, Decision, DecisionType } from './decisions.js';
import type { CustomerState } from './state.js';

const DECISION_TYPES: Readonly<Record<DecisionType, true>> = {
  'profile-determined': true,
  'loan-status-changed': true,
  'points-awarded': true,
  'points-taken-back': true,
  'tier-changed': true,
  'benefit-granted': true,
  'benefit-withdrawn': true,
  'referral-earned': true,
  'referral-ended': true,
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
      held.entries.set(decision.entry, {
        points: decision.points,
        on: decision.on,
        policyVersion: decision.policyVersion,
      });
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
