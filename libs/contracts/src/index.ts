export { asyncApiDocument } from './async-api.js';
export { canonicalJson } from './canonical-json.js';
export { decisionEvent, type RecordedDecision } from './decisions/decision-event.js';
export { decisionSchemas, PUBLISHED_DECISION_TYPES } from './decisions/published-decisions.js';
export type { MessageHeaders } from './envelope/binary-mode.js';
export { createFactReader, type FactReader, type IncomingFact } from './fact-reader.js';
export { LIMITS } from './limits.js';
export { MESSAGE_TYPES } from './message-types.js';
export { CURRENCY_CODES, fractionDigitsOf } from './money/currencies.js';
export { withDecimalAmounts } from './money/decimal-amounts.js';
export { minorUnits } from './money/minor-units.js';
export type { PersonalData } from './personal-data.js';
export { policyChanges, policyDifferences, type PolicyDifference } from './policy/policy-differences.js';
export type { PolicyFault } from './policy/policy-faults.js';
export { policyNumbers, policySchema, type PolicyNumber } from './policy/policy-schema.js';
export { readPolicyDocument, type PolicyDocument } from './policy/read-policy-document.js';
export {
  policyDocument,
  writePolicyDocument,
  type DocumentSection,
  type DocumentValue,
} from './policy/write-policy-document.js';
export { POLICY_DOCUMENT_BYTES_MAX } from './policy/yaml-text.js';
export { REFUSAL_CODES, REFUSAL_MEANINGS, type Refusal, type RefusalCode } from './refusals.js';
export { createBusinessCalendar } from './time/business-calendar.js';
export { isCalendarDay } from './time/calendar.js';
export { lastEndedDay } from './time/ended-day.js';
export { upstreamSchemas } from './upstream-schemas.js';
export { splitBatch, type BatchLimits } from './wire/batch.js';
