export { keepChurnModel, readChurnModels } from './churn-models.js';
export { customerOf, fold, streamOf } from './aggregates.js';
export type { Aggregate } from './aggregates.js';
export { dayClosed } from './close-day.js';
export { customerIdsAfter, dueCustomerCount, lastClosedDay } from './deadlines.js';
export { CALENDAR_STREAM, readGovernance } from './governance.js';
export type { Governance } from './governance.js';
export { publishDeadLetters } from './doors/dead-letter-publisher.js';
export { openSource } from './doors/byte-source.js';
export type { ByteSource } from './doors/byte-source.js';
export { ingestFile, ingestSource } from './doors/file-door.js';
export { FileDoorError } from './doors/file-report.js';
export type { FileOptions, FileProgress, FileReport, RefusedLine } from './doors/file-report.js';
export { kafkaDoor } from './doors/kafka-door.js';
export type { KafkaDoorOptions } from './doors/kafka-door.js';
export { INGESTION_ENTITIES } from './entities.js';
export * from './message.js';
export { Ingestion1763900100000 } from './migrations/1763900100000-ingestion.js';
export { Governing1764000000000 } from './migrations/1764000000000-governing.js';
export { Operations1764200000000 } from './migrations/1764200000000-operations.js';
export { ParkedRevision1764200400000 } from './migrations/1764200400000-parked-revision.js';
export { discardDeadLetter, requeueDeadLetter } from './operations/dead-letter-operations.js';
export type { OperatedLetter, OperationOptions } from './operations/dead-letter-operations.js';
export * from './operations/errors.js';
export {
  NOTE_BECAUSE_CHARACTERS_MAX,
  NOTE_BY_CHARACTERS_MAX,
  OperatorNoteRefused,
} from './operations/operator-note.js';
export type { OperatorNote } from './operations/operator-note.js';
export type { OperationRecorded, Standing } from './operations/recorded-operation.js';
export { retryParkedCustomer } from './operations/retry-parked-customer.js';
export type { RetriedCustomer, RetriedLetter } from './operations/retry-parked-customer.js';
export { POLICY_STREAM, policyBook, readPublishedPolicies } from './policies.js';
export type { PublishedPolicy } from './policies.js';
export { nextVersionAfter, policyVersions } from './policy-versions.js';
export type { PolicyVersion } from './policy-versions.js';
export { ReportTimes1764000200000 } from './migrations/1764000200000-report-times.js';
export * from './queries.js';
export { reportedFact } from './reported-fact.js';
export type { Reporter } from './reported-fact.js';
export { timeOfReport } from './report-times.js';
export { ConsumerFenced, FactWriter } from './writer/fact-writer.js';
export { OPERATIONS_STREAM } from './writer/operation.js';
export { PolicyRefused } from './writer/publish-policy.js';
export type { Publication } from './writer/publish-policy.js';
export type { FactWriterOptions } from './writer/fact-writer-options.js';
