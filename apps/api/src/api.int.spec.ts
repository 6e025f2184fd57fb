import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { disbursed, message, registered, RunningApi, settled } from './running-api.spec-support.js';

/** 25 customers besides those of the story: enough for several pages. */
const CROWD = Array.from({ length: 25 }, (_, no) => `Z${String(no).padStart(2, '0')}`);

const overdue = message('instalment.overdue', 'ov-L1-3', {
  loanId: 'L1',
  no: 3,
  dueOn: '2024-04-15',
  asOf: '2024-04-20',
  daysPastDue: 5,
  amount: '6000.00',
});

let api: RunningApi;
beforeAll(async () => {
  api = await RunningApi.start();
  await api.worker.start();
});
afterAll(() => api.stop());

type Answer = Awaited<ReturnType<RunningApi['post']>>;

async function get(path: string): Promise<Answer> {
  return api.http.get(path);
}

function expectProblem(answer: Answer, status: number, slug: string): void {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.body).toMatchObject({ type: `/problems/${slug}`, status, title: expect.any(String) });
}

/** Every item of a list, page by page. */
async function walk(path: string, limit: number): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const joined: string = path.includes('?') ? '&' : '?';
    const answer = await get(`${path}${joined}limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(answer.status).toBe(200);
    const page = answer.body as { items: Record<string, unknown>[]; nextCursor: string | null };
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

describe('facts that come in over HTTP', () => {
  it('take effect one by one, and the answer names the fact', async () => {
    const answer = await api.http
      .post('/v1/facts')
      .type('application/cloudevents+json')
      .send(JSON.stringify(registered('C1')))
      .expect(200);
    expect(answer.body).toEqual({
      outcomes: [{ index: 0, status: 'accepted', factId: '/core#reg-C1' }],
      counts: { accepted: 1, parked: 0, duplicate: 0, 'conflicting-duplicate': 0, refused: 0 },
    });
  });

  it('take effect as a batch, and each outcome stands at the place of its fact', async () => {
    const wrong = message('loan.disbursed', 'wrong', { loanId: 'L9', customerId: 'C1', principal: 5 });
    const batch = [registered('C2', { referrerId: 'C1' }), wrong, settled('L1'), disbursed('C1', 'L1')];
    const answer = await api.http
      .post('/v1/facts')
      .type('application/cloudevents-batch+json')
      .send(JSON.stringify(batch))
      .expect(200);
    expect(answer.body).toMatchObject({
      outcomes: [
        { index: 0, status: 'accepted' },
        { index: 1, status: 'refused', code: expect.any(String), field: expect.stringMatching(/^data\./) },
        { index: 2, status: 'parked', factId: '/core#set-L1' },
        { index: 3, status: 'accepted' },
      ],
      counts: { accepted: 2, parked: 1, refused: 1 },
    });
  });

  it('take effect line by line, compressed or not', async () => {
    const lines = [disbursed('C2', 'L2'), ...CROWD.map((id) => registered(id, { branchId: 'B2' }))];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const answer = await api.http
      .post('/v1/facts')
      .set({ 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' })
      .send(gzipSync(text))
      .expect(200);
    expect(answer.body.counts.accepted).toBe(26);
    const again = await api.http.post('/v1/facts').type('application/x-ndjson').send(text).expect(200);
    expect(again.body.counts).toEqual({
      accepted: 0,
      parked: 0,
      duplicate: 26,
      'conflicting-duplicate': 0,
      refused: 0,
    });
  });

  it('are duplicates the second time, and conflicting ones when they tell another story', async () => {
    const answer = await api.post([registered('C1'), registered('C1', { branchId: 'B7' })]);
    expect(answer.body.outcomes).toMatchObject([
      { index: 0, status: 'duplicate', factId: '/core#reg-C1' },
      { index: 1, status: 'conflicting-duplicate', code: 'conflicting-duplicate', factId: '/core#reg-C1' },
    ]);
  });

  it('may be none', async () => {
    const answer = await api.post([]);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ outcomes: [], counts: { accepted: 0 } });
  });

  const loan = JSON.stringify(disbursed('C1', 'LX'));
  it.each([
    ['a broken element', '{"specversion":"1.0",', 'invalid-json'],
    ['no object', '7', 'not-an-object'],
    ['an unknown type', loan.replace('loan.disbursed', 'loan.dreamt'), 'unknown-type'],
    ['an unknown version', loan.replace('.v1', '.v9'), 'unknown-version'],
    ['wrong id characters', loan.replace('"LX"', '"L X"'), 'invalid-id'],
    ['an amount as number', loan.replace('"70000.50"', '70000.5'), 'wrong-type'],
    ['a negative principal', loan.replace('70000.50', '-1.00'), 'invalid-amount'],
    ['1e400', loan.replace('"70000.50"', '1e400'), 'wrong-type'],
    ['2026-02-30', loan.replace('2024-01-15"', '2026-02-30"'), 'invalid-date'],
    ['a missing field', loan.replace('"product":"micro",', ''), 'missing-field'],
    ['__proto__', loan.replace('"product"', '"__proto__":{"x":1},"product"'), 'forbidden-key'],
    ['\\u0000', loan.replace('micro', 'mi\\u0000cro'), 'forbidden-character'],
    ['a nesting of 20,000', loan.replace('"micro"', '['.repeat(20_000) + ']'.repeat(20_000)), 'too-deep'],
    ['a string of 9 MB', loan.replace('micro', 'x'.repeat(9_000_000)), 'too-large'],
  ])('are refused by name, with %s, and the others are not held up', async (what, bad, code) => {
    const good = JSON.stringify(registered(`G-${code}-${what.length}`));
    const answer = await api.http.post('/v1/facts').type('application/x-ndjson').send(`${bad}\n${good}\n`);
    expect(answer.status).toBe(200);
    expect(answer.body.outcomes).toMatchObject([
      { index: 0, status: 'refused', code, reason: expect.any(String) },
      { index: 1, status: 'accepted' },
    ]);
  });

  it('need the currency of their loan', async () => {
    const paid = { repaymentId: 'R1', loanId: 'L1', amount: '10.00', currency: 'USD', paidOn: '2024-02-01' };
    const answer = await api.post(message('repayment.received', 'rep-1', paid));
    expect(answer.body.outcomes).toMatchObject([{ status: 'refused', code: 'currency-mismatch' }]);
  });

  it.each([
    ['no bytes', 'application/json', '', 400, 'empty-message'],
    ['no JSON', 'application/json', 'facts', 400, 'invalid-json'],
    ['an array that is not closed', 'application/cloudevents-batch+json', '[{}', 400, 'invalid-json'],
    ['10,001 facts', 'application/json', `[${'{},'.repeat(10_000)}{}]`, 413, 'too-many-elements'],
    ['11 MB', 'application/json', ' '.repeat(11 * 1024 * 1024), 413, 'body-too-large'],
    ['another media type', 'text/csv', 'a,b', 415, 'unsupported-media-type'],
  ])('are refused as a whole with %s', async (_, type, body, status, slug) => {
    expectProblem(await api.http.post('/v1/facts').set('content-type', type).send(body), status, slug);
  });

  it('are refused as a whole when what is compressed is too large, or is not compressed at all', async () => {
    const post = (): ReturnType<typeof api.http.post> =>
      api.http.post('/v1/facts').set({ 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' });
    expectProblem(await post().send(gzipSync(Buffer.alloc(50_000_000, 0x20))), 413, 'body-too-large');
    expectProblem(await post().send(Buffer.from('[]')), 400, 'bad-request');
  });
});

describe('what followed', () => {
  beforeAll(async () => {
    await api.caughtUp();
  });

  it('shows on the customer: points of a loan, of its clean settlement and of a referral', async () => {
    const answer = await get('/v1/customers/C1');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      customerId: 'C1',
      registeredOn: '2024-01-02',
      kind: 'personal',
      branchId: 'B1',
      officerId: 'O1',
      region: null,
      industry: null,
      channel: null,
      referrerId: null,
      points: 17,
      tier: 'establishing',
      benefits: [],
      loansDisbursed: 1,
      loansActive: 0,
      state: 'retained',
      churnedOn: null,
      churnKind: null,
      churnReason: null,
      churnReasonUnknown: false,
      wonBackOn: null,
      phase: 'leaving',
      warningLevel: 'yellow',
      warningScore: 20,
      giftsOwed: 1,
      parkedFacts: 0,
      setAsideFacts: 1,
      loans: [{ loanId: 'L1', status: 'settled' }],
      churns: [],
      // 31 days before it matured.
      warningSignals: [
        { signal: 'early-repayment', weight: 20, since: '2024-12-15', facts: ['/core#set-L1', '/core#dis-L1'] },
      ],
      stale: false,
      parked: false,
    });
  });

  it('is taken back in the ledger when a late fact says so, with its cause', async () => {
    expect((await api.post(overdue)).body.counts.accepted).toBe(1);
    await api.caughtUp();
    const lines = await walk('/v1/customers/C1/ledger', 1);
    expect(lines).toMatchObject([
      { rule: 'loan-use', about: 'L1', points: 10, takenBackBecause: null, countsOn: '2024-01-15' },
      { rule: 'no-overdue', about: 'L1', points: 2, takenBackBecause: null },
      { rule: 'referral', about: 'C2', points: 5, takenBackBecause: null },
      { rule: 'no-overdue', about: 'L1', points: -2, balance: 15, takenBackBecause: 'instalment-overdue' },
    ]);
    expect(lines[3]?.['causes']).toContain('/core#ov-L1-3');
    expect((await get('/v1/customers/C1')).body.points).toBe(15);
  });

  it('stands in the timeline, every fact with its origin and every decision with its causes', async () => {
    const events = await walk('/v1/customers/C1/timeline', 3);
    expect(events.map(({ version }) => version)).toEqual(events.map((_, place) => place + 1));
    expect(events[0]).toEqual({
      version: 1,
      type: 'customer-registered',
      kind: 'fact',
      recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      factId: '/core#reg-C1',
      occurredAt: '2024-01-15T02:00:00.000Z',
      origin: { door: 'http', request: expect.stringMatching(/^[0-9a-f-]{36}$/), index: 0 },
      causes: null,
      policyVersion: null,
      data: { kind: 'personal', registeredOn: '2024-01-02', branchId: 'B1', officerId: 'O1' },
    });
    const loan = events.find(({ type }) => type === 'loan-disbursed');
    expect(loan).toMatchObject({ data: { loanId: 'L1', principal: '70000.50', currency: 'CNY' } });
    const award = events.find(({ type }) => type === 'points-awarded');
    expect(award).toMatchObject({ kind: 'decision', factId: null, origin: null, causes: ['/core#dis-L1'] });
    expect(award?.['policyVersion']).toEqual(expect.any(String));
  });

  it('adds up in the distribution of tiers, over all branches and in one', async () => {
    const all = (await get('/v1/tier-distribution')).body as { tiers: { tier: string }[] };
    const customers = await walk('/v1/customers', 200);
    expect(all.tiers.map(({ tier }) => tier)).toEqual(['none', 'establishing', 'stable', 'deepening', 'trusted']);
    expect(all).toMatchObject({ customers: customers.length, points: 25 });
    const branch = (await get('/v1/tier-distribution?branchId=B2')).body;
    expect(branch).toMatchObject({ customers: 25, points: 0, tiers: expect.any(Array) });
    expect((await get('/v1/tier-distribution?branchId=nowhere')).body).toMatchObject({ customers: 0, points: 0 });
  });

  it('adds up in the status', async () => {
    const { body } = await get('/v1/status');
    const letters = await walk('/v1/dead-letters', 7);
    const rows = await api.runtime.database.query<{ facts: string }>(
      'SELECT count(*) AS facts FROM ingestion.fact_identity',
    );
    const after = new Map([...(await api.runtime.store.head()).keys()].map((shard) => [shard, 0]));
    const { events } = await api.runtime.store.readFeed({ after, limitPerShard: 10_000, types: null });
    expect(body).toMatchObject({
      events: events.length,
      facts: { known: Number(rows.rows[0]?.facts), pending: 0, parked: 0, setAside: 1 },
      unregisteredCustomers: 0,
      points: 25,
      ledgerEntries: [
        { rule: 'loan-use', entries: 2 },
        { rule: 'no-overdue', entries: 0 },
        { rule: 'referral', entries: 1 },
        { rule: 'manual', entries: 0 },
        { rule: 'expiry', entries: 0 },
      ],
      readModels: [
        { projection: 'customers', version: 2, lagEvents: 0, lagSeconds: 0, parkedStreams: 0 },
        { projection: 'ledger', version: 2, lagEvents: 0, lagSeconds: 0, parkedStreams: 0 },
      ],
      writer: { queued: 0, conflicts: 0 },
    });
    const byCode = body.deadLetters as { letters: number }[];
    const counted = byCode.reduce((sum, { letters: ofCode }) => sum + ofCode, 0);
    expect(counted).toBe(letters.length);
    expect(letters.length).toBeGreaterThan(10);
  });
});

describe('a list', () => {
  it.each([1, 7, 200])('is walked to its end, each customer exactly once, %d at a time', async (limit) => {
    const ids = (await walk('/v1/customers', limit)).map(({ customerId }) => customerId as string);
    const { rows } = await api.runtime.database.query<{ id: string }>(
      'SELECT customer_id AS id FROM read.customer ORDER BY customer_id',
    );
    expect(ids).toEqual(rows.map(({ id }) => id));
    expect(ids).toEqual(expect.arrayContaining(CROWD));
  });

  it.each([
    ['branchId=B2', 25],
    ['branchId=B2&officerId=O1&kind=personal&tier=none', 25],
    ['branchId=B2&tier=establishing', 0],
    ['tier=establishing', 2],
    ['pointsMin=11', 1],
    ['pointsMin=-5&branchId=B2', 25],
    ['kind=corporate', 0],
    ['hasParkedFacts=true', 0],
    ['hasParkedFacts=false&branchId=B2', 25],
  ])('is narrowed by %s to %d', async (filter, count) => {
    expect(await walk(`/v1/customers?${filter}`, 10)).toHaveLength(count);
  });

  it('of dead letters is narrowed by code, without bodies; each is shown with its bytes', async () => {
    const [letter, ...others] = await walk('/v1/dead-letters?code=forbidden-key', 5);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ code: 'forbidden-key', seen: 1, origin: { door: 'http', index: 0 } });
    expect(letter).not.toHaveProperty('body');
    const shown = (await get(`/v1/dead-letters/${String(letter?.['id'])}`)).body;
    expect(shown).toEqual({
      ...letter,
      body: { text: JSON.stringify(disbursed('C1', 'LX')).replace('"product"', '"__proto__":{"x":1},"product"') },
      headers: {},
    });
    expect((await get('/v1/dead-letters')).body.items.length).toBeGreaterThan(5);
  });

  it('of dead letters counts what came again, and shows bytes that are no text in base64', async () => {
    const latin = Buffer.from(JSON.stringify(disbursed('C1', 'LX')).replace('micro', 'Müller'), 'latin1');
    for (let time = 0; time < 2; time += 1) {
      await api.http.post('/v1/facts').type('application/cloudevents+json').send(latin.toString('latin1')).expect(200);
      await api.http.post('/v1/facts').set('content-type', 'application/x-ndjson').send(latin).expect(200);
    }
    const [letter] = await walk('/v1/dead-letters?code=invalid-encoding', 5);
    expect(letter).toMatchObject({ seen: 2, bodyBytes: latin.length });
    const shown = (await get(`/v1/dead-letters/${String(letter?.['id'])}`)).body;
    expect(Buffer.from(shown.body.base64 as string, 'base64')).toEqual(latin);
  });

  it('of pending facts has those whose loan nobody has claimed', async () => {
    await api.post(Array.from({ length: 5 }, (_, no) => settled(`unclaimed-${no}`)));
    const pending = await walk('/v1/pending-facts', 2);
    expect(pending.map(({ loanId }) => loanId).sort()).toEqual([0, 1, 2, 3, 4].map((no) => `unclaimed-${no}`));
    expect(pending[0]).toMatchObject({ type: 'loan-settled', origin: { door: 'http' } });
  });
});

describe('a question that is not valid', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['limit=99999999999999999999', 'limit'],
    ['sort=points', 'sort'],
    ['sort=points;DROP TABLE read.customer', 'sort'],
    ['orderBy[]=1', 'orderBy[]'],
    ['filter[tier]=none', 'filter[tier]'],
    ['tier=golden', 'tier'],
    ['tier=none&tier=stable', 'tier'],
    ["branchId=' OR 1=1 --", 'branchId'],
    ['branchId=%00', 'branchId'],
    ['officerId=', 'officerId'],
    ['kind=robot', 'kind'],
    ['pointsMin=1.5', 'pointsMin'],
    ['pointsMin=2147483648', 'pointsMin'],
    ['hasParkedFacts=yes', 'hasParkedFacts'],
    ['state=lost', 'state'],
    ['churnKind=', 'churnKind'],
    ['reasonUnknown=1', 'reasonUnknown'],
    ['phase=constructor', 'phase'],
    ['warningLevel=Red', 'warningLevel'],
    ['cursor=', 'cursor'],
    ['cursor=abc', 'cursor'],
    ['cursor=%F0%9F%92%A5', 'cursor'],
  ])('is refused, and the field and the reason are named: %s', async (query, field) => {
    const answer = await get(`/v1/customers?${query}`);
    expectProblem(answer, 400, 'validation-failed');
    expect(answer.body.errors).toEqual([{ field, reason: expect.stringMatching(/./) }]);
  });

  it('has a parameter where there is none', async () => {
    for (const path of ['/v1/status', '/v1/customers/C1', '/v1/dead-letters/1', '/v1/tier-distribution']) {
      const answer = await get(`${path}?verbose=1`);
      expectProblem(answer, 400, 'validation-failed');
      expect(answer.body.errors).toMatchObject([{ field: 'verbose' }]);
    }
  });

  it('has a cursor that was tampered with, or is of another list', async () => {
    const cursor = (await get('/v1/customers?limit=1')).body.nextCursor as string;
    const ledger = (await get('/v1/customers/C1/ledger?limit=1')).body.nextCursor as string;
    const forged = [
      cursor.slice(0, -2),
      `${cursor}A`,
      `${cursor}=`,
      ledger,
      ...[null, 7, "' OR 1=1 --", '\u0000', ['C1'], { length: 1 }].map((after) =>
        Buffer.from(JSON.stringify({ list: 'customers', after })).toString('base64url'),
      ),
      Buffer.from('{"after":"C1","list":"customers"}').toString('base64url'),
      Buffer.from('null').toString('base64url'),
      'A'.repeat(5000),
    ];
    for (const one of forged) {
      expectProblem(await get(`/v1/customers?cursor=${encodeURIComponent(one)}`), 400, 'validation-failed');
    }
    expectProblem(await get(`/v1/customers/C2/ledger?cursor=${ledger}`), 400, 'validation-failed');
    expectProblem(await get(`/v1/customers/C1/timeline?cursor=${ledger}`), 400, 'validation-failed');
    expectProblem(await get(`/v1/dead-letters?cursor=${cursor}`), 400, 'validation-failed');
    expectProblem(await get(`/v1/pending-facts?cursor=${cursor}`), 400, 'validation-failed');
  });
});

describe('a customer nobody knows', () => {
  const odd = ['__proto__', 'constructor', 'C1%00', 'C1%20', "C1'--", '%2e%2e%2fC1', '客户', 'x'.repeat(65), 'nobody'];

  it.each(odd.flatMap((id) => ['', '/ledger', '/timeline'].map((rest) => `/v1/customers/${id}${rest}`)))(
    'is a problem of its own: %s',
    async (path) => {
      expectProblem(await get(encodeURI(path).replaceAll('%25', '%')), 404, 'unknown-customer');
    },
  );

  it('may have the name of a property, like any other', async () => {
    await api.post([registered('__proto__'), disbursed('__proto__', 'constructor')]);
    await api.caughtUp();
    const { body } = await get('/v1/customers/__proto__');
    expect(body).toMatchObject({ customerId: '__proto__', points: 10 });
    expect(body.loans).toEqual([{ loanId: 'constructor', status: 'active' }]);
    expect((await walk('/v1/customers/__proto__/ledger', 1))[0]).toMatchObject({ about: 'constructor', points: 10 });
  });

  it.each(['0', '-1', '1e3', '99999999999999999999', 'one', '%00', '__proto__'])(
    'is no dead letter either: %s',
    async (id) => {
      expectProblem(await get(`/v1/dead-letters/${id}`), 404, 'unknown-dead-letter');
    },
  );

  it.each(['/v1', '/v2/customers', '/customers', '/v1/customers/C1/secrets', '/nowhere'])(
    'is not where no route leads: %s',
    async (path) => {
      expectProblem(await get(path), 404, 'not-found');
    },
  );
});

describe('a customer whose read model stands still', () => {
  it('is shown as stale, with the reason and without what the database said', async () => {
    await api.runtime.database.query(
      `INSERT INTO projection.parked_stream (projection, projection_version, stream_id, shard, position, error)
       VALUES ('customers', 2, 'customer-C2', 0, 1, 'RangeError: 13800000000'),
         ('customers', 99, 'customer-C1', 0, 1, 'of a version nobody serves')`,
    );
    const { body, text } = await get('/v1/customers/C2');
    expect(body).toMatchObject({ customerId: 'C2', stale: true, staleBecause: expect.stringMatching(/"customers"/) });
    expect(text).not.toContain('13800000000');
    expect((await get('/v1/customers/C1')).body.stale).toBe(false);
    const ready = (await get('/health/ready')).body;
    expect(ready.checks['read-models']).toMatchObject({ status: 'up' });
    expect(ready.checks['read-models'].readModels[0]).toMatchObject({ projection: 'customers', parkedStreams: 1 });
  });
});

it('nothing failed behind the answers', () => {
  expect(api.failures).toEqual([]);
});
