import { CHURN_DEFINITIONS, PHASES } from '@retention/customer';
import type {
  ChurnCleared,
  ChurnJudgement,
  ChurnReclassified,
  CustomerChurned,
  CustomerWonBack,
  PhaseChanged,
  WinBackUndone,
} from '@retention/customer';
import { holder } from './holder.js';
import { published } from './published-decision.js';
import { day, flag, identifier, nullable, oneOf, text } from './value-schemas.js';
import type { MembersOf } from './value-schemas.js';

const phase = oneOf(PHASES);

const judgement: MembersOf<ChurnJudgement> = {
  kind: oneOf(['normal', 'abnormal']),
  because: oneOf(['written-off', 'days-past-due', 'reported-reason', 'nothing-explains-it']),
  reason: nullable(text, 'As reported; null: nobody has yet.'),
  reasonUnknown: { ...flag, description: 'The churn is abnormal and its reason is past due.' },
  heldBy: holder,
};

const judged: ChurnJudgement = {
  kind: 'abnormal',
  because: 'nothing-explains-it',
  reason: null,
  reasonUnknown: false,
  heldBy: { branchId: 'B-01', officerId: 'O-07' },
};

/** Whether the customer is still there. `churnedOn` names the churn among those of the customer. */
export const churnDecisions = {
  'customer-churned': published<CustomerChurned>(
    'The customer left',
    {
      ...judgement,
      churnedOn: day,
      definition: oneOf(CHURN_DEFINITIONS),
      endedOn: { ...day, description: 'The day the last loan ended or, by inactivity, of the last transaction.' },
      lastLoanId: identifier,
    },
    { ...judged, churnedOn: '2025-04-16', definition: 'grace', endedOn: '2025-01-15', lastLoanId: 'L-5001' },
  ),
  'churn-reclassified': published<ChurnReclassified>(
    'A churn is judged otherwise than before',
    { ...judgement, churnedOn: day },
    { ...judged, because: 'reported-reason', kind: 'normal', reason: 'moved-away', churnedOn: '2025-04-16' },
  ),
  'churn-cleared': published<ChurnCleared>(
    'Facts say now that there was no such churn',
    { churnedOn: day },
    { churnedOn: '2025-04-16' },
  ),
  'customer-won-back': published<CustomerWonBack>(
    'The customer came back after a churn',
    { churnedOn: day, wonBackOn: day, loanId: identifier },
    { churnedOn: '2025-04-16', wonBackOn: '2025-09-01', loanId: 'L-5002' },
  ),
  'win-back-undone': published<WinBackUndone>(
    'Facts say now that the customer did not come back',
    { churnedOn: day },
    { churnedOn: '2025-04-16' },
  ),
  'phase-changed': published<PhaseChanged>(
    'The customer is in another phase of the relationship',
    { from: phase, to: phase },
    { from: 'steady', to: 'wavering' },
  ),
};
