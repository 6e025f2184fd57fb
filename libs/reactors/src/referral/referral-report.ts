import type { ReferralEarned, ReferralEnded } from '@retention/customer';
import type { StoredEvent } from '@retention/event-store';
import { customerOf, reportedFact } from '@retention/ingestion';
import type { ReportedFact, Reporter } from '@retention/ingestion';

const SOURCE = '/retention/referral';

/** The decisions of a referred customer that concern the one who referred them. */
export const REFERRAL_DECISIONS = ['referral-earned', 'referral-ended'] as const;

/**
 * What the referrer is told of a referral decision. Pure: the same event always gives the same fact with the same id,
 * so telling it again is a duplicate; its revision is the version of the event, so a late one cannot undo a later.
 */
export function referralReport(event: StoredEvent): ReportedFact {
  const referredId = customerOf(event.streamId);
  if (referredId === null) throw new Error(`${event.type} in ${event.streamId}, which is no customer's stream`);
  const decision = JSON.parse(event.payload) as ReferralEarned | ReferralEnded;
  const isEarned = decision.type === 'referral-earned';
  const reporter: Reporter = {
    source: SOURCE,
    id: `${referredId}@${event.version}`,
    origin: { door: 'reactor', reactor: 'referral', stream: event.streamId, version: event.version },
  };
  return reportedFact(reporter, decision.referrerId, {
    type: 'referral-reported',
    // Which report holds is decided by the revision alone, never by a time.
    occurredAt: 0,
    referredId,
    revision: event.version,
    loanId: isEarned ? decision.loanId : null,
    on: isEarned ? decision.on : null,
  });
}
