import { isIdentifier } from '../fields/text.js';
import { fractionDigitsOf, FRACTION_DIGITS_MAX } from '../money/currencies.js';
import { minorUnits } from '../money/minor-units.js';
import { isCalendarDay } from '../time/calendar.js';
import { DECIMAL_MAX, demand, IDENTIFIERS_MAX } from './demand.js';
import { whatWasGiven, type Given, type GivenMap } from './given.js';
import { nearestKey } from './nearest-key.js';
import { pathTo, type PolicyFault } from './policy-faults.js';
import type { AmountPart, IdentifiersPart, Part, SectionPart } from './policy-part.js';
import { POLICY_PART } from './policy-parts.js';

/** Values by their names; undefined where a fault was found. */
type Values = Record<string, unknown>;

/** What does not change while a document is read. */
export interface Reading {
  /** The version that what is left out is taken from. */
  readonly baseVersion: string;
  readonly faults: PolicyFault[];
}

/**
 * The value of a part as the policy has it. What is left out is inherited; undefined, with a fault, when there is nothing
 * to inherit or what was given is not good. A section has undefined fields then.
 */
export function readPart(
  part: Part,
  given: Given | undefined,
  inherited: unknown,
  path: string,
  reading: Reading,
): unknown {
  if (given === undefined) {
    if (inherited === undefined) reading.faults.push({ path, reason: 'is required' });
    return inherited;
  }
  if (given === null && part.off !== undefined) return null;
  if (part.kind === 'section') return readSection(part, given, inherited, path, reading);
  if (part.kind === 'amount') return readAmount(part, given, path, reading);
  if (part.kind === 'identifiers') return readIdentifiers(part, given, path, reading);
  if (accepts(part, given)) return given === 0 ? 0 : given; // -0 is no number anybody means.
  refuse(part, given, path, reading);
  return undefined;
}

type PlainPart = Exclude<Part, SectionPart | AmountPart | IdentifiersPart>;

function accepts(part: PlainPart, given: Given): boolean {
  switch (part.kind) {
    case 'whole-number':
      return Number.isInteger(given) && Number(given) >= part.min && Number(given) <= part.max;
    case 'decimal':
      return typeof given === 'number' && Math.abs(given) <= DECIMAL_MAX && (given > 0 || !part.isPositive);
    case 'identifier':
      return typeof given === 'string' && isIdentifier(given);
    case 'day':
      return typeof given === 'string' && isCalendarDay(given);
    case 'choice':
      return typeof given === 'string' && part.words.includes(given);
  }
}

const OF_TEXT: ReadonlySet<Part['kind']> = new Set(['identifier', 'day', 'choice']);

function refuse(part: Part, given: Given, path: string, { faults }: Reading): void {
  const orNull = part.off === undefined ? '' : `, or null (${part.off})`;
  // `version: 1.10` is the number 1.1 by the time it comes here.
  const isUnquoted = OF_TEXT.has(part.kind) && (typeof given === 'number' || typeof given === 'boolean');
  const hint = isUnquoted ? ' without quotes' : '';
  faults.push({ path, reason: `must be ${demand(part)}${orNull}; ${whatWasGiven(given)}${hint}` });
}

function readSection(part: SectionPart, given: Given, inherited: unknown, path: string, reading: Reading): unknown {
  if (!(given instanceof Map)) {
    refuse(part, given, path, reading);
    return undefined;
  }
  const map: GivenMap = given;
  const base = part.off === undefined ? ((inherited ?? {}) as Values) : {};
  refuseUnknown(map, Object.keys(part.fields), path, reading);
  const values: Values = {};
  for (const [name, field] of Object.entries(part.fields)) {
    values[name] = readPart(field, map.get(name), base[name], pathTo(path, name), reading);
  }
  if (part.rises) checkRising(values, map, path, reading);
  return values;
}

function refuseUnknown(given: GivenMap, known: readonly string[], path: string, { faults }: Reading): void {
  for (const key of given.keys()) {
    if (!known.includes(key)) faults.push({ path: pathTo(path, key), reason: unknown(key, known) });
  }
}

/** Spelt wrong, or in the wrong place: a line too far to the left is the usual fault of a YAML text. */
function unknown(key: string, known: readonly string[]): string {
  const nearest = nearestKey(key, known);
  if (nearest !== null) return `is not known; did you mean ${nearest}?`;
  const place = SECTION_BY_KEY.get(key);
  if (place !== undefined) return `is not known here; it belongs into ${place}`;
  return `is not known; there are ${known.join(', ')}`;
}

/** The path of the section each key belongs into; of keys that several sections have the first. */
const SECTION_BY_KEY: ReadonlyMap<string, string> = new Map([...keysBelow(POLICY_PART, '')].reverse());

function keysBelow({ fields }: SectionPart, path: string): [key: string, section: string][] {
  return Object.entries(fields).flatMap(([key, part]): [string, string][] => [
    ...(path === '' ? [] : [[key, path] as [string, string]]),
    ...(part.kind === 'section' ? keysBelow(part, pathTo(path, key)) : []),
  ]);
}

/** Blames the higher of two that contradict each other, whichever of them was given. */
function checkRising(values: Values, given: GivenMap, path: string, { faults, baseVersion }: Reading): void {
  let before: { readonly name: string; readonly number: number } | null = null;
  for (const [name, number] of Object.entries(values)) {
    if (typeof number !== 'number') continue;
    if (before !== null && number <= before.number) {
      const where = given.has(name) ? `${String(number)} was given` : `${String(number)} was taken from ${baseVersion}`;
      const reason = `must be greater than ${pathTo(path, before.name)} (${String(before.number)}); ${where}`;
      faults.push({ path: pathTo(path, name), reason });
    }
    before = { name, number };
  }
}

function readAmount(part: AmountPart, given: Given, path: string, reading: Reading): unknown {
  if (!(given instanceof Map)) {
    refuse(part, given, path, reading);
    return undefined;
  }
  const map: GivenMap = given;
  refuseUnknown(map, ['amount', 'currency'], path, reading);
  const [amount, currency] = [map.get('amount'), map.get('currency')];
  const digits = fractionDigitsOf(currency);
  const amountMinor = typeof amount === 'string' ? minorUnits(amount, digits ?? FRACTION_DIGITS_MAX) : Number.NaN;
  const refusePart = (name: string, value: Given | undefined, hint: string, must: string): void => {
    const reason = value === undefined ? 'is required' : `must be ${must}; ${whatWasGiven(value)}${hint}`;
    reading.faults.push({ path: pathTo(path, name), reason });
  };
  if (!(amountMinor > 0)) {
    const decimals = digits === undefined ? '' : ` and at most ${String(digits)} decimals`;
    const hint = typeof amount === 'number' ? ' without quotes' : '';
    refusePart('amount', amount, hint, `a decimal string greater than 0 with 1–13 digits${decimals}`);
  }
  if (digits === undefined) refusePart('currency', currency, '', 'an ISO 4217 currency code in use');
  return { amountMinor, currency };
}

function readIdentifiers(part: IdentifiersPart, given: Given, path: string, reading: Reading): unknown {
  if (!Array.isArray(given) || given.length > IDENTIFIERS_MAX) {
    refuse(part, given, path, reading);
    return undefined;
  }
  const element: Part = { kind: 'identifier', says: part.says };
  const list = given as readonly Given[];
  const words = list.map((word, index) => readPart(element, word, undefined, `${path}[${String(index)}]`, reading));
  words.forEach((word, index) => {
    if (word === undefined || words.indexOf(word) === index) return;
    reading.faults.push({ path: `${path}[${String(index)}]`, reason: 'stands in the list already' });
  });
  return words;
}
