import type { GiftStatus, RecordDecision } from './decisions.js';
import { dueForReferral } from './ledger.js';
import { policyOn } from './policy/policy.js';
import type { PolicyBook } from './policy/policy.js';
import type { CustomerState, HeldGift } from './state.js';

interface DueGift extends HeldGift {
  readonly policyVersion: string;
  readonly causes: readonly string[];
}

/** Records which gifts for referrals are owed and which were handed over. */
export function decideGifts(
  state: CustomerState,
  book: PolicyBook,
  occasion: readonly string[],
  record: RecordDecision,
): void {
  const { held } = state;
  for (const referredId of [...new Set([...state.referrals.keys(), ...state.gifts.keys()])].sort()) {
    const due = dueGift(state, referredId, book);
    const was = held.gifts.get(referredId);
    if (due === null) {
      if (was === undefined) continue;
      const policyVersion = policyOn(book, was.on).version;
      record({
        ...was,
        type: 'gift-status-changed',
        referredId,
        from: was.status,
        status: 'withdrawn',
        policyVersion,
        causes: occasion,
      });
    } else if (was === undefined || !isSame(was, due)) {
      record({ type: 'gift-status-changed', referredId, from: was?.status ?? null, ...due });
    }
  }
}

function isSame(held: HeldGift, due: HeldGift): boolean {
  return (
    held.status === due.status &&
    held.on === due.on &&
    held.worthMinor === due.worthMinor &&
    held.currency === due.currency
  );
}

/**
 * A gift that was handed over stays so, whatever becomes of the referral; its worth is that of the day it was earned. Under a
 * policy without gifts there is none.
 */
function dueGift(state: CustomerState, referredId: string, book: PolicyBook): DueGift | null {
  const referral = dueForReferral(state, referredId, book);
  const earnedOn = 'points' in referral ? referral.on : null;
  const handedOver = state.gifts.get(referredId) ?? null;
  const on = earnedOn ?? handedOver?.on ?? null;
  if (on === null) return null;
  const policy = policyOn(book, on);
  const gift = policy.referralGift;
  if (gift === null) return null;
  const status: GiftStatus = handedOver === null ? 'owed' : 'handed-over';
  return {
    status,
    on: handedOver?.on ?? on,
    worthMinor: gift.amountMinor,
    currency: gift.currency,
    policyVersion: policy.version,
    causes: handedOver === null ? referral.causes : [handedOver.stamp[1]],
  };
}
