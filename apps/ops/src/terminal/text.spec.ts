import { describe, expect, it } from '@jest/globals';
import { printable, shortened, table } from './text.js';

describe('text from outside on a terminal', () => {
  it('has what a terminal would obey written out', () => {
    expect(printable('\u001b[2Jgone\r\n')).toBe('\\u{1b}[2Jgone\\u{d}\\u{a}');
  });

  it('has what would turn or hide its neighbours written out', () => {
    expect(printable('a\u202eb\u200bc')).toBe('a\\u{202e}b\\u{200b}c');
  });

  it('keeps letters of every script', () => {
    expect(printable('张三 Žižkov 😀')).toBe('张三 Žižkov 😀');
  });

  it('is cut between characters, never within one', () => {
    expect(shortened('😀😀😀', 2)).toBe('😀…');
    expect(shortened('short', 5)).toBe('short');
  });

  it('stands in columns', () => {
    expect(
      table(
        ['id', 'reason'],
        [
          ['1', 'one'],
          ['12', 'line\nbreak'],
        ],
      ),
    ).toEqual(['id  reason', '1   one', '12  line\\u{a}break']);
  });
});
