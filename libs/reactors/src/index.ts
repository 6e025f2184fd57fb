export { DECISION_PUBLISHER, decisionPublisher } from './decisions/decision-publisher.js';
export type { DecisionPublisherOptions } from './decisions/decision-publisher.js';
export { publicationLag, shardPublications } from './decisions/publication.js';
export type { ShardPublication } from './decisions/publication.js';
export { dueCustomersReactor } from './due-customers.js';
export { REFERRAL_REACTOR, referralReactor } from './referral/referral-reactor.js';
export { referralReport } from './referral/referral-report.js';
export { hasUnreportedReferrals } from './referral/unreported-referrals.js';
