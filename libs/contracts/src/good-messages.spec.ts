import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@retention/customer';
import { canonicalJson, createFactReader, MESSAGE_TYPES, type IncomingFact, type Refusal } from './index.js';
import { CONTRACT } from './message-types.js';
import type { MessageType } from './messages/message-type.js';

const reader = createFactReader({ businessTimeZone: 'Asia/Shanghai' });
const TIME = '2024-09-01T10:00:00+08:00';

function eventOf(message: MessageType, over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: 'e-1',
    source: '/core',
    type: message.type,
    time: TIME,
    data: message.example,
    ...over,
  };
}

function read(event: unknown): IncomingFact | Refusal {
  return reader.read(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)));
}

function understood(event: unknown): IncomingFact {
  const outcome = read(event);
  if (outcome.kind === 'refusal') throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome;
}

function ofType(type: string): MessageType {
  const message = CONTRACT.find((candidate) => candidate.type === type);
  if (message === undefined) throw new Error(`no ${type}`);
  return message;
}

describe('a good message', () => {
  it.each(CONTRACT.map((message) => [message.type, message] as const))('%s becomes its fact', (type, message) => {
    const incoming = understood(eventOf(message));
    expect(`lending.${incoming.fact.type.replace('-', '.')}.v1`.replaceAll('.', '-')).toBe(type.replaceAll('.', '-'));
    expect(incoming.factId).toBe('/core#e-1');
    expect(incoming.fact.factId).toBe('/core#e-1');
    expect(incoming.fact.occurredAt).toBe(Date.UTC(2024, 8, 1, 2));
    expect(incoming.customerId).toBe(message.example['customerId'] ?? null);
    expect(incoming.loanId).toBe(message.example['loanId'] ?? null);
    expect(incoming.identityKey).toMatch(/^[0-9a-f]{32}$/);
    expect(incoming.fact).not.toHaveProperty('extra');
  });

  it.each(CONTRACT.map((message) => [message.type, message] as const))(
    '%s reads the same in binary mode',
    (_, message) => {
      const structured = understood(eventOf(message, { subject: 'C-1001', datacontenttype: 'application/json' }));
      const binary = reader.read(Buffer.from(JSON.stringify(message.example)), {
        'content-type': Buffer.from('application/json; charset=utf-8'),
        ce_specversion: Buffer.from('1.0'),
        ce_id: 'e-1',
        ce_source: Buffer.from('/core'),
        ce_type: Buffer.from(message.type),
        ce_subject: 'C-1001',
        ce_time: Buffer.from(TIME),
        ce_tenantid: 'ignored',
      });
      expect(binary).toEqual(structured);
    },
  );

  it('turns decimal strings into minor units of the currency', () => {
    const disbursed = understood(
      eventOf(ofType('lending.loan.disbursed.v1'), {
        data: { ...ofType('lending.loan.disbursed.v1').example, principal: '70000.5' },
      }),
    );
    expect(disbursed.fact).toEqual({
      type: 'loan-disbursed',
      factId: '/core#e-1',
      occurredAt: Date.UTC(2024, 8, 1, 2),
      loanId: 'L-5001',
      product: 'micro',
      principalMinor: 7_000_050,
      currency: 'CNY',
      disbursedOn: '2024-01-15',
      maturesOn: '2025-01-15',
      annualRate: '0.0985',
      termDays: 366,
      totalDueMinor: 7_689_500,
      branchId: 'B-01',
      officerId: 'O-07',
      schedule: [
        { no: 1, dueOn: '2024-07-15', amount: '38447.50' },
        { no: 2, dueOn: '2025-01-15', amount: '38447.50' },
      ],
    });
  });

  it('keeps a repayment that is more than its parts, because an overpayment is in none of them', () => {
    const message = ofType('lending.repayment.received.v1');
    const data = { ...message.example, amount: '40000.00' };
    expect(understood(eventOf(message, { data })).fact).toMatchObject({
      amountMinor: 4_000_000,
      principalMinor: 3_500_000,
      interestMinor: 344_750,
      feeMinor: 0,
      penaltyMinor: 0,
    });
  });

  it('takes an optional field that is null as not said', () => {
    const message = ofType('lending.loan.approved.v1');
    const incoming = understood(eventOf(message, { subject: null, data: { ...message.example, reason: null } }));
    expect(incoming.fact).not.toHaveProperty('reason');
  });

  it('dates a profile change by the business day of its time', () => {
    const message = ofType('lending.customer.profile-changed.v1');
    const incoming = understood(eventOf(message, { time: '2024-08-31T18:30:00Z' }));
    expect(incoming.fact).toMatchObject({ changedOn: '2024-09-01' });
  });

  it('dates a rescheduling by the business day of its time, since it says only what will be', () => {
    const incoming = understood(eventOf(ofType('lending.loan.rescheduled.v1'), { time: '2024-08-31T18:30:00Z' }));
    expect(incoming.fact).toMatchObject({ rescheduledOn: '2024-09-01', maturesOn: '2025-07-15' });
  });

  it.each([true, false, null, undefined])('keeps whether a customer is satisfied: %s', (satisfied) => {
    const resolved = ofType('lending.complaint.resolved.v1');
    const { fact } = understood(eventOf(resolved, { data: { ...resolved.example, satisfied } }));
    expect(fact).toEqual({
      type: 'complaint-resolved',
      factId: '/core#e-1',
      occurredAt: Date.UTC(2024, 8, 1, 2),
      complaintId: 'K-1',
      resolvedOn: '2024-08-06',
      by: 'O-07',
      ...(typeof satisfied === 'boolean' && { satisfied }),
    });
  });

  it('about a gift is about the customer who gets it, not the one who was referred', () => {
    const incoming = understood(eventOf(ofType('lending.gift.handed-over.v1')));
    expect(incoming.customerId).toBe('C-1001');
    expect(incoming.fact).toMatchObject({ referredId: 'C-2002', handedOverOn: '2024-08-10', by: 'O-07' });
  });
});

describe('who a message is about', () => {
  const settled = ofType('lending.loan.settled.v1');

  it('is the subject where the data does not say', () => {
    expect(understood(eventOf(settled, { subject: 'C-7' })).customerId).toBe('C-7');
  });

  it('is left to the loan where neither does', () => {
    expect(understood(eventOf(settled)).customerId).toBeNull();
  });

  it.each([
    'complaint.raised',
    'complaint.answered',
    'complaint.resolved',
    'survey.answered',
    'contact.made',
    'churn-reason.reported',
    'gift.handed-over',
  ])('has to be said where there is no loan to tell: %s', (type) => {
    const message = ofType(`lending.${type}.v1`);
    const { customerId: _, ...data } = message.example;
    expect(understood(eventOf(message, { data, subject: 'C-7' })).customerId).toBe('C-7');
    expect(read(eventOf(message, { data }))).toMatchObject({ code: 'missing-field', field: 'data.customerId' });
  });

  it('is nobody for the calendar, whatever its subject', () => {
    const closed = ofType('lending.business-day.closed.v1');
    expect(understood(eventOf(closed, { subject: 'calendar' })).customerId).toBeNull();
  });
});

describe('fields the contract does not know', () => {
  const settled = ofType('lending.loan.settled.v1');

  it('are kept as they came, and the envelope ones ignored', () => {
    const extra = { note: '好', nested: { toString: [1, null, { deep: true }] }, score: -0.5 };
    const incoming = understood(eventOf(settled, { traceparent: '00-1', data: { ...settled.example, ...extra } }));
    expect(incoming.fact.extra).toEqual(extra);
    expect(incoming.fact).toMatchObject({ settledOn: '2025-01-15' });
  });

  it('do not say which loan or customer a message is about', () => {
    const complaint = ofType('lending.complaint.raised.v1');
    const incoming = understood(eventOf(complaint, { data: { ...complaint.example, loanId: { $gt: '' } } }));
    expect(incoming.loanId).toBeNull();
    expect(incoming.fact.extra).toEqual({ loanId: { $gt: '' } });
    const closed = ofType('lending.business-day.closed.v1');
    const data = { ...closed.example, customerId: [1], loanId: 'L-1' };
    expect(understood(eventOf(closed, { data }))).toMatchObject({ customerId: null, loanId: null });
  });

  it('are kept inside a schedule, too', () => {
    const rescheduled = ofType('lending.loan.rescheduled.v1');
    const schedule = [{ no: 1, dueOn: '2025-07-15', amount: '1.00', principal: '0.90' }];
    const incoming = understood(eventOf(rescheduled, { data: { ...rescheduled.example, schedule } }));
    expect(incoming.fact).toMatchObject({ schedule });
    expect(incoming.fact).not.toHaveProperty('extra');
  });

  it('are dropped when they are called like personal data, which nobody could erase there', () => {
    const data = { ...settled.example, Name: 'Zhang', birth_date: '1985-03-24', branch: 'B' };
    const incoming = understood(eventOf(settled, { data }));
    expect(incoming.fact.extra).toEqual({ branch: 'B' });
    expect(incoming.personal).toBeNull();
  });
});

describe('personal data', () => {
  it('is taken out of the fact', () => {
    const message = ofType('lending.customer.registered.v1');
    const incoming = understood(eventOf(message));
    const { name, phone, address, birthDate } = message.example;
    expect(incoming.personal).toEqual({ name, phone, address, birthDate });
    const stored = JSON.stringify(incoming.fact);
    for (const value of [name, phone, address, birthDate]) expect(stored).not.toContain(value);
  });

  it('is null when the message has none', () => {
    const message = ofType('lending.customer.profile-changed.v1');
    expect(understood(eventOf(message, { data: { customerId: 'C-1', region: 'West' } })).personal).toBeNull();
  });
});

describe('the content hash', () => {
  const message = ofType('lending.loan.disbursed.v1');
  const event = eventOf(message, { subject: 'C-1001', data: { ...message.example, other: { b: 1, a: ['x'] } } });

  it('is the same for another key order and other white space', () => {
    const shuffled = JSON.stringify(reversedKeys(event), null, 3);
    expect(shuffled).not.toBe(JSON.stringify(event));
    expect(understood(shuffled).contentHash).toBe(understood(event).contentHash);
  });

  it('is the same with and without unknown envelope attributes', () => {
    expect(understood({ ...event, tenantid: 't', partitionkey: 'p' }).contentHash).toBe(understood(event).contentHash);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another amount', { data: { ...message.example, other: { b: 1, a: ['x'] }, principal: '70000.01' } }],
    ['another unknown field', { data: { ...message.example, other: { b: 2, a: ['x'] } } }],
    ['another time', { time: '2024-09-01T10:00:01+08:00' }],
    ['no subject', { subject: undefined }],
  ])('differs for %s', (_, over) => {
    const other = understood({ ...event, ...over });
    expect(other.contentHash).not.toBe(understood(event).contentHash);
    expect(other.identityKey).toBe(understood(event).identityKey);
  });

  it('is over the canonical JSON of data, subject, time and type', async () => {
    const { createHash } = await import('node:crypto');
    const { data, subject, time, type } = event;
    const text = canonicalJson({ type, time, subject, data }) ?? '';
    const expected = createHash('sha256').update(text).digest('hex').slice(0, 32);
    expect(understood(event).contentHash).toBe(expected);
    const identity = createHash('sha256').update('/core\ne-1').digest('hex').slice(0, 32);
    expect(understood(event).identityKey).toBe(identity);
  });
});

describe('the envelope', () => {
  const settled = ofType('lending.loan.settled.v1');

  it.each([
    settled.type,
    `${settled.type}.schema.json`,
    `urn:retention:${settled.type}`,
    `https://schemas.example.test/v1/${settled.type}.schema.json`,
  ])('may name its schema as %s', (dataschema) => {
    expect(understood(eventOf(settled, { dataschema })).kind).toBe('fact');
  });

  it('is read from the bytes when a Kafka message only says it is JSON', () => {
    const bytes = Buffer.from(JSON.stringify(eventOf(settled)));
    for (const type of [
      'application/cloudevents+json',
      'application/cloudevents+json; charset=utf-8',
      'application/json',
    ]) {
      expect(reader.read(bytes, { 'content-type': type })).toMatchObject({ kind: 'fact' });
    }
  });

  it('of two values for a key has the last', () => {
    const text = JSON.stringify(eventOf(settled)).replace('"id":"e-1"', '"id":"first","id":"last"');
    expect(understood(text).factId).toBe('/core#last');
  });

  it('cannot smuggle in an outcome of its own', () => {
    expect(understood({ kind: 'refusal', code: 'made-up', ...eventOf(settled) }).factId).toBe('/core#e-1');
  });
});

/** A new fact breaks the build here until it is said whether a message brings it. */
const IN_THE_CONTRACT: Readonly<Record<Fact['type'], boolean>> = {
  'customer-registered': true,
  'customer-profile-changed': true,
  'customer-reassigned': true,
  'loan-applied': true,
  'loan-approved': true,
  'loan-rejected': true,
  'loan-cancelled': true,
  'loan-disbursed': true,
  'loan-disbursal-undone': true,
  'repayment-received': true,
  'repayment-reversed': true,
  'instalment-overdue': true,
  'instalment-cured': true,
  'loan-settled': true,
  'loan-settlement-undone': true,
  'loan-written-off': true,
  'loan-recovered': true,
  'loan-rescheduled': true,
  'balance-observed': true,
  'complaint-raised': true,
  'complaint-answered': true,
  'complaint-resolved': true,
  'survey-answered': true,
  'contact-made': true,
  'churn-reason-reported': true,
  'points-adjusted': true,
  'gift-handed-over': true,
  // Only the referral reactor says it.
  'referral-reported': false,
  'business-day-closed': true,
};

describe('the contract', () => {
  it('has every type once', () => {
    expect(new Set(MESSAGE_TYPES).size).toBe(MESSAGE_TYPES.length);
  });

  it('reaches every fact of the domain but what only the product itself reports', () => {
    const reached = CONTRACT.map((message) => understood(eventOf(message)).fact.type);
    const expected = Object.entries(IN_THE_CONTRACT).flatMap(([type, isReached]) => (isReached ? [type] : []));
    expect([...reached].sort()).toEqual(expected.sort());
  });

  it('refuses an unknown time zone at the start', () => {
    expect(() => createFactReader({ businessTimeZone: 'Mars/Olympus' })).toThrow(RangeError);
  });
});

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversedKeys(inner)]),
  );
}
