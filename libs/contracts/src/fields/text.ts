import { LIMITS } from '../limits.js';
import { characterSet, consistsOf } from './characters.js';
import { Field, stringRule } from './field-rule.js';

const IDENTIFIER = characterSet(/[A-Za-z0-9._:-]/);

export function isIdentifier(text: string): boolean {
  return consistsOf(IDENTIFIER, text, LIMITS.identifierLength);
}

/** An id: 1–64 characters of `A–Z a–z 0–9 . _ : -`. The description is for the schema. */
export function Identifier(options: { readonly description?: string } = {}): PropertyDecorator {
  return Field(
    stringRule({
      name: 'identifier',
      code: 'invalid-id',
      says: `must be 1–${String(LIMITS.identifierLength)} characters of A–Z a–z 0–9 . _ : -`,
      accepts: isIdentifier,
      plainText: true,
      schema: { pattern: `^[A-Za-z0-9._:-]{1,${String(LIMITS.identifierLength)}}$`, ...options },
    }),
  );
}

/** A free string of `1..lengthMax` UTF-16 code units. */
export function Text(options: { readonly lengthMax?: number; readonly personal?: boolean } = {}): PropertyDecorator {
  const lengthMax = options.lengthMax ?? LIMITS.textLength;
  return Field(
    stringRule({
      name: 'text',
      code: 'invalid-text',
      says: `must be 1–${String(lengthMax)} characters`,
      accepts: (text) => text.length > 0 && text.length <= lengthMax,
      personal: options.personal ?? false,
      schema: { minLength: 1, maxLength: lengthMax },
    }),
  );
}

/** One of a few words. */
export function OneOf(words: readonly string[]): PropertyDecorator {
  return Field(
    stringRule({
      name: 'choice',
      code: 'invalid-choice',
      says: `must be one of ${words.join(', ')}`,
      accepts: (text) => words.includes(text),
      plainText: true,
      schema: { enum: words },
    }),
  );
}
