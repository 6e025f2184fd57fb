export * from './canonical.js';
export { businessDayOf, customerAsOf } from './as-of.js';
export type { BroughtCustomer } from './as-of.js';
export * from './assessment/branch-measure.js';
export { Calendar } from './calendar.js';
export type { Governing } from './calendar.js';
export { churnByDefinition } from './churn/asked-churn.js';
export type { AskedChurn } from './churn/asked-churn.js';
export * from './churn/p-alive.js';
export { churnRate } from './churn/churn-rate.js';
export { historyOfDays } from './churn/loan-history.js';
export { disbursalDays } from './churn/loan-runs.js';
export * from './days.js';
export { takeDay, takeFacts } from './decide.js';
export type { Taken } from './decide.js';
export * from './decisions.js';
export { evolve } from './evolve.js';
export { isDecision, isDecisionType } from './evolve-decision.js';
export * from './facts.js';
export { entryId } from './ledger.js';
export {
  disbursalInForce,
  loanStatus,
  overdueEvidence,
  repaidMinor,
  settlementInForce,
  writeOffInForce,
} from './loan.js';
export { DEFAULT_POLICY, DEFAULT_POLICY_BOOK } from './policy/default-policy.js';
export * from './policy/policy.js';
export { fromSnapshot, SNAPSHOT_FORM, toSnapshot } from './snapshot.js';
export * from './standing.js';
export { holderOf, kindOf, unknownCustomer } from './state.js';
export type { Assignment, CustomerState, Held, LoanState, Stamp } from './state.js';
export * from './value/benefit-analysis.js';
