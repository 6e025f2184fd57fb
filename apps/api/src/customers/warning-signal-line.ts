import { ApiProperty } from '@nestjs/swagger';
import type { RaisedSignal, WarningSignal } from '@retention/customer';

/** What each signal says. How long, how much and how often is for the policy to say. */
const MEANINGS: Readonly<Record<WarningSignal, string>> = {
  'early-repayment': 'The loan settled last was repaid long before its maturity, and none was taken since.',
  'long-gap': 'More time has passed since the last loan than the customer usually lets pass between two.',
  'smaller-loan': 'The last loan is much smaller than the one before.',
  'balance-fall': 'The average deposit fell much from one period to the next.',
  'complaint-overdue': 'A complaint should have been resolved by now.',
  'low-survey-score': 'The last survey was answered with a low score.',
  'newly-overdue': 'An instalment has become overdue lately.',
  'no-contact': 'Nobody has spoken with the customer for longer than the tier asks.',
  'p-alive': 'By the fitted model the customer is more likely gone than still there.',
};

/** Why there is a warning. */
export class WarningSignalLine {
  @ApiProperty({
    enum: Object.keys(MEANINGS),
    description: Object.entries(MEANINGS)
      .map(([signal, meaning]) => `\`${signal}\`: ${meaning}`)
      .join('\n\n'),
  })
  signal!: WarningSignal;

  @ApiProperty({ type: 'integer', description: 'What it adds to `warningScore`.' })
  weight!: number;

  @ApiProperty({ format: 'date', description: 'The first business day on which it holds.' })
  since!: string;

  @ApiProperty({ type: [String], description: 'Ids of the facts behind it: see the timeline.' })
  facts!: string[];
}

export function warningSignalLine({ signal, weight, since, facts }: RaisedSignal): WarningSignalLine {
  return { signal, weight, since, facts: [...facts] };
}
