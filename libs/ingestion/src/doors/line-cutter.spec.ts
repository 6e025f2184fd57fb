import { describe, expect, it } from '@jest/globals';
import { LineCutter } from './line-cutter.js';

const LINE_BYTES_MAX = 10;

/** The text cut in pieces of `pieceBytes`, as `number:line`. */
function cut(text: string, pieceBytes: number): string[] {
  const cutter = new LineCutter(LINE_BYTES_MAX);
  const bytes = Buffer.from(text);
  const lines = [];
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    lines.push(...cutter.cut(bytes.subarray(from, from + pieceBytes)));
  }
  return [...lines, ...cutter.end()].map((line) => `${line.no}:${line.bytes.toString()}`);
}

describe.each([1, 2, 3, 7, 1000])('lines out of pieces of %i bytes', (pieceBytes) => {
  it.each([
    ['with and without a break at the end', 'one\ntwo', ['1:one', '2:two']],
    ['of Windows', 'one\r\ntwo\r\n', ['1:one', '2:two']],
    ['of which some are empty, without losing count', '\n\none\n\r\n\ntwo\n', ['3:one', '6:two']],
    ['after a byte order mark, which is no part of the first', '\ufeffone\ntwo', ['1:one', '2:two']],
    ['whose characters take several bytes', '张三\n李四\n', ['1:张三', '2:李四']],
    ['longer than may be held, of which the beginning is kept', '0123456789abcdef\ntwo\n', ['1:0123456789', '2:two']],
    ['of which the last is too long and has no end', 'one\n0123456789abcdef', ['1:one', '2:0123456789']],
    ['none at all', '', []],
    ['none but breaks', '\n\r\n\n', []],
  ])('%s', (_, text, lines) => {
    expect(cut(text, pieceBytes)).toEqual(lines);
  });
});

describe('a line within one chunk', () => {
  it('is a view into the chunk and not a copy', () => {
    const chunk = Buffer.from('one\ntwo\n');
    const [, second] = new LineCutter(LINE_BYTES_MAX).cut(chunk);
    chunk.write('T', 4);
    expect(second?.bytes.toString()).toBe('Two');
  });
});
