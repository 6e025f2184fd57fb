import type { DeterminedProfile, RecordDecision } from './decisions.js';
import type { BusinessDay } from './facts.js';
import { policyOn } from './policy/policy.js';
import type { PolicyBook } from './policy/policy.js';
import { holderOf, kindOf } from './state.js';
import type { CustomerState, ProfileField } from './state.js';

/** Records who the customer is after all statements about them, whenever that is something else than recorded last. */
export function decideProfile(state: CustomerState, book: PolicyBook, record: RecordDecision): void {
  if (state.registration === null) return;
  const { registeredOn, stamp } = state.registration;
  const profile = profileOf(state, registeredOn);
  const { held } = state;
  const isHeld = held.profile !== null && FIELDS.every((field) => held.profile?.[field] === profile[field]);
  if (isHeld) return;
  const causes = new Set([stamp[1]]);
  for (const field of state.profile.values()) causes.add(field.stamp[1]);
  for (const part of ['branchId', 'officerId'] as const) {
    const named = state.assignments.findLast((assignment) => assignment[part] !== null);
    if (named !== undefined) causes.add(named.stamp[1]);
  }
  record({
    type: 'profile-determined',
    profile,
    policyVersion: policyOn(book, registeredOn).version,
    causes: [...causes],
  });
}

const FIELDS: readonly (keyof DeterminedProfile)[] = [
  'registeredOn',
  'kind',
  'branchId',
  'officerId',
  'region',
  'industry',
  'channel',
  'referrerId',
];

function profileOf(state: CustomerState, registeredOn: BusinessDay): DeterminedProfile {
  const text = (field: ProfileField): string | null => state.profile.get(field)?.value ?? null;
  return {
    registeredOn,
    kind: kindOf(state),
    ...holderOf(state),
    region: text('region'),
    industry: text('industry'),
    channel: text('channel'),
    referrerId: text('referrerId'),
  };
}
