import type { GiftStatusChanged, ReferralEarned, ReferralEnded } from '@retention/customer';
import { published } from './published-decision.js';
import { amount, currency, day, identifier, nullable, oneOf } from './value-schemas.js';

const giftStatus = oneOf(['owed', 'handed-over', 'withdrawn']);

/** What a customer's loans mean to the one who brought them, and what that one is owed. */
export const referralDecisions = {
  'referral-earned': published<ReferralEarned>(
    'The first loan of the customer makes a referral of the one who brought them',
    { referrerId: identifier, loanId: identifier, on: day },
    { referrerId: 'C-1000', loanId: 'L-5001', on: '2024-09-01' },
  ),
  'referral-ended': published<ReferralEnded>(
    'No loan is left, or somebody else is named as referrer',
    { referrerId: identifier },
    { referrerId: 'C-1000' },
  ),
  'gift-status-changed': published<GiftStatusChanged>(
    'The customer is owed a gift for a referral, was given it, or is owed it no longer',
    {
      referredId: identifier,
      from: nullable(giftStatus, 'Null: it was not known before.'),
      status: giftStatus,
      on: day,
      worth: amount,
      currency,
    },
    { referredId: 'C-1001', from: null, status: 'owed', on: '2024-09-01', worth: '100.00', currency: 'CNY' },
  ),
};
