import { LIMITS } from '../limits.js';
import { refuse, type Refusal } from '../refusals.js';
import { encodingFault } from './json-bytes.js';

export interface BatchLimits {
  readonly elementsMax: number;
  readonly bytesMax: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;

/**
 * The bytes of each event of a JSON array, or of the one event when the bytes are an object.
 *
 * The array is cut, not parsed: every element then goes through the same limits and the same reader as a message of
 * its own, its original bytes can be kept, and one bad element does not take the others with it. What is between two
 * commas is not judged here. The slices share the memory of `bytes`.
 */
export function splitBatch(
  bytes: Buffer,
  limits: BatchLimits = { elementsMax: LIMITS.batchElements, bytesMax: LIMITS.batchBytes },
): Buffer[] | Refusal {
  if (bytes.length === 0) return refuse('empty-message', null, 'The batch has no bytes.');
  if (bytes.length > limits.bytesMax) {
    return refuse(
      'too-large',
      null,
      `The batch has ${String(bytes.length)} bytes; at most ${String(limits.bytesMax)} are read.`,
    );
  }
  const fault = encodingFault(bytes);
  if (fault !== null) return fault;
  const start = skipWhiteSpace(bytes, 0);
  if (bytes[start] === OPENING_BRACE) return [bytes.subarray(start)];
  if (bytes[start] !== OPENING_BRACKET) {
    return refuse('invalid-json', null, 'A batch is a JSON array of events, or one event.');
  }
  return splitArray(bytes, start + 1, limits.elementsMax);
}

function splitArray(bytes: Buffer, start: number, elementsMax: number): Buffer[] | Refusal {
  const elements: Buffer[] = [];
  let elementStart = skipWhiteSpace(bytes, start);
  if (bytes[elementStart] === CLOSING_BRACKET) return ended(bytes, elementStart + 1, elements);
  let depth = 0;
  for (let index = elementStart; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) {
      index = closingQuote(bytes, index + 1);
    } else if (depth === 0 && (byte === COMMA || byte === CLOSING_BRACKET)) {
      const element = trimmed(bytes, elementStart, index);
      if (element.length === 0) {
        return refuse('invalid-json', null, `Element ${String(elements.length)} of the batch is empty.`);
      }
      if (elements.length === elementsMax) {
        return refuse('too-many-elements', null, `A batch has at most ${String(elementsMax)} events.`);
      }
      elements.push(element);
      if (byte === CLOSING_BRACKET) return ended(bytes, index + 1, elements);
      elementStart = skipWhiteSpace(bytes, index + 1);
    } else if ((byte | 0x20) === 0x7b) {
      depth++;
    } else if ((byte | 0x20) === 0x7d) {
      depth--;
    }
  }
  return refuse('invalid-json', null, 'The array of the batch is not closed.');
}

function ended(bytes: Buffer, end: number, elements: Buffer[]): Buffer[] | Refusal {
  if (skipWhiteSpace(bytes, end) === bytes.length) return elements;
  return refuse('invalid-json', null, 'Something follows the array of the batch.');
}

function closingQuote(bytes: Buffer, start: number): number {
  let index = start;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return index;
}

function trimmed(bytes: Buffer, start: number, end: number): Buffer {
  let last = end;
  while (last > start && isWhiteSpace(bytes[last - 1])) last--;
  return bytes.subarray(start, last);
}

function skipWhiteSpace(bytes: Buffer, start: number): number {
  let index = start;
  while (index < bytes.length && isWhiteSpace(bytes[index])) index++;
  return index;
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
