import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { disbursed, message, registered, RunningApi } from '../running-api.spec-support.js';

type Body = Readonly<Record<string, unknown>>;
type Answer = Awaited<ReturnType<RunningApi['post']>>;

/** One good report of each kind, and the fact it becomes. What the contract does not know of is kept in `extra`. */
const REPORTS: readonly [path: string, body: Body, type: string, data: Body][] = [
  [
    'churn-reasons',
    { reason: 'rate_too_high', reportedOn: '2024-06-01', by: 'O-07' },
    'churn-reason-reported',
    { reason: 'rate_too_high', reportedOn: '2024-06-01', reportedBy: 'O-07' },
  ],
  [
    'contacts',
    { contactId: 'T-1', madeOn: '2024-06-02', channel: 'visit', officerId: 'O-08', by: 'O-07' },
    'contact-made',
    { contactId: 'T-1', madeOn: '2024-06-02', channel: 'visit', officerId: 'O-08', extra: { by: 'O-07' } },
  ],
  [
    'complaints',
    { complaintId: 'K-1', raisedOn: '2024-06-03', topic: '等候时间', channel: 'phone', by: 'O-07' },
    'complaint-raised',
    { complaintId: 'K-1', raisedOn: '2024-06-03', topic: '等候时间', channel: 'phone', extra: { by: 'O-07' } },
  ],
  [
    'complaints/K-1/answer',
    { answeredOn: '2024-06-04', by: 'O-07' },
    'complaint-answered',
    { complaintId: 'K-1', answeredOn: '2024-06-04', by: 'O-07' },
  ],
  [
    'complaints/K-1/resolution',
    { resolvedOn: '2024-06-05', satisfied: false, by: 'O-07' },
    'complaint-resolved',
    { complaintId: 'K-1', resolvedOn: '2024-06-05', satisfied: false, by: 'O-07' },
  ],
  [
    'surveys',
    { surveyId: 'S-1', answeredOn: '2024-06-06', score: 4, by: 'O-07' },
    'survey-answered',
    { surveyId: 'S-1', answeredOn: '2024-06-06', score: 4, extra: { by: 'O-07' } },
  ],
  [
    'points',
    { points: -3, on: '2024-06-07', reason: 'credited twice', by: 'O-07' },
    'points-adjusted',
    { points: -3, on: '2024-06-07', reason: 'credited twice', by: 'O-07' },
  ],
  [
    'assignments',
    { officerId: 'O-09', branchId: 'B2', effectiveOn: '2024-01-10', by: 'O-07' },
    'customer-reassigned',
    { officerId: 'O-09', branchId: 'B2', effectiveOn: '2024-01-10', extra: { by: 'O-07' } },
  ],
  [
    'gifts/C2/handover',
    { handedOverOn: '2024-06-08', by: 'O-07' },
    'gift-handed-over',
    { referredId: 'C2', handedOverOn: '2024-06-08', by: 'O-07' },
  ],
];
const GOOD = new Map(REPORTS.map(([path, body]) => [path, body]));

let api: RunningApi;
let keys = 0;
beforeAll(async () => {
  api = await RunningApi.start();
  await api.worker.start();
  await api.post([registered('C1'), registered('C2'), registered('C3'), registered('C4'), disbursed('U1', 'L1')]);
});
afterAll(() => api.stop());

function newKey(): string {
  keys += 1;
  return `key-${keys}`;
}

async function report(path: string, body: Body, key = newKey()): Promise<Answer> {
  return api.http.post(`/v1/customers/${path}`).set('idempotency-key', key).send(body);
}

async function events(customerId: string): Promise<Record<string, unknown>[]> {
  return (await api.http.get(`/v1/customers/${customerId}/timeline?limit=200`)).body.items as Record<string, unknown>[];
}

async function factOf(customerId: string, factId: unknown): Promise<Record<string, unknown> | undefined> {
  return (await events(customerId)).find((event) => event['factId'] === factId);
}

async function letters(): Promise<Record<string, unknown>[]> {
  return (await api.http.get('/v1/dead-letters?limit=200')).body.items as Record<string, unknown>[];
}

function expectProblem(answer: Answer, status: number, slug: string): void {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.body).toMatchObject({ type: `/problems/${slug}`, status, title: expect.any(String) });
}

describe('what a person reports', () => {
  it.each(REPORTS)('becomes a fact of the customer: %s', async (path, body, type, data) => {
    const key = newKey();
    const answer = await report(`C1/${path}`, body, key);
    expect([answer.status, answer.body]).toEqual([201, { factId: `/retention/people#${key}`, status: 'accepted' }]);
    expect(await factOf('C1', answer.body.factId)).toMatchObject({
      type,
      data,
      origin: { door: 'http', request: answer.headers['x-request-id'], index: 0 },
    });
  });

  it.each(REPORTS)('is known when the same request comes again: %s', async (path, body) => {
    const key = newKey();
    const first = await report(`C1/${path}`, body, key);
    const before = await events('C1');
    await delay(5);
    const again = await report(`C1/${path}`, body, key);
    expect([again.status, again.body]).toEqual([200, { ...first.body, status: 'duplicate' }]);
    expect(await events('C1')).toEqual(before);
  });

  it('takes effect once when the same request comes ten times at once', async () => {
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        report('C3/points', { points: 7, on: '2024-06-01', reason: 'fair', by: 'O1' }, key),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(9).fill(200), 201]);
    await api.caughtUp();
    expect((await api.http.get('/v1/customers/C3')).body.points).toBe(7);
  });

  it('shows where it counts, with who said so', async () => {
    const { body } = await report('C4/points', { points: 12, on: '2024-06-01', reason: 'good complaint', by: 'O1' });
    await api.caughtUp();
    const ledger = (await api.http.get('/v1/customers/C4/ledger')).body.items as Body[];
    expect(ledger).toMatchObject([{ rule: 'manual', points: 12, countsOn: '2024-06-01', causes: [body.factId] }]);
  });

  it('is of the moment it was first sent, and of the one it names', async () => {
    const before = Date.now();
    const now = await report('C1/contacts', { madeOn: '2024-06-02', by: 'O-07' });
    const then = { madeOn: '2024-06-02', occurredAt: '2024-06-02T17:30:00+08:00', by: 'O-07' };
    const named = await report('C1/contacts', then);
    const madeAt = Date.parse(String((await factOf('C1', now.body.factId))?.['occurredAt']));
    expect(madeAt).toBeGreaterThanOrEqual(before);
    expect(madeAt).toBeLessThanOrEqual(Date.now());
    expect(await factOf('C1', named.body.factId)).toMatchObject({ occurredAt: '2024-06-02T09:30:00.000Z' });
  });

  it('has the key for its id where it has none of its own', async () => {
    for (const [path, field] of [
      ['contacts', 'contactId'],
      ['complaints', 'complaintId'],
      ['surveys', 'surveyId'],
    ] as const) {
      const { [field]: _, ...body } = GOOD.get(path) ?? {};
      const key = newKey();
      const answer = await report(`C1/${path}`, body, key);
      expect(await factOf('C1', answer.body.factId)).toMatchObject({ data: { [field]: key } });
    }
  });

  it('may leave out what is optional, in either way', async () => {
    const resolved = { resolvedOn: '2024-06-05', satisfied: null, occurredAt: null, by: 'O-07' };
    const { body } = await report('C1/complaints/K-2/resolution', resolved);
    expect((await factOf('C1', body.factId))?.['data']).toEqual({
      complaintId: 'K-2',
      resolvedOn: '2024-06-05',
      by: 'O-07',
    });
  });

  it('holds over what was said before about the same day, though the day is long ago', async () => {
    const effectiveOn = '2024-01-02';
    await api.post(message('customer.reassigned', 're-1', { customerId: 'C2', officerId: 'O-10', effectiveOn }));
    await report('C2/assignments', { officerId: 'O-11', effectiveOn, by: 'O-07' });
    await report('C2/assignments', { officerId: 'O-12', effectiveOn, by: 'O-07' });
    await api.caughtUp();
    expect((await api.http.get('/v1/customers/C2')).body).toMatchObject({ officerId: 'O-12', branchId: 'B1' });
  });

  it('is parked while the customer is known only by facts that wait for the registration', async () => {
    const key = newKey();
    const contact = { madeOn: '2024-06-02', by: 'O-07' };
    const answer = await report('U1/contacts', contact, key);
    expect([answer.status, answer.body.status]).toEqual([201, 'parked']);
    expect((await report('U1/contacts', contact, key)).body.status).toBe('duplicate');
    await api.post(registered('U1'));
    await api.caughtUp();
    expect((await api.http.get('/v1/customers/U1')).body.parkedFacts).toBe(0);
  });
});

describe('a key that was used for something else', () => {
  const contact = { madeOn: '2024-06-02', by: 'O-07' };
  let key: string;
  beforeAll(async () => {
    key = newKey();
    await report('C1/contacts', contact, key);
  });

  it.each<[string, string, Body]>([
    ['another day', 'C1/contacts', { ...contact, madeOn: '2024-06-03' }],
    ['another person', 'C1/contacts', { ...contact, by: 'O-08' }],
    ['another time', 'C1/contacts', { ...contact, occurredAt: '2024-06-02T17:30:00+08:00' }],
    ['another customer', 'C2/contacts', contact],
    ['another kind of report', 'C1/surveys', { answeredOn: '2024-06-02', score: 3, by: 'O-07' }],
  ])('is refused, and the first report stands: %s', async (_, path, body) => {
    const before = (await events('C1')).length;
    const answer = await report(path, body, key);
    expectProblem(answer, 409, 'conflicting-duplicate');
    expect(answer.body).toMatchObject({ factId: `/retention/people#${key}` });
    expect(await events('C1')).toHaveLength(before);
    expect((await report('C1/contacts', contact, key)).body.status).toBe('duplicate');
  });

  it('is kept as a dead letter each time', async () => {
    const kept = (await letters()).filter(({ factId }) => factId === `/retention/people#${key}`);
    expect(kept.map(({ code }) => code)).toEqual(Array<string>(5).fill('conflicting-duplicate'));
  });
});

describe('a report that breaks a rule of the contract', () => {
  it.each<[path: string, over: Body, code: string, field: string]>([
    ['churn-reasons', { reason: 'rate too high' }, 'invalid-id', 'reason'],
    ['churn-reasons', { reportedOn: '2026-02-30' }, 'invalid-date', 'reportedOn'],
    ['churn-reasons', { occurredAt: '2026-02-30T10:00:00Z' }, 'invalid-time', 'occurredAt'],
    ['churn-reasons', { occurredAt: 'yesterday' }, 'invalid-time', 'occurredAt'],
    ['contacts', { officerId: 'O 7' }, 'invalid-id', 'officerId'],
    ['contacts', { channel: '' }, 'invalid-text', 'channel'],
    ['contacts', { channel: 'a\u0000b' }, 'forbidden-character', 'channel'],
    ['contacts', { channel: '\ud83d' }, 'forbidden-character', 'channel'],
    ['complaints', { topic: 'x'.repeat(201) }, 'invalid-text', 'topic'],
    ['complaints', { complaintId: '' }, 'invalid-id', 'complaintId'],
    ['complaints/K%201/answer', { answeredOn: '2024-06-04' }, 'invalid-id', 'complaintId'],
    ['complaints/K-1/answer', { answeredOn: '04.06.2024' }, 'invalid-date', 'answeredOn'],
    ['complaints/K-1/resolution', { resolvedOn: '' }, 'invalid-date', 'resolvedOn'],
    ['surveys', { score: 6 }, 'invalid-number', 'score'],
    ['surveys', { score: 3.5 }, 'invalid-number', 'score'],
    ['points', { points: 0 }, 'invalid-number', 'points'],
    ['points', { points: 1001 }, 'invalid-number', 'points'],
    ['points', { reason: '' }, 'invalid-text', 'reason'],
    ['points', { on: '1899-12-31' }, 'invalid-date', 'on'],
    ['assignments', { officerId: null, branchId: null }, 'missing-field', 'officerId'],
    ['gifts/C%202/handover', {}, 'invalid-id', 'referredId'],
    ['gifts/C2/handover', { handedOverOn: '2024-13-01' }, 'invalid-date', 'handedOverOn'],
  ])('is refused, and the field of the request is named: %s %j', async (path, over, code, field) => {
    const good = GOOD.get(path) ?? (path.startsWith('gifts') ? { handedOverOn: '2024-06-08' } : {});
    const key = newKey();
    const answer = await report(`C1/${path}`, { ...good, by: 'O-07', ...over }, key);
    expectProblem(answer, 422, 'report-refused');
    expect(answer.body).toMatchObject({ code, field, reason: expect.stringMatching(/^\w.+\.$/) });
    expect(answer.body.reason).not.toContain('data.');
    expect(await factOf('C1', `/retention/people#${key}`)).toBeUndefined();
  });

  it('may come again corrected under the same key, and is kept as a dead letter', async () => {
    const key = newKey();
    const points = { points: 5000, on: '2024-06-07', reason: 'very loyal', by: 'O-07' };
    expect((await report('C1/points', points, key)).status).toBe(422);
    const answer = await report('C1/points', { ...points, points: 5 }, key);
    expect([answer.status, answer.body.status]).toEqual([201, 'accepted']);
    expect((await letters()).find(({ factId }) => factId === answer.body.factId)).toMatchObject({
      code: 'invalid-number',
      field: 'data.points',
      origin: { door: 'http', index: 0 },
    });
  });
});

describe('a request that is no report', () => {
  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['one with a space', 'a b'],
    ['one of 65 characters', 'k'.repeat(65)],
    ['two', 'a, b'],
  ])('because of its Idempotency-Key: %s', async (_, key) => {
    const request = api.http.post('/v1/customers/C1/contacts');
    if (key !== undefined) request.set('idempotency-key', key);
    const answer = await request.send({ madeOn: '2024-06-02', by: 'O-07' });
    expectProblem(answer, 400, 'validation-failed');
    expect(answer.body.errors).toEqual([
      { field: 'Idempotency-Key', reason: expect.stringMatching(/^Idempotency-Key is required .* 1 to 64 /) },
    ]);
  });

  it.each(REPORTS)('because it says nothing: %s', async (path) => {
    const answer = await report(`C1/${path}`, {});
    expectProblem(answer, 400, 'validation-failed');
    const errors = answer.body.errors as { field: string; reason: string }[];
    const reasons = new Map(errors.map(({ field, reason }) => [field, reason]));
    expect(reasons.get('by')).toMatch(/^by is required/);
    const days = [...reasons.keys()].filter((field) => /.On$|^on$/.test(field));
    expect(days.map((day) => reasons.get(day))).toEqual([`${String(days[0])} is required`]);
  });

  it.each<[path: string, body: Body, fields: readonly string[]]>([
    ['points', { points: '5', on: 20240607, reason: ['x'], by: 'O 7' }, ['by', 'on', 'points', 'reason']],
    ['surveys', { answeredOn: '2024-06-06', score: '4', by: 'O-07' }, ['score']],
    ['complaints/K-1/resolution', { resolvedOn: '2024-06-05', satisfied: 'yes', by: 'O-07' }, ['satisfied']],
    ['contacts', { madeOn: '2024-06-02', by: 'O-07', occurredAt: 5, mood: 'good' }, ['mood', 'occurredAt']],
    ['contacts', { madeOn: '2024-06-02', by: '王小明' }, ['by']],
    ['contacts', { madeOn: '2024-06-02', by: 'O-07', customerId: 'C2' }, ['customerId']],
  ])('because of the form of its fields, all of them named: %s %j', async (path, body, fields) => {
    const answer = await report(`C1/${path}`, body);
    expectProblem(answer, 400, 'validation-failed');
    const named = (answer.body.errors as { field: string }[]).map(({ field }) => field);
    expect([...new Set(named)].sort()).toEqual(fields);
  });

  it.each<[string, string, string, number, string]>([
    ['an array', 'application/json', '[{"madeOn":"2024-06-02","by":"O-07"}]', 400, 'validation-failed'],
    ['no JSON', 'application/json', '{"madeOn":', 400, 'malformed-json'],
    ['a string', 'application/json', '"2024-06-02"', 400, 'malformed-json'],
    ['nothing', 'application/json', '', 400, 'validation-failed'],
    ['a form', 'application/x-www-form-urlencoded', 'madeOn=2024-06-02&by=O-07', 415, 'unsupported-media-type'],
    ['a fact', 'application/cloudevents+json', '{}', 415, 'unsupported-media-type'],
    ['200 KB', 'application/json', JSON.stringify({ by: 'x'.repeat(200_000) }), 413, 'body-too-large'],
  ])('because its body is %s', async (_, type, body, status, slug) => {
    const request = api.http.post('/v1/customers/C1/contacts').set('idempotency-key', newKey());
    expectProblem(await request.set('content-type', type).send(body), status, slug);
  });

  it('because a number is too large to be one', async () => {
    const request = api.http.post('/v1/customers/C1/points').set({ 'idempotency-key': newKey() });
    const text = '{"points":1e400,"on":"2024-06-07","reason":"x","by":"O-07"}';
    const answer = await request.type('application/json').send(text);
    expect(answer.body.errors).toEqual([{ field: 'points', reason: 'points must be a number' }]);
  });

  it('because it has a parameter', async () => {
    const request = api.http.post('/v1/customers/C1/contacts?dryRun=1').set('idempotency-key', newKey());
    const answer = await request.send({ madeOn: '2024-06-02', by: 'O-07' });
    expect(answer.body.errors).toMatchObject([{ field: 'dryRun' }]);
  });
});

describe('a customer nothing is known of', () => {
  it.each(REPORTS)('is not made by a report: %s', async (path, body) => {
    const before = (await letters()).length;
    expectProblem(await report(`nobody/${path}`, body), 404, 'unknown-customer');
    expectProblem(await report(`no%20body/${path}`, body), 404, 'unknown-customer');
    expectProblem(await api.http.get('/v1/customers/nobody/timeline'), 404, 'unknown-customer');
    expect(await letters()).toHaveLength(before);
  });
});

it('nothing failed behind the answers', () => {
  expect(api.failures).toEqual([]);
});
