import { Field, relationRule } from './field-rule.js';

/** At least one of the optional fields has to be there. Decorates a required field; the refusal names the first one. */
export function WithOneOf(first: string, ...others: readonly string[]): PropertyDecorator {
  const names = [first, ...others];
  return Field(
    relationRule({
      name: 'withOneOf',
      code: 'missing-field',
      says: `is required unless ${others.join(' or ')} is given`,
      accepts: (_value, message) => names.some((name) => message[name] !== undefined && message[name] !== null),
      blames: first,
      messageSchema: { anyOf: names.map((name) => ({ required: [name] })) },
    }),
  );
}
