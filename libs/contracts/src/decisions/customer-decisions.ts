import type {
  DeterminedProfile,
  FactReinstated,
  FactSetAside,
  LoanStatusChanged,
  ParkedFactsChanged,
  ProfileDetermined,
} from '@retention/customer';
import { published } from './published-decision.js';
import { amount, currency, day, factId, identifier, listOf, nullable, objectOf, oneOf, text } from './value-schemas.js';
import { wholeNumber } from './value-schemas.js';

const loanStatus = oneOf(['requested', 'refused', 'undone', 'active', 'written-off', 'settled', 'unknown']);

const profile = objectOf<DeterminedProfile>({
  registeredOn: day,
  kind: nullable(oneOf(['personal', 'corporate'])),
  branchId: nullable(identifier),
  officerId: nullable(identifier),
  region: nullable(text),
  industry: nullable(text),
  channel: nullable(text),
  referrerId: nullable(identifier),
});

/** Who the customer is, where their loans stand, and which facts have no effect. */
export const customerDecisions = {
  'profile-determined': published<ProfileDetermined>(
    'Who the customer is after all statements about them; null where nothing was said',
    { profile },
    {
      profile: {
        registeredOn: '2024-01-15',
        kind: 'personal',
        branchId: 'B-01',
        officerId: 'O-07',
        region: 'Anhui',
        industry: null,
        channel: 'partner-branch',
        referrerId: null,
      },
    },
  ),
  'loan-status-changed': published<LoanStatusChanged>(
    'A loan stands elsewhere than before',
    {
      loanId: identifier,
      from: nullable(loanStatus, 'Null: the loan was not known before.'),
      status: loanStatus,
      on: day,
      product: nullable(text),
      currency: nullable(currency),
      principal: nullable(amount, 'The principal disbursed, or the amount applied for while nothing is.'),
    },
    {
      loanId: 'L-5001',
      from: 'requested',
      status: 'active',
      on: '2024-09-01',
      product: 'micro',
      currency: 'CNY',
      principal: '70000.00',
    },
  ),
  'fact-set-aside': published<FactSetAside>(
    'A fact contradicts what it refers to and has no effect while it does',
    { factId, loanId: identifier, reason: oneOf(['currency-mismatch']), field: text },
    { factId: '/loan-system#rep-9', loanId: 'L-5001', reason: 'currency-mismatch', field: 'currency' },
  ),
  'fact-reinstated': published<FactReinstated>(
    'The contradiction is gone',
    { factId },
    { factId: '/loan-system#rep-9' },
  ),
  'parked-facts-changed': published<ParkedFactsChanged>(
    'How many facts of the customer wait for another one',
    {
      parked: wholeNumber,
      awaited: listOf(text, 'What they wait for: `customer`, or `loan:<id>`; at most 20.'),
    },
    { parked: 1, awaited: ['loan:L-5001'] },
  ),
};
