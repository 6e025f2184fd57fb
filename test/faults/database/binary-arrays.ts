import { sqlError } from './sql-error.js';

/*
 * Reads the arrays that libs/platform/src/database/binary-arrays.ts writes, into what the tables hold: int8 as a number,
 * uuid as 32 hexadecimal characters, timestamptz as milliseconds since 1970.
 */

const OIDS = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, timestamptz: 1184, uuid: 2950 } as const;

export type ArrayElement = keyof typeof OIDS;

const ELEMENT_TYPE_AT = 8;
const LENGTH_AT = 12;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const TWO_TO_32 = 2 ** 32;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

type Read = (buffer: Buffer, at: number, bytes: number) => unknown;

function readInt8(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_TO_32 + buffer.readUInt32BE(at + 4);
}

const READ: Readonly<Record<ArrayElement, Read>> = {
  bool: (buffer, at) => buffer[at] === 1,
  bytea: (buffer, at, bytes) => Buffer.from(buffer.subarray(at, at + bytes)),
  int8: readInt8,
  int2: (buffer, at) => buffer.readInt16BE(at),
  int4: (buffer, at) => buffer.readInt32BE(at),
  text: readText,
  timestamptz: (buffer, at) => readInt8(buffer, at) / 1000 + POSTGRES_EPOCH_MS,
  uuid: (buffer, at, bytes) => buffer.toString('hex', at, at + bytes),
};

function readText(buffer: Buffer, at: number, bytes: number): string {
  const text = buffer.toString('utf8', at, at + bytes);
  if (text.includes('\u0000')) throw sqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00');
  return text;
}

/** The elements of a one-dimensional array; an array of another type is refused as the server refuses it. */
export function decodeBinaryArray(buffer: Buffer, element: ArrayElement): unknown[] {
  if (buffer.readInt32BE(ELEMENT_TYPE_AT) !== OIDS[element]) {
    throw sqlError('42804', `binary data has array element type other than ${element}`);
  }
  if (buffer.readInt32BE(0) === 0) return [];
  const length = buffer.readInt32BE(LENGTH_AT);
  const read = READ[element];
  const elements = new Array<unknown>(length);
  let at = HEADER_BYTES;
  for (let index = 0; index < length; index += 1) {
    const bytes = buffer.readInt32BE(at);
    at += LENGTH_BYTES;
    elements[index] = bytes < 0 ? null : read(buffer, at, bytes);
    if (bytes > 0) at += bytes;
  }
  return elements;
}
