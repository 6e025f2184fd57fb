import { BENEFITS, POINT_RULES, TIERS } from '@retention/customer';
import type {
  BenefitGranted,
  BenefitWithdrawn,
  ExpiredLot,
  PointsAwarded,
  PointsExpired,
  PointsTakenBack,
  TierChanged,
} from '@retention/customer';
import { published } from './published-decision.js';
import { constant, day, listOf, objectOf, oneOf, optional, text, wholeNumber } from './value-schemas.js';

const balance = { ...wholeNumber, description: 'The points of the customer after this decision.' };
const tier = oneOf(TIERS);
const benefit = oneOf(BENEFITS);

const ledgerLine = {
  entry: { ...text, description: '`<rule>:<about>`; holds at most once at any time.' },
  rule: oneOf(POINT_RULES),
  about: { ...text, description: 'What the entry is for: a loan, a referred customer, a fact, or a day of expiry.' },
  on: { ...day, description: 'The business day the entry counts from; one taken back keeps the day of its award.' },
  points: { ...wholeNumber, description: 'What the balance changes by.' },
  balance,
};

const line = { entry: 'no-overdue:L-5001', rule: 'no-overdue', about: 'L-5001', on: '2025-01-15' } as const;

/** The ledger of points, and what follows from its balance. */
export const pointDecisions = {
  'points-awarded': published<PointsAwarded>(
    'Points were awarded, or taken by hand',
    {
      ...ledgerLine,
      uncapped: optional({ ...wholeNumber, description: 'What the rule gives, where the cap left less than that.' }),
      by: optional({ ...text, description: 'Who gave or took the points, of an entry by hand.' }),
      reason: optional({ ...text, description: 'Why, of an entry by hand; written by a person.' }),
    },
    { ...line, points: 2, balance: 12 },
  ),
  'points-expired': published<PointsExpired>(
    'Points have expired',
    {
      ...ledgerLine,
      lots: listOf(
        objectOf<ExpiredLot>({ entry: text, points: wholeNumber }),
        'The entries the points had come from, the oldest first, and how many were left of each.',
      ),
    },
    {
      entry: 'expiry:2026-01-15',
      rule: 'expiry',
      about: '2026-01-15',
      on: '2026-01-15',
      points: -2,
      balance: 10,
      lots: [{ entry: 'no-overdue:L-5001', points: 2 }],
    },
  ),
  'points-taken-back': published<PointsTakenBack>(
    'Points were taken back',
    {
      ...ledgerLine,
      reason: oneOf([
        'disbursal-undone',
        'instalment-overdue',
        'written-off',
        'settlement-undone',
        'referral-ended',
        'entry-changed',
      ]),
    },
    { ...line, points: -2, balance: 10, reason: 'instalment-overdue' },
  ),
  'tier-changed': published<TierChanged>(
    'The customer is in another tier',
    { from: tier, to: tier, balance },
    { from: 'none', to: 'establishing', balance: 10 },
  ),
  'benefit-granted': published<BenefitGranted>(
    'The customer may claim a benefit',
    { benefit, balance },
    { benefit: 'birthday-cake', balance: 20 },
  ),
  'benefit-withdrawn': published<BenefitWithdrawn>(
    'The customer may no longer claim a benefit',
    { benefit, balance, reason: constant('points-below-threshold') },
    { benefit: 'birthday-cake', balance: 18, reason: 'points-below-threshold' },
  ),
};
