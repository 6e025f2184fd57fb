import { bytesOf, event, GOOD_BEFORE } from '../../support/bad-input.js';

/** What a loan system may send, by the number of its case in the catalogue, and what becomes of it at every door. */
export interface Payload {
  readonly of: number;
  readonly what: string;
  readonly bytes: Buffer | null;
  /** Why it is refused; null = it is taken. */
  readonly code: string | null;
  readonly field: string | null;
}

const DISBURSAL = {
  loanId: 'L7',
  customerId: 'K1',
  product: 'micro',
  principal: '70000.00',
  currency: 'CNY',
  disbursedOn: '2026-03-02',
  maturesOn: '2026-09-02',
};
const REPAYMENT = { repaymentId: 'R7', loanId: 'L1', amount: '100.00', currency: 'CNY', paidOn: '2026-04-02' };
type Data = Readonly<Record<string, unknown>>;

let said = 0;
/** A disbursal under an id of its own with some of its data replaced; `undefined` takes a field away. */
function disbursal(change: Data = {}, envelope: Data = {}): Buffer {
  said += 1;
  const data = { ...DISBURSAL, loanId: `L7-${said}`, ...change };
  return Buffer.from(JSON.stringify({ ...event(`case-${said}`, 'loan.disbursed', data), ...envelope }));
}

/** The same with one more member, as text no serialiser would write. */
function withMember(member: string): Buffer {
  return Buffer.from(disbursal().toString('utf8').replace('"product"', `${member},"product"`));
}

function withText(from: string, to: string): Buffer {
  return Buffer.from(disbursal().toString('utf8').replace(from, to));
}

const nested = (depth: number): Buffer => withMember(`"x":${'['.repeat(depth)}${']'.repeat(depth)}`);
const manyKeys = (count: number): string =>
  `{${Array.from({ length: count }, (_, number) => `"k${number}":1`).join(',')}}`;

function refused(
  of: number,
  what: string,
  bytes: Buffer | null,
  because: readonly [code: string, field?: string],
): Payload {
  const [code, field = null] = because;
  return { of, what, bytes, code, field };
}

function taken(of: number, what: string, bytes: Buffer): Payload {
  return { of, what, bytes, code: null, field: null };
}

const UNREADABLE: readonly Payload[] = [
  refused(20, 'broken JSON', Buffer.from('{"specversion":"1.0",'), ['invalid-json']),
  refused(20, 'two JSON texts', Buffer.concat([disbursal(), disbursal()]), ['invalid-json']),
  refused(21, 'a tombstone', null, ['empty-message']),
  refused(21, 'an empty value', Buffer.alloc(0), ['empty-message']),
  refused(23, 'a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), disbursal()]), ['invalid-encoding']),
  refused(23, 'UTF-16', Buffer.from(disbursal().toString('utf8'), 'utf16le'), ['invalid-encoding']),
  refused(23, 'Latin-1', Buffer.from(disbursal({ product: 'Müller' }).toString('utf8'), 'latin1'), [
    'invalid-encoding',
  ]),
  refused(24, 'an escaped null character', withText('micro', 'mi\\u0000cro'), ['forbidden-character', 'data.product']),
  refused(24, 'a null character in a key', withMember('"a\\u0000b":1'), ['forbidden-character', 'data']),
  refused(24, 'a raw null byte', withText('micro', 'mi\u0000cro'), ['invalid-json']),
  refused(25, 'half a surrogate pair', withMember('"note":"\\ud83d"'), ['forbidden-character', 'data.note']),
  refused(25, 'half a surrogate pair as bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), ['invalid-encoding']),
  refused(26, 'nesting 20,000 deep', nested(20_000), ['too-deep']),
  refused(26, 'nesting 1,000,000 deep', nested(1_000_000), ['too-large']),
  refused(27, 'a string of 10 MB', disbursal({ product: 'x'.repeat(10_000_000) }), ['too-large']),
  refused(27, '20,000 keys', Buffer.from(manyKeys(20_000)), ['too-many-keys']),
  refused(27, '100,000 keys', Buffer.from(manyKeys(100_000)), ['too-large']),
  refused(28, '__proto__', withMember('"__proto__":{"admin":true}'), ['forbidden-key', 'data']),
  refused(28, 'constructor', withMember('"constructor":{"prototype":{}}'), ['forbidden-key', 'data']),
  refused(28, 'an escaped __proto__', withMember('"\\u005f_proto__":1'), ['forbidden-key', 'data']),
];

const AMOUNTS: readonly Payload[] = [
  refused(29, '1e400', withText('"70000.00"', '1e400'), ['wrong-type', 'data.principal']),
  refused(29, '1e400 in a field nobody knows', withMember('"x":{"y":1e400}'), ['invalid-number', 'data']),
  refused(29, 'NaN', disbursal({ principal: 'NaN' }), ['invalid-amount', 'data.principal']),
  refused(29, 'minus zero', disbursal({ principal: '-0' }), ['invalid-amount', 'data.principal']),
  refused(29, 'a negative principal', disbursal({ principal: '-70000.00' }), ['invalid-amount', 'data.principal']),
  refused(29, 'one more than a double can tell apart', disbursal({ principal: '9007199254740993' }), [
    'invalid-amount',
    'data.principal',
  ]),
  refused(29, 'the same as a number', withText('"70000.00"', '9007199254740993'), ['wrong-type', 'data.principal']),
  refused(29, 'what 0.1 + 0.2 is in doubles', withText('"70000.00"', String(0.1 + 0.2)), [
    'wrong-type',
    'data.principal',
  ]),
  refused(29, 'the same as text', disbursal({ principal: String(0.1 + 0.2) }), ['invalid-amount', 'data.principal']),
  refused(29, 'three decimals', disbursal({ principal: '70000.001' }), ['invalid-amount', 'data.principal']),
  refused(29, 'an unknown currency', disbursal({ currency: 'XYZ' }), ['unknown-currency', 'data.currency']),
  refused(
    29,
    'another currency than the loan’s',
    bytesOf(event('case-eur', 'repayment.received', { ...REPAYMENT, currency: 'EUR' })),
    ['currency-mismatch', 'data.currency'],
  ),
];

const DAYS: readonly Payload[] = [
  refused(30, '30 February', disbursal({ disbursedOn: '2026-02-30' }), ['invalid-date', 'data.disbursedOn']),
  refused(30, 'the year 275760', disbursal({}, { time: '+275760-09-13T00:00:00Z' }), ['invalid-time', 'time']),
  refused(30, 'no time zone', disbursal({}, { time: '2026-03-02T10:00:00' }), ['invalid-time', 'time']),
  refused(30, 'seconds since 1970', disbursal({}, { time: 1_772_416_800 }), ['wrong-type', 'time']),
  refused(30, 'milliseconds since 1970', disbursal({}, { time: 1_772_416_800_000 }), ['wrong-type', 'time']),
  refused(30, 'seconds since 1970 as text', disbursal({}, { time: '1772416800' }), ['invalid-time', 'time']),
  refused(
    30,
    'a closed day that has not begun',
    bytesOf(event('case-day', 'business-day.closed', { day: '2199-12-31' })),
    ['day-ahead', 'data.day'],
  ),
  taken(30, 'the first day of 1970', disbursal({ disbursedOn: '1970-01-01', maturesOn: '1970-07-01' })),
  taken(30, 'a leap day', disbursal({ disbursedOn: '2024-02-29' })),
];

const SHAPES: readonly Payload[] = [
  refused(31, 'an unknown type', bytesOf(event('case-type', 'loan.gifted', {})), ['unknown-type', 'type']),
  refused(31, 'a newer version', disbursal({}, { type: 'lending.loan.disbursed.v9' }), ['unknown-version', 'type']),
  taken(32, 'a field nobody knows', disbursal({ colour: { of: ['the', 'form'] } })),
  refused(32, 'a missing field', disbursal({ maturesOn: undefined }), ['missing-field', 'data.maturesOn']),
  refused(32, 'a wrong type', disbursal({ product: 7 }), ['wrong-type', 'data.product']),
  refused(32, 'an object for a list', disbursal({ schedule: {} }), ['wrong-type', 'data.schedule']),
  refused(32, 'a list for the message', Buffer.from('[]'), ['not-an-object']),
];

const IDS: readonly Payload[] = [
  ...(
    [
      ['a name of the event store’s own', '$system-K1'],
      ['a slash', 'K/1'],
      ['an emoji', 'K😀'],
      ['10 KB', 'K'.repeat(10_240)],
      ['SQL', "K1'; DROP TABLE store.event;--"],
    ] as const
  ).map(([what, customerId]) =>
    refused(33, `a customer id of ${what}`, disbursal({ customerId }, { subject: undefined }), [
      'invalid-id',
      'data.customerId',
    ]),
  ),
  taken(33, 'a customer id with hyphens', disbursal({ customerId: '-K-1-' }, { subject: '-K-1-' })),
  taken(
    33,
    'the name of another stream for a customer id',
    disbursal({ customerId: 'calendar' }, { subject: 'calendar' }),
  ),
  taken(34, 'a key that stands twice: the last holds', withMember('"product":"first"')),
];

export const PAYLOADS: readonly Payload[] = [...UNREADABLE, ...AMOUNTS, ...DAYS, ...SHAPES, ...IDS];

/** The customer and the loan the payloads are about. */
export const BEFORE = GOOD_BEFORE;

/** What comes after all of them, to see that the reader still goes on. */
export const AFTER: Buffer = bytesOf(event('case-after', 'repayment.received', { ...REPAYMENT, repaymentId: 'R8' }));
