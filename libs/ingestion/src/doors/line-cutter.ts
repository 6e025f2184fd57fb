/** A line without its line break. `no` counts from 1, empty lines included, so that an editor finds it. */
export interface Line {
  readonly no: number;
  readonly bytes: Buffer;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts chunks of a file into lines without decoding or copying: a line within one chunk is a view into it. Empty lines are
 * left out, and of a line longer than `lineBytesMax` only so many bytes are kept: what is held never exceeds that.
 */
export class LineCutter {
  private readonly held: Buffer[] = [];
  private heldBytes = 0;
  private no = 0;

  constructor(private readonly lineBytesMax: number) {}

  /** The lines that end in this chunk. */
  cut(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      this.hold(chunk.subarray(from, end));
      this.release(lines);
      from = end + 1;
    }
    if (from < chunk.length) this.hold(chunk.subarray(from));
    return lines;
  }

  /** The last line, when the file does not end in a line break. */
  end(): Line[] {
    const lines: Line[] = [];
    if (this.heldBytes > 0) this.release(lines);
    return lines;
  }

  private hold(piece: Buffer): void {
    const kept = piece.subarray(0, this.lineBytesMax - this.heldBytes);
    if (kept.length === 0) return;
    this.held.push(kept);
    this.heldBytes += kept.length;
  }

  private release(lines: Line[]): void {
    this.no += 1;
    const whole = this.held.length === 1 ? this.held[0] : Buffer.concat(this.held);
    this.held.length = 0;
    this.heldBytes = 0;
    const bytes = this.trimmed(whole ?? Buffer.alloc(0));
    if (bytes.length > 0) lines.push({ no: this.no, bytes });
  }

  private trimmed(line: Buffer): Buffer {
    const hasMark = this.no === 1 && line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    return line.subarray(hasMark ? BYTE_ORDER_MARK.length : 0, end);
  }
}
