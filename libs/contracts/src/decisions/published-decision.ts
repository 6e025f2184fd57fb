import type { Decision } from '@retention/customer';
import type { DecimalAmounts } from '../money/decimal-amounts.js';
import { factId, listOf, objectOf, text, wholeNumber } from './value-schemas.js';
import type { MembersOf, SchemaOf } from './value-schemas.js';

/** What every decision is published with. */
interface Common extends Pick<Decision, 'policyVersion' | 'causes'> {
  /** Place of the decision in the history of its customer. */
  readonly streamVersion: number;
}

/** What is particular to a decision, with its amounts as they are published. */
type Own<D extends Decision> = DecimalAmounts<Omit<D, 'type' | 'policyVersion' | 'causes'>>;

/** The `data` of a published decision. */
export type DecisionData<D extends Decision> = Own<D> & Common;

/** How one type of decision is published: its schema, and a good example. */
export interface PublishedDecision<D extends Decision> {
  readonly title: string;
  readonly schema: SchemaOf<DecisionData<D>>;
  readonly example: DecisionData<D>;
}

const COMMON: MembersOf<Common> = {
  policyVersion: { ...text, description: 'The policy the decision was made under.' },
  causes: listOf(factId, 'The facts without which the decision would not have been made.'),
  streamVersion: {
    ...wholeNumber,
    minimum: 1,
    description:
      'Place in the history of the customer. It grows with every decision, with gaps: facts have places too. What is ' +
      'not greater than the greatest seen of this customer is a repetition.',
  },
};

const COMMON_EXAMPLE: Common = {
  policyVersion: 'credit-points-1',
  causes: ['/loan-system#example-1'],
  streamVersion: 6,
};

/** Declares a decision. The members have to be those of its type, each with the schema of its values. */
export function published<D extends Decision>(
  title: string,
  members: MembersOf<Own<D>>,
  example: Own<D>,
): PublishedDecision<D> {
  // The compiler does not see through an open D that the members of both parts are the members of the whole.
  const all = { ...members, ...COMMON } as unknown as MembersOf<DecisionData<D>>;
  return { title, schema: objectOf(all), example: { ...example, ...COMMON_EXAMPLE } };
}
