import { LIMITS } from '../limits.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const PROTO_LENGTH = '__proto__'.length;
const CONSTRUCTOR_LENGTH = 'constructor'.length;

/** The scan's answers: what was exceeded … */
export const TOO_DEEP = -1;
export const TOO_MANY_KEYS = -2;
/** … or what the message holds that has to be looked at once it is parsed, as bits. */
export const HAS_NON_ASCII = 1;
export const HAS_UNICODE_ESCAPE = 2;
export const HAS_SUSPICIOUS_KEY = 4;

/**
 * One pass over the bytes of a JSON text, before it is parsed: bounds the depth and the number of keys, and tells
 * whether it can hold a forbidden key or character at all. U+0000, broken surrogates and disguised keys can only be
 * written with a `\u` escape, so that a message without one (nearly all) needs no second pass over its values.
 *
 * Assumes nothing about the bytes: what is not JSON is left to the parser to refuse.
 */
export function scanStructure(bytes: Buffer): number {
  const length = bytes.length;
  let found = 0;
  let bits = 0;
  let depth = 0;
  let keys = 0;
  let textStart = 0;
  let textEnd = 0;
  let index = 0;
  while (index < length) {
    const byte = bytes[index++] as number;
    if (byte === QUOTE) {
      textStart = index;
      while (index < length) {
        const inner = bytes[index++] as number;
        if (inner === QUOTE) break;
        bits |= inner;
        if (inner === BACKSLASH && bytes[index++] === LETTER_U) found |= HAS_UNICODE_ESCAPE;
      }
      textEnd = index - 1;
    } else if (byte === COLON) {
      if (++keys > LIMITS.keys) return TOO_MANY_KEYS;
      if (mayBeForbidden(bytes, textStart, textEnd)) found |= HAS_SUSPICIOUS_KEY;
    } else if ((byte | 0x20) === 0x7b) {
      if (++depth > LIMITS.nestingDepth) return TOO_DEEP;
    } else if ((byte | 0x20) === 0x7d) {
      depth--;
    } else {
      bits |= byte;
    }
  }
  return bits & 0x80 ? found | HAS_NON_ASCII : found;
}

/** By length and by the first and third letter only: the exact answer is given on the parsed keys. */
function mayBeForbidden(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  if (length === PROTO_LENGTH) {
    const third = bytes[start + 2];
    return third === 0x70 || third === 0x6f; // __p, pro
  }
  return length === CONSTRUCTOR_LENGTH && bytes[start] === 0x63 && bytes[start + 2] === 0x6e; // c n
}
