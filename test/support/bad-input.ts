/** What a loan system must not be able to break the product with, and what each is refused as. */
export interface BadMessage {
  readonly what: string;
  readonly bytes: Buffer | null;
  readonly code: string;
  readonly field: string | null;
}

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function event(id: string, type: string, data: Readonly<Record<string, unknown>>): CloudEvent {
  const time = '2026-03-02T10:00:00+08:00';
  return { specversion: '1.0', id, source: '/bank', type: `lending.${type}.v1`, subject: 'K1', time, data };
}

export function bytesOf(what: CloudEvent): Buffer {
  return Buffer.from(JSON.stringify(what));
}

const DISBURSED = {
  loanId: 'L1',
  customerId: 'K1',
  product: 'micro',
  principal: '70000.00',
  currency: 'CNY',
  disbursedOn: '2026-03-02',
  maturesOn: '2026-09-02',
};
const REPAID = { repaymentId: 'R1', loanId: 'L1', amount: '100.00', currency: 'CNY', paidOn: '2026-04-02' };

const disbursed = (id: string, change: Readonly<Record<string, unknown>>): Buffer =>
  bytesOf(event(id, 'loan.disbursed', { ...DISBURSED, ...change }));

/** What has to be there before the bad ones: a customer and a loan in CNY. All of it is good. */
export const GOOD_BEFORE: readonly Buffer[] = [
  bytesOf(event('reg-1', 'customer.registered', { customerId: 'K1', kind: 'personal', registeredOn: '2026-03-01' })),
  disbursed('dis-1', { unknownField: { kept: true } }),
];

/** Good facts that come after the bad ones: the consumer goes on. */
export const GOOD_AFTER: readonly Buffer[] = [bytesOf(event('rep-1', 'repayment.received', REPAID))];

const { maturesOn: _without, ...INCOMPLETE } = DISBURSED;

export const BAD_MESSAGES: readonly BadMessage[] = [
  { what: 'broken JSON', bytes: Buffer.from('{"specversion":"1.0",'), code: 'invalid-json', field: null },
  { what: 'no value at all', bytes: null, code: 'empty-message', field: null },
  { what: 'an empty value', bytes: Buffer.alloc(0), code: 'empty-message', field: null },
  { what: 'an unknown type', bytes: bytesOf(event('x1', 'loan.gifted', {})), code: 'unknown-type', field: 'type' },
  {
    what: 'an unknown version',
    bytes: bytesOf({ ...event('x2', 'loan.disbursed', DISBURSED), type: 'lending.loan.disbursed.v9' }),
    code: 'unknown-version',
    field: 'type',
  },
  {
    what: 'wrong characters in an id',
    bytes: disbursed('x3', { loanId: 'L$1' }),
    code: 'invalid-id',
    field: 'data.loanId',
  },
  {
    what: 'a number beyond all bounds',
    bytes: Buffer.from(disbursed('x4', {}).toString().replace('"70000.00"', '1e400')),
    code: 'wrong-type',
    field: 'data.principal',
  },
  {
    what: 'a day that does not exist',
    bytes: disbursed('x5', { disbursedOn: '2026-02-30' }),
    code: 'invalid-date',
    field: 'data.disbursedOn',
  },
  {
    what: 'a missing field',
    bytes: bytesOf(event('x6', 'loan.disbursed', INCOMPLETE)),
    code: 'missing-field',
    field: 'data.maturesOn',
  },
  {
    what: 'a forbidden key',
    bytes: Buffer.from(disbursed('x7', {}).toString().replace('"product"', '"__proto__":{"admin":true},"product"')),
    code: 'forbidden-key',
    field: 'data',
  },
  {
    what: 'a null character',
    bytes: Buffer.from(disbursed('x8', {}).toString().replace('micro', 'mi\\u0000cro')),
    code: 'forbidden-character',
    field: 'data.product',
  },
  {
    what: 'nesting 20,000 deep',
    bytes: Buffer.from(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    code: 'too-deep',
    field: null,
  },
  {
    what: 'an amount that is a number',
    bytes: disbursed('x10', { principal: 70000 }),
    code: 'wrong-type',
    field: 'data.principal',
  },
  {
    what: 'a negative principal',
    bytes: disbursed('x11', { principal: '-70000.00' }),
    code: 'invalid-amount',
    field: 'data.principal',
  },
  {
    what: 'the same id with other content',
    bytes: disbursed('dis-1', { principal: '80000.00' }),
    code: 'conflicting-duplicate',
    field: 'id',
  },
  {
    what: 'another currency than the loan’s',
    bytes: bytesOf(event('x12', 'repayment.received', { ...REPAID, repaymentId: 'R2', currency: 'EUR' })),
    code: 'currency-mismatch',
    field: 'data.currency',
  },
  {
    what: 'the loan of another customer',
    bytes: bytesOf({ ...event('x13', 'loan.disbursed', { ...DISBURSED, customerId: 'K2' }), subject: 'K2' }),
    code: 'loan-of-another-customer',
    field: 'data.customerId',
  },
];

/** Larger than a broker takes by default: it comes through files and HTTP. */
export const HUGE_MESSAGE: BadMessage = {
  what: 'a string of 10 MB',
  bytes: disbursed('x9', { product: 'x'.repeat(10_000_000) }),
  code: 'too-large',
  field: null,
};
