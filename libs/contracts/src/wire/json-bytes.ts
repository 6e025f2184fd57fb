import { isUtf8 } from 'node:buffer';
import { LIMITS } from '../limits.js';
import { refuse, type Refusal } from '../refusals.js';
import { findForbiddenContent } from './forbidden-content.js';
import {
  HAS_NON_ASCII,
  HAS_SUSPICIOUS_KEY,
  HAS_UNICODE_ESCAPE,
  scanStructure,
  TOO_DEEP,
  TOO_MANY_KEYS,
} from './json-structure.js';

const OPENING_BRACE = 0x7b;

export type JsonObject = Readonly<Record<string, unknown>>;

/** The text was read: `value` is an object whose keys and strings are safe to copy and to store. */
export interface ParsedMessage {
  readonly kind: 'parsed';
  readonly value: JsonObject;
}

/**
 * Bytes of one message to a JSON object, with all limits checked before the parser sees them. Of a key that is written
 * twice the last value holds, as in every JSON parser a sender is likely to test with. `path` is where the object
 * stands in the event: empty for the event itself, `data` in binary mode.
 */
export function parseMessage(bytes: Buffer, path: string): ParsedMessage | Refusal {
  if (bytes.length > LIMITS.messageBytes) {
    return refuse(
      'too-large',
      null,
      `The message has ${String(bytes.length)} bytes; at most ${String(LIMITS.messageBytes)} are read.`,
    );
  }
  if (bytes[0] !== OPENING_BRACE || bytes[1] === 0) {
    const fault = encodingFault(bytes);
    if (fault !== null) return fault;
  }
  const structure = scanStructure(bytes);
  if (structure < 0) return refuseStructure(structure);
  if (structure & HAS_NON_ASCII && !isUtf8(bytes)) {
    return refuse('invalid-encoding', null, 'The message is not valid UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    return refuse('invalid-json', null, `The message is not valid JSON${positionIn(error)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('not-an-object', null, `A message is one JSON object; ${kindOf(value)} was given.`);
  }
  if (structure & (HAS_UNICODE_ESCAPE | HAS_SUSPICIOUS_KEY)) {
    const forbidden = findForbiddenContent(value, path);
    if (forbidden !== null) return forbidden;
  }
  return { kind: 'parsed', value: value as JsonObject };
}

/** Names the two encodings senders take for UTF-8, because "not valid JSON" would not help them. */
export function encodingFault(bytes: Buffer): Refusal | null {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return refuse('invalid-encoding', null, 'The message begins with a byte order mark; send UTF-8 without one.');
  }
  const utf16Mark = (first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe);
  if (utf16Mark || first === 0 || second === 0) {
    return refuse('invalid-encoding', null, 'The message looks like UTF-16; send UTF-8.');
  }
  return null;
}

function refuseStructure(answer: number): Refusal {
  switch (answer) {
    case TOO_DEEP:
      return refuse('too-deep', null, `The message is nested deeper than ${String(LIMITS.nestingDepth)} levels.`);
    case TOO_MANY_KEYS:
      return refuse('too-many-keys', null, `The message has more than ${String(LIMITS.keys)} keys.`);
    default:
      throw new Error(`The structure scan gave the unknown answer ${String(answer)}.`);
  }
}

/** Only the position: the parser's own message quotes the text around it, which may be a person's name. */
function positionIn(error: unknown): string {
  const position = error instanceof SyntaxError ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? '' : ` (position ${position})`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
