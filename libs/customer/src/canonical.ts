import type { CustomerState } from './state.js';

/**
 * The state as text that is equal byte for byte whenever the same facts are known, in whatever order, however often and
 * in whatever batches they came. Left out is what only tells how they came: versions, revisions of referral reports, and
 * referrals that have ended.
 */
export function canonicalState(state: CustomerState): string {
  return canonicalJson({
    ...state,
    version: undefined,
    referrals: new Map(
      [...state.referrals].flatMap(([id, { loanId, on }]) => (on === null ? [] : [[id, { loanId, on }]])),
    ),
    held: {
      ...state.held,
      entries: new Map([...state.held.entries].map(([entry, held]) => [entry, { ...held, policyVersion: undefined }])),
    },
  });
}

/** JSON with the keys of objects and maps in code-unit order; `undefined` members are left out. */
export function canonicalJson(value: unknown): string {
  if (value instanceof Map) {
    return canonicalObject([...value].map(([key, member]: [unknown, unknown]) => [String(key), member]));
  }
  if (Array.isArray(value)) return `[${value.map((member) => canonicalJson(member ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(Object.entries(value));
  return JSON.stringify(value);
}

function canonicalObject(members: [string, unknown][]): string {
  const written = members
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${written.join(',')}}`;
}
