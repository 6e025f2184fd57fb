/**
 * Encoders for PostgreSQL's binary array format. node-pg sends a Buffer parameter in binary, so `unnest($1::int8[])` takes
 * one of these as it is; the text literals node-pg makes of JavaScript arrays halve the rate of a batch append.
 *
 * Layout (src/backend/utils/adt/arrayfuncs.c, array_recv): int32 dimensions, int32 has-nulls flag, int32 element type, then
 * per dimension int32 length and int32 lower bound, then per element int32 byte length (−1 = null) and the bytes.
 */
const TYPE = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, timestamptz: 1184, uuid: 2950 } as const;

const EMPTY_HEADER_BYTES = 12;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const TWO_TO_32 = 2 ** 32;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const UUID_HEX_CHARACTERS = 32;
const UUID_BYTES = 16;

type Values<T> = ArrayLike<T | null>;
type Write<T> = (buffer: Buffer, value: T, at: number) => void;

function allocate(type: number, length: number, nulls: number, elementBytes: number): Buffer {
  const bytes = length === 0 ? EMPTY_HEADER_BYTES : HEADER_BYTES + length * LENGTH_BYTES + elementBytes;
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(nulls > 0 ? 1 : 0, 4);
  buffer.writeInt32BE(type, 8);
  if (length > 0) {
    buffer.writeInt32BE(length, 12);
    buffer.writeInt32BE(1, 16);
  }
  return buffer;
}

function countNulls(values: Values<unknown>): number {
  let nulls = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === null) nulls++;
  return nulls;
}

function fixedWidth<T>(type: number, width: number, values: Values<T>, write: Write<T>): Buffer {
  const nulls = countNulls(values);
  const buffer = allocate(type, values.length, nulls, (values.length - nulls) * width);
  let at = HEADER_BYTES;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as T | null;
    buffer.writeInt32BE(value === null ? -1 : width, at);
    at += LENGTH_BYTES;
    if (value === null) continue;
    write(buffer, value, at);
    at += width;
  }
  return buffer;
}

function writeInt8(buffer: Buffer, value: number | bigint, at: number): void {
  if (typeof value === 'bigint') {
    buffer.writeBigInt64BE(value, at);
    return;
  }
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8[]: ${value} is not a safe integer; pass a bigint`);
  const high = Math.floor(value / TWO_TO_32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * TWO_TO_32, at + 4);
}

function writeTimestamp(buffer: Buffer, milliseconds: number, at: number): void {
  if (!Number.isSafeInteger(milliseconds))
    throw new RangeError(`timestamptz[]: ${milliseconds} is not whole milliseconds`);
  const microseconds = (milliseconds - POSTGRES_EPOCH_MS) * 1000;
  // Beyond the year 2285 the product leaves the safe integers.
  writeInt8(
    buffer,
    Number.isSafeInteger(microseconds) ? microseconds : BigInt(milliseconds - POSTGRES_EPOCH_MS) * 1000n,
    at,
  );
}

function writeUuid(buffer: Buffer, hex: string, at: number): void {
  if (hex.length !== UUID_HEX_CHARACTERS || buffer.write(hex, at, UUID_BYTES, 'hex') !== UUID_BYTES) {
    throw new RangeError(`uuid[]: "${hex}" is not ${UUID_HEX_CHARACTERS} hexadecimal characters`);
  }
}

/** `int2[]`; a fraction or a value outside 16 bits throws a RangeError. */
export function int2Array(values: Values<number>): Buffer {
  return fixedWidth(TYPE.int2, 2, values, (buffer, value, at) => {
    // Buffer's own writers cut a fraction off in silence.
    if ((value << 16) >> 16 !== value) throw new RangeError(`int2[]: ${value} is not an integer of 16 bits`);
    buffer.writeInt16BE(value, at);
  });
}

/** `int4[]`; a fraction or a value outside 32 bits throws a RangeError. */
export function int4Array(values: Values<number>): Buffer {
  return fixedWidth(TYPE.int4, 4, values, (buffer, value, at) => {
    if ((value | 0) !== value) throw new RangeError(`int4[]: ${value} is not an integer of 32 bits`);
    buffer.writeInt32BE(value, at);
  });
}

/** `int8[]` from safe integers or bigints; a number beyond 2^53 throws a RangeError instead of being rounded. */
export function int8Array(values: Values<number | bigint>): Buffer {
  return fixedWidth(TYPE.int8, 8, values, writeInt8);
}

/** `timestamptz[]` from milliseconds since 1970 (UTC). */
export function timestamptzArray(milliseconds: Values<number>): Buffer {
  return fixedWidth(TYPE.timestamptz, 8, milliseconds, writeTimestamp);
}

/** `uuid[]` from 32 hexadecimal characters each (no hyphens); anything else throws a RangeError. */
export function uuidArray(hex: Values<string>): Buffer {
  return fixedWidth(TYPE.uuid, UUID_BYTES, hex, writeUuid);
}

/** `bool[]`. */
export function boolArray(values: Values<boolean>): Buffer {
  return fixedWidth(TYPE.bool, 1, values, (buffer, value, at) => {
    buffer[at] = value ? 1 : 0;
  });
}

/** `text[]` as UTF-8. PostgreSQL refuses U+0000 in text; callers keep it out. */
export function textArray(values: Values<string>): Buffer {
  const length = values.length;
  const lengths = new Int32Array(length);
  let bytes = 0;
  let nulls = 0;
  for (let i = 0; i < length; i++) {
    const value = values[i] as string | null;
    const elementBytes = value === null ? -1 : Buffer.byteLength(value, 'utf8');
    lengths[i] = elementBytes;
    if (value === null) nulls++;
    else bytes += elementBytes;
  }
  const buffer = allocate(TYPE.text, length, nulls, bytes);
  let at = HEADER_BYTES;
  for (let i = 0; i < length; i++) {
    const value = values[i] as string | null;
    buffer.writeInt32BE(lengths[i] as number, at);
    at += LENGTH_BYTES;
    if (value !== null) at += buffer.write(value, at, 'utf8');
  }
  return buffer;
}

/** `bytea[]`. */
export function byteaArray(values: Values<Uint8Array>): Buffer {
  const length = values.length;
  let bytes = 0;
  for (let i = 0; i < length; i++) bytes += values[i]?.byteLength ?? 0;
  const buffer = allocate(TYPE.bytea, length, countNulls(values), bytes);
  let at = HEADER_BYTES;
  for (let i = 0; i < length; i++) {
    const value = values[i] as Uint8Array | null;
    buffer.writeInt32BE(value === null ? -1 : value.byteLength, at);
    at += LENGTH_BYTES;
    if (value === null) continue;
    buffer.set(value, at);
    at += value.byteLength;
  }
  return buffer;
}
