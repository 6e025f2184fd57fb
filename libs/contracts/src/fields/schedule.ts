import type { Instalment } from '@retention/customer';
import { ValidateNested } from 'class-validator';
import { LIMITS } from '../limits.js';
import { fractionDigitsOf } from '../money/currencies.js';
import { minorUnits } from '../money/minor-units.js';
import { Amount } from './amounts.js';
import { Day } from './days.js';
import { Field, relationRule, type FieldRule } from './field-rule.js';
import { WholeNumber } from './numbers.js';

export const INSTALMENT_NO = { min: 1, max: 10_000 } as const;

/** One line of an instalment schedule. */
export class InstalmentMessage {
  @WholeNumber(INSTALMENT_NO)
  no!: number;

  @Day()
  dueOn!: string;

  @Amount({})
  amount!: string;
}

const instalments: FieldRule = {
  name: 'instalments',
  code: 'invalid-list',
  accepts: (value) => Array.isArray(value) && value.length <= LIMITS.instalments && numbersDiffer(value),
  says: () => `must be at most ${String(LIMITS.instalments)} instalments, each an object with a number of its own`,
  jsonType: 'array',
  plainText: false,
  personal: false,
  schema: { type: 'array', maxItems: LIMITS.instalments },
  elements: InstalmentMessage,
};

/** At most 600 instalments, no two with the same `no`. */
export function Schedule(): PropertyDecorator {
  return (target, property) => {
    Field(instalments)(target, property);
    ValidateNested({ each: true })(target, property);
  };
}

/** The amounts of the schedule have no more decimals than the currency the message names. */
export function ScheduleIn(currencyIn: string): PropertyDecorator {
  return Field(
    relationRule({
      name: 'scheduleCurrency',
      code: 'invalid-amount',
      says: `must not have amounts with more decimals than the ${currencyIn} has`,
      accepts: (value, message) => {
        const digits = fractionDigitsOf(message[currencyIn]);
        if (digits === undefined || !Array.isArray(value)) return true;
        return (value as readonly (Partial<Instalment> | null)[]).every(
          (instalment) =>
            typeof instalment?.amount !== 'string' || !Number.isNaN(minorUnits(instalment.amount, digits)),
        );
      },
    }),
  );
}

/** Whether all elements are objects whose `no` differ. Whether a `no` is a number is the element's own rule. */
function numbersDiffer(list: readonly unknown[]): boolean {
  const seen = new Set<unknown>();
  for (const element of list) {
    if (typeof element !== 'object' || element === null || Array.isArray(element)) return false;
    const no = (element as Partial<Instalment>).no;
    if (no !== undefined) seen.add(no);
    else seen.add(element);
  }
  return seen.size === list.length;
}
