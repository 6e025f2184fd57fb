import { WARNING_LEVELS, WARNING_SIGNALS } from '@retention/customer';
import type { LargeMovementObserved, LargeMovementWithdrawn, RaisedSignal, WarningChanged } from '@retention/customer';
import { holder } from './holder.js';
import { published } from './published-decision.js';
import { amount, currency, day, factId, listOf, objectOf, oneOf, text, wholeNumber } from './value-schemas.js';

const level = oneOf(WARNING_LEVELS);
const observation = { ...text, description: '`<from>/<to>/<currency>` of the period.' };

const signal = objectOf<RaisedSignal>({
  signal: oneOf(WARNING_SIGNALS),
  weight: { ...wholeNumber, description: 'What it adds to the score.' },
  since: { ...day, description: 'The first business day it holds.' },
  facts: listOf(factId),
});

/** What somebody in charge of a customer should know before it is too late. */
export const warningDecisions = {
  'warning-changed': published<WarningChanged>(
    'The signals of the early warning are others than before',
    { from: level, level, score: wholeNumber, signals: listOf(signal) },
    {
      from: 'green',
      level: 'yellow',
      score: 20,
      signals: [{ signal: 'long-gap', weight: 20, since: '2025-03-01', facts: ['/loan-system#set-1'] }],
    },
  ),
  'large-movement-observed': published<LargeMovementObserved>(
    'A deposit fell by much from one period to the next',
    { observation, from: day, to: day, currency, before: amount, after: amount, heldBy: holder },
    {
      observation: '2024-10-01/2024-10-31/CNY',
      from: '2024-10-01',
      to: '2024-10-31',
      currency: 'CNY',
      before: '80000.00',
      after: '12000.00',
      heldBy: { branchId: 'B-01', officerId: 'O-07' },
    },
  ),
  'large-movement-withdrawn': published<LargeMovementWithdrawn>(
    'Facts say now that there was no such movement',
    { observation },
    { observation: '2024-10-01/2024-10-31/CNY' },
  ),
};
