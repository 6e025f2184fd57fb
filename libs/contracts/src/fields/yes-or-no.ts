import { Field } from './field-rule.js';

/** `true` or `false`, as JSON has them: never "yes", 1 or "true". */
export function YesOrNo(): PropertyDecorator {
  return Field({
    name: 'yesOrNo',
    code: 'wrong-type',
    accepts: (value) => typeof value === 'boolean',
    says: () => 'must be true or false',
    jsonType: 'boolean',
    plainText: false,
    personal: false,
    schema: { type: 'boolean' },
  });
}
