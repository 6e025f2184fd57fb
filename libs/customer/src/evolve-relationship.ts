import type { BusinessDay, RelationshipFact } from './facts.js';
import { supersedes } from './state.js';
import type { Complaint, CustomerState, Stamp } from './state.js';

/** Joins what was said of balances, complaints, surveys, contacts, reasons for leaving and gifts into the state. */
export function evolveRelationship(state: CustomerState, fact: RelationshipFact, stamp: Stamp): void {
  switch (fact.type) {
    case 'balance-observed': {
      const { from, to, currency } = fact;
      const observation = `${from}/${to}/${currency}`;
      if (!supersedes(stamp, state.balances.get(observation)?.stamp)) return;
      const averageDepositMinor = fact.averageDepositMinor ?? null;
      state.balances.set(observation, { stamp, from, to, currency, averageDepositMinor });
      return;
    }
    case 'complaint-raised':
      tell(state, fact.complaintId, 'raised', stamp, fact.raisedOn);
      return;
    case 'complaint-answered':
      tell(state, fact.complaintId, 'answered', stamp, fact.answeredOn);
      return;
    case 'complaint-resolved':
      tell(state, fact.complaintId, 'resolved', stamp, fact.resolvedOn);
      return;
    case 'survey-answered':
      if (supersedes(stamp, state.surveys.get(fact.surveyId)?.stamp)) {
        state.surveys.set(fact.surveyId, { stamp, on: fact.answeredOn, score: fact.score });
      }
      return;
    case 'contact-made': {
      const known = state.lastContact;
      const isLater =
        known === null || fact.madeOn > known.on || (fact.madeOn === known.on && fact.factId > known.factId);
      if (isLater) state.lastContact = { on: fact.madeOn, factId: fact.factId };
      return;
    }
    case 'churn-reason-reported':
      state.churnReasons.set(fact.factId, { stamp, reason: fact.reason, on: fact.reportedOn });
      return;
    case 'gift-handed-over':
      if (supersedes(stamp, state.gifts.get(fact.referredId)?.stamp)) {
        state.gifts.set(fact.referredId, { stamp, on: fact.handedOverOn });
      }
      return;
  }
}

function tell(state: CustomerState, id: string, what: keyof Complaint, stamp: Stamp, on: BusinessDay): void {
  let complaint = state.complaints.get(id);
  if (complaint === undefined) {
    complaint = { raised: null, answered: null, resolved: null };
    state.complaints.set(id, complaint);
  }
  if (supersedes(stamp, complaint[what]?.stamp)) complaint[what] = { stamp, on };
}
