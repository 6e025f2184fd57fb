import { ValidateBy } from 'class-validator';
import type { RefusalCode } from '../refusals.js';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type MessageValues = Readonly<Record<string, unknown>>;
export type Declaration<M extends object = object> = new () => M;

/**
 * What a field must be. A decorator hands it to class-validator, which judges by it, and leaves it in the metadata,
 * from which the compiled check, the refusal's words and the JSON Schema are made. So all four say the same.
 */
export interface FieldRule {
  /** Name of the constraint in class-validator; unique among the rules of one field. */
  readonly name: string;
  readonly accepts: (value: unknown, message: MessageValues) => boolean;
  /** Ends the sentence "data.principal …". Holds nothing of the message but codes the contract knows. */
  readonly says: (message: MessageValues) => string;
  readonly code: RefusalCode;
  /** A value of another JSON type is refused as `wrong-type`; null for a rule between fields. */
  readonly jsonType: 'string' | 'number' | 'boolean' | 'array' | 'object' | null;
  /** Whether every accepted value can stand between JSON quotes as it is. */
  readonly plainText: boolean;
  /** Personal data is never quoted in a refusal. */
  readonly personal: boolean;
  /** JSON Schema of the value. */
  readonly schema: JsonSchema;
  /** JSON Schema of the object that has the field, for a rule between fields. */
  readonly messageSchema?: JsonSchema;
  /** The field to name in the refusal when it is not the decorated one. */
  readonly blames?: string;
  /** Declaration of the elements of a list. */
  readonly elements?: Declaration;
}

/** Attaches a rule to a field of a message class. */
export function Field(rule: FieldRule): PropertyDecorator {
  return ValidateBy(
    {
      name: rule.name,
      constraints: [rule],
      validator: {
        validate: (value: unknown, args) => rule.accepts(value, (args?.object ?? {}) as MessageValues),
        defaultMessage: (args) => rule.says((args?.object ?? {}) as MessageValues),
      },
    },
    { context: { rule } },
  );
}

/** A rule about a string. */
export function stringRule(
  rule: Pick<FieldRule, 'name' | 'code' | 'schema'> &
    Partial<Pick<FieldRule, 'personal' | 'plainText'>> & {
      readonly says: string;
      readonly accepts: (text: string) => boolean;
    },
): FieldRule {
  return {
    ...rule,
    accepts: (value) => typeof value === 'string' && rule.accepts(value),
    says: () => rule.says,
    jsonType: 'string',
    plainText: rule.plainText ?? false,
    personal: rule.personal ?? false,
    schema: { type: 'string', ...rule.schema },
  };
}

/** A rule between fields of one message. It holds its peace while one of them has the wrong JSON type. */
export function relationRule(
  rule: Pick<FieldRule, 'name' | 'code'> &
    Partial<Pick<FieldRule, 'messageSchema' | 'blames'>> & {
      readonly says: string;
      readonly accepts: (value: unknown, message: MessageValues) => boolean;
    },
): FieldRule {
  return { ...rule, says: () => rule.says, jsonType: null, plainText: false, personal: false, schema: {} };
}
