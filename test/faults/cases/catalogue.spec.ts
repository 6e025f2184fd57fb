import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PAYLOADS } from './bad-payloads.js';
import { CATALOGUE, cataloguePage } from './catalogue.js';
import { isCalled, testTitles } from './test-titles.js';
import type { TestTitle } from './test-titles.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NUMBERS = 52;

const cases = CATALOGUE.flatMap((group) => group.cases);
const titlesOf = new Map<string, TestTitle[]>();

function titlesIn(file: string): TestTitle[] {
  const known = titlesOf.get(file);
  if (known !== undefined) return known;
  const titles = existsSync(`${ROOT}${file}`) ? testTitles(readFileSync(`${ROOT}${file}`, 'utf8')) : [];
  titlesOf.set(file, titles);
  return titles;
}

describe('the catalogue of faults', () => {
  it('has every number, in order', () => {
    const numbers = cases.map(({ number }) => number);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect([...new Set(numbers)]).toEqual(Array.from({ length: NUMBERS }, (_, index) => index + 1));
  });

  it('says of each how it is known: by tests, or why it cannot occur, or what is open', () => {
    for (const { what, does, provenBy = [], cannotOccur, open } of cases) {
      expect(`${what} ${does}`).toMatch(/^\S.{10,}\.$/s);
      for (const reason of [cannotOccur, open]) if (reason !== undefined) expect(reason).toMatch(/^[A-Z].{20,}\.$/s);
      expect(cannotOccur !== undefined && open !== undefined).toBe(false);
      expect(provenBy.length > 0 || cannotOccur !== undefined || open !== undefined).toBe(true);
    }
  });

  it('names tests that are there, and none that is switched off', () => {
    const missing = cases.flatMap(({ number, provenBy = [] }) =>
      provenBy
        .filter(({ file, test }) => !titlesIn(file).some((title) => !title.isSkipped && isCalled(title, test)))
        .map(({ file, test }) => `${number}: ${file}: ${test}`),
    );
    expect(missing).toEqual([]);
  });

  it('has every payload that is sent through the doors, under its number', () => {
    const listed = new Set(cases.flatMap(({ provenBy = [] }) => provenBy.map(({ test }) => test)));
    for (const { of, what } of PAYLOADS) expect(listed).toContain(`through Kafka a payload case ${of}: ${what}`);
  });

  it('leaves open what it did before, and nothing else: what is closed, or comes open, is changed here too', () => {
    expect(
      cases.filter(({ open }) => open !== undefined).map(({ number, what }) => [number, what.slice(0, 40)]),
    ).toEqual([
      [30, 'A message whose moment is years ahead.'],
      [43, 'A part of it is set back, and grows past'],
      [47, 'The new rows are switched to, and back t'],
      [51, 'Tokens without a signature, signed with '],
      [51, 'Customers of another branch, and what a '],
    ]);
  });

  it('is a page with a row for each line', () => {
    const rows = cataloguePage()
      .split('\n')
      .filter((line) => /^\| \d+ \|/.test(line));
    expect(rows).toHaveLength(cases.length);
    for (const row of rows) expect(row.replace(/\\\|/g, '').split('|')).toHaveLength(6);
  });
});

describe('the titles of a file', () => {
  const source = `
    describe('a', () => {
      it('b', () => undefined);
      describe.each([1, 2])('of %i', (n) => {
        it.each(rows)('is %s', () => undefined);
        it(\`and \${n}\`, () => undefined);
      });
      it.skip('not this', () => undefined);
    });
    describeWithKafka('k', (kafka) => {
      test('t', () => undefined);
      itWithOwnBroker('o', () => undefined);
    });
    const spread = items.map((item) => it(item.title, () => undefined));
    expect(describe).toBeDefined();`;

  it('are found by their blocks, with what stands for values', () => {
    expect(testTitles(source)).toEqual([
      { title: 'a b', isSkipped: false },
      { title: 'a of %i is %s', isSkipped: false },
      { title: 'a of %i and %s', isSkipped: false },
      { title: 'a not this', isSkipped: true },
      { title: 'k t', isSkipped: false },
      { title: 'k o', isSkipped: false },
      { title: '%s', isSkipped: false },
    ]);
  });

  it('stand for each title they can become, and for no other', () => {
    const each = { title: 'a of %i is %s', isSkipped: false };
    expect(isCalled(each, 'a of 3 is good')).toBe(true);
    expect(isCalled(each, 'a of %i is %s')).toBe(true);
    expect(isCalled(each, 'a of 3 was good')).toBe(false);
    expect(isCalled(each, 'a of 3 is ')).toBe(false);
    expect(isCalled({ title: 'a (b)? c', isSkipped: false }, 'a b c')).toBe(false);
  });
});
