import { createHash } from 'node:crypto';
import type { IncomingFact } from '@retention/contracts';
import { canonicalJson } from '@retention/customer';
import type { ReferralEarned, ReferralEnded, ReferralReported } from '@retention/customer';
import type { StoredEvent } from '@retention/event-store';
import { customerOf } from '@retention/ingestion';
import type { ReportedFact } from '@retention/ingestion';

const SOURCE = '/retention/referral';
const HASH_CHARACTERS = 32;

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
  const id = `${referredId}@${event.version}`;
  const fact: ReferralReported = {
    type: 'referral-reported',
    factId: `${SOURCE}#${id}`,
    // Which report holds is decided by the revision alone, never by a time.
    occurredAt: 0,
    referredId,
    revision: event.version,
    loanId: isEarned ? decision.loanId : null,
    on: isEarned ? decision.on : null,
  };
  return {
    kind: 'reported',
    fact: incoming(id, decision.referrerId, fact),
    origin: { door: 'reactor', reactor: 'referral', stream: event.streamId, version: event.version },
  };
}

function incoming(id: string, customerId: string, fact: ReferralReported): IncomingFact {
  return {
    kind: 'fact',
    factId: fact.factId,
    identityKey: hash(`${SOURCE}\n${id}`),
    contentHash: hash(canonicalJson(fact)),
    customerId,
    loanId: null,
    fact,
    personal: null,
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
}
