import { TooLargeError } from './too-large-error.js';

const FIRST_BYTES = 64 * 1024;

/** Output of a decompression whose size is not known before, with a bound on it. */
export class GrowingOutput {
  private buffer: Buffer;
  private length = 0;

  constructor(
    private readonly maxBytes: number,
    expectedBytes = FIRST_BYTES,
  ) {
    if (expectedBytes > maxBytes) throw new TooLargeError(maxBytes);
    this.buffer = Buffer.allocUnsafe(expectedBytes);
  }

  get size(): number {
    return this.length;
  }

  /** Appends `source[start, end)`. */
  append(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.buffer.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Appends `count` bytes that begin `distance` bytes before the end; they may overlap what is being written. */
  repeat(distance: number, count: number): void {
    if (distance <= 0 || distance > this.length) throw new Error('a match points before the beginning of the data');
    this.reserve(count);
    const { buffer, length } = this;
    const from = length - distance;
    if (distance >= count) buffer.copyWithin(length, from, from + count);
    else for (let i = 0; i < count; i++) buffer[length + i] = buffer[from + i] ?? 0;
    this.length += count;
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed > this.maxBytes) throw new TooLargeError(this.maxBytes);
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.min(Math.max(needed, this.buffer.length * 2), this.maxBytes));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}
