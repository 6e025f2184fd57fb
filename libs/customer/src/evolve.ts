import type { CustomerEvent } from './decisions.js';
import { evolveDecision, isDecision } from './evolve-decision.js';
import { evolveFact } from './evolve-fact.js';
import type { CustomerState } from './state.js';

/**
 * Folds one event into the state, in place: the fold owns its state, and whoever needs the one before keeps a snapshot.
 * Never refuses and never decides; everything it needs is in the event.
 */
export function evolve(state: CustomerState, event: CustomerEvent): CustomerState {
  if (isDecision(event)) evolveDecision(state, event);
  else evolveFact(state, event);
  state.version += 1;
  return state;
}
