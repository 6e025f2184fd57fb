export { dueCustomersReactor } from './due-customers.js';
export { REFERRAL_REACTOR, referralReactor } from './referral/referral-reactor.js';
export { referralReport } from './referral/referral-report.js';
export { hasUnreportedReferrals } from './referral/unreported-referrals.js';
