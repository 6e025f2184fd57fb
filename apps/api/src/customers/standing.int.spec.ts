import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '@retention/customer';
import { dayClosed, disbursed, message, registered, RunningApi, settled } from '../running-api.spec-support.js';

type Body = Readonly<Record<string, unknown>>;

const overdue = message('instalment.overdue', 'ov-LN', {
  loanId: 'LN',
  no: 3,
  dueOn: '2024-04-15',
  asOf: '2024-06-01',
  daysPastDue: 47,
  amount: '6000.00',
});
const complained = message('complaint.raised', 'com-W', {
  customerId: 'W',
  complaintId: 'K1',
  raisedOn: '2025-01-06',
});
const resolved = message('complaint.resolved', 'res-W', {
  customerId: 'W',
  complaintId: 'K1',
  resolvedOn: '2025-03-17',
});
const deposit = (month: string, averageDeposit: string): Body =>
  message('balance.observed', `bal-${month}`, {
    customerId: 'W',
    from: `2024-${month}-01`,
    to: `2024-${month}-30`,
    currency: 'CNY',
    averageDeposit,
  });
const lentAgain = message('loan.disbursed', 'dis-LB', {
  loanId: 'LB',
  customerId: 'A',
  product: 'micro',
  principal: '70000.50',
  currency: 'CNY',
  disbursedOn: '2025-05-02',
  maturesOn: '2026-05-02',
});

let api: RunningApi;
/** A leaves for no reason anybody sees, N after long arrears, W is about to; A was brought by W; P never had a loan. */
beforeAll(async () => {
  api = await RunningApi.start();
  await api.worker.start();
  await say(
    registered('P'),
    registered('W'),
    registered('N'),
    registered('A', { referrerId: 'W' }),
    ...[disbursed('A', 'LA'), settled('LA'), disbursed('N', 'LN'), overdue, settled('LN'), disbursed('W', 'LW')],
    ...[complained, deposit('11', '1000.00'), deposit('10', '900.00')],
  );
});
afterAll(() => api.stop());

async function say(...messages: readonly Body[]): Promise<void> {
  const { body } = await api.post(messages);
  expect(body.counts).toMatchObject({ accepted: messages.length });
  await api.caughtUp();
}

async function get(path: string): Promise<Body> {
  const { status, body } = await api.http.get(path);
  expect(status).toBe(200);
  return body as Body;
}

async function found(filter: string): Promise<string[]> {
  const { items } = (await get(`/v1/customers?${filter}`)) as { items: { customerId: string }[] };
  return items.map(({ customerId }) => customerId);
}

async function decisions(customerId: string, type: string): Promise<unknown[]> {
  const { items } = (await get(`/v1/customers/${customerId}/timeline?limit=200`)) as { items: Body[] };
  return items.filter((event) => event['type'] === type).map(({ data }) => data);
}

describe('while no day is closed', () => {
  it('the status says that none is, and everybody who had a loan is retained', async () => {
    expect(await get('/v1/status')).toMatchObject({
      closedDay: null,
      customersDue: 0,
      standing: {
        states: [
          { state: 'none', customers: 1 },
          { state: 'retained', customers: 3 },
          { state: 'churned', customers: 0 },
        ],
        churnKinds: [
          { kind: 'normal', customers: 0 },
          { kind: 'abnormal', customers: 0 },
        ],
        reasonsUnknown: 0,
      },
    });
    expect(await found('state=none')).toEqual(['P']);
    expect(await found('phase=leaving')).toEqual(['A', 'N']);
  });
});

describe('a customer who is gone once the grace has passed', () => {
  it('shows as churned, with the kind', async () => {
    // 90 days of grace after the settlement of 2024-12-15.
    await say(dayClosed('2025-03-15'));
    expect(await found('state=churned')).toEqual([]);
    await say(dayClosed('2025-03-16'));
    const { churns, warningSignals, ...line } = await get('/v1/customers/A');
    expect(line).toMatchObject({
      state: 'churned',
      churnedOn: '2025-03-16',
      churnKind: 'abnormal',
      churnReason: null,
      churnReasonUnknown: false,
      wonBackOn: null,
      phase: 'gone',
      warningLevel: 'green',
      warningScore: 0,
    });
    expect(warningSignals).toEqual([]);
    expect(churns).toEqual([
      { churnedOn: '2025-03-16', kind: 'abnormal', reason: null, reasonUnknown: false, wonBackOn: null },
    ]);
    expect(await get('/v1/customers/N')).toMatchObject({ state: 'churned', churnKind: 'normal' });
  });

  it('is found by the kind, and by the reason that is past due', async () => {
    expect(await found('state=churned&churnKind=abnormal')).toEqual(['A']);
    expect(await found('churnKind=normal')).toEqual(['N']);
    expect(await found('reasonUnknown=true')).toEqual([]);
    await say(dayClosed('2025-04-15'));
    expect(await found('reasonUnknown=true')).toEqual(['A']);
    expect(await found('reasonUnknown=false')).toEqual(['N', 'P', 'W']);
    expect(await get('/v1/status')).toMatchObject({
      closedDay: '2025-04-15',
      customersDue: 0,
      standing: {
        states: [{ customers: 1 }, { customers: 1 }, { state: 'churned', customers: 2 }],
        churnKinds: [{ customers: 1 }, { customers: 1 }],
        reasonsUnknown: 1,
      },
    });
  });

  it('has the reason somebody reported, and keeps the churn after coming back', async () => {
    const reason = { customerId: 'A', reason: 'competitor', reportedOn: '2025-04-20' };
    await say(message('churn-reason.reported', 'why-A', reason));
    expect(await get('/v1/customers/A')).toMatchObject({ churnReason: 'competitor', churnReasonUnknown: false });
    await say(lentAgain);
    expect(await get('/v1/customers/A')).toMatchObject({
      state: 'retained',
      phase: 'returned',
      churnedOn: '2025-03-16',
      churnReason: 'competitor',
      wonBackOn: '2025-05-02',
      churns: [{ churnedOn: '2025-03-16', kind: 'abnormal', reason: 'competitor', wonBackOn: '2025-05-02' }],
    });
    expect(await found('churnKind=abnormal')).toEqual(['A']);
    expect(await found('churnKind=abnormal&state=churned')).toEqual([]);
  });
});

describe('a customer who is about to leave', () => {
  it('has a warning that names its signals and the facts behind them', async () => {
    await say(deposit('12', '500.00'));
    expect(await get('/v1/customers/W')).toMatchObject({
      state: 'retained',
      phase: 'wavering',
      warningLevel: 'orange',
      warningScore: 60,
      warningSignals: [
        { signal: 'balance-fall', weight: 30, since: '2024-12-30', facts: ['/core#bal-12', '/core#bal-11'] },
        { signal: 'complaint-overdue', weight: 20, since: '2025-01-14', facts: ['/core#com-W'] },
        { signal: 'no-contact', weight: 10, since: '2024-07-16', facts: ['/core#dis-LW'] },
      ],
    });
    expect(await found('warningLevel=orange')).toEqual(['W']);
    expect(await found('phase=wavering&warningLevel=red')).toEqual([]);
  });

  it('is warned of no more than what is left', async () => {
    await say(resolved, message('contact.made', 'con-W', { customerId: 'W', contactId: 'T1', madeOn: '2025-03-20' }));
    expect(await get('/v1/customers/W')).toMatchObject({
      phase: 'initial',
      warningLevel: 'yellow',
      warningScore: 30,
      warningSignals: [{ signal: 'balance-fall' }],
    });
  });
});

describe('the amounts of decisions', () => {
  it('are decimal strings with their currency in the timeline', async () => {
    expect(await get('/v1/customers/W')).toMatchObject({ giftsOwed: 1 });
    expect(await decisions('W', 'gift-status-changed')).toEqual([
      { referredId: 'A', from: null, status: 'owed', on: '2024-01-15', worth: '100.00', currency: 'CNY' },
    ]);
    expect(await decisions('W', 'large-movement-observed')).toEqual([
      {
        observation: '2024-12-01/2024-12-30/CNY',
        from: '2024-12-01',
        to: '2024-12-30',
        currency: 'CNY',
        before: '1000.00',
        after: '500.00',
        heldBy: { branchId: 'B1', officerId: 'O1' },
      },
    ]);
  });
});

describe('the ledger under a policy with a cap, and with points that expire', () => {
  it('says what the cap left, what has expired, and who gave points by hand', async () => {
    const points = { customerId: 'N', points: 3, on: '2025-02-01', by: 'O-07', reason: 'goodwill' };
    await say(message('points.adjusted', 'adj-N', points));
    const capped = { ...DEFAULT_POLICY.points, cap: { per: 'year', points: 8 }, expiryMonths: 12 } as const;
    const policy = { ...DEFAULT_POLICY, version: 'strict-2', effectiveFrom: '2024-01-01', points: capped };
    await api.runtime.writer.publishPolicy({ policy, author: 'O-01', reason: 'a test' });
    await api.caughtUp();
    const { items } = (await get('/v1/customers/N/ledger')) as { items: Body[] };
    const nothing = { uncapped: null, givenBy: null, givenBecause: null, lots: null };
    expect(items).toMatchObject([
      { ...nothing, rule: 'loan-use', points: 10, balance: 10 },
      { ...nothing, rule: 'manual', points: 3, balance: 13, givenBy: 'O-07', givenBecause: 'goodwill' },
      { ...nothing, rule: 'loan-use', points: -10, balance: 3, takenBackBecause: 'entry-changed' },
      { ...nothing, rule: 'loan-use', points: 8, balance: 11, uncapped: 10, policyVersion: 'strict-2' },
      { rule: 'expiry', about: '2025-01-15', points: -8, balance: 3, countsOn: '2025-01-15', givenBy: null },
    ]);
    expect(items.at(-1)).toMatchObject({ uncapped: null, lots: [{ entry: 'loan-use:LN', points: 8 }] });
    const { ledgerEntries } = (await get('/v1/status')) as { ledgerEntries: { rule: string; entries: number }[] };
    expect(ledgerEntries.find(({ rule }) => rule === 'expiry')?.entries).toBeGreaterThan(0);
  });
});

describe('a customer as of a day', () => {
  it('is shown as the facts up to it say, with churn by all four definitions side by side', async () => {
    const before = await get('/v1/customers/A/standing?on=1999-12-31');
    expect(before).toMatchObject({
      on: '1999-12-31',
      registeredOn: null,
      state: 'none',
      phase: 'prospect',
      churns: [],
    });
    const today = await get('/v1/customers/A');
    const gone = (today['churns'] as { churnedOn: string; kind: string }[])[0];
    const standing = await get(`/v1/customers/A/standing?on=${gone?.churnedOn ?? ''}`);
    expect(standing).toMatchObject({
      state: 'churned',
      phase: 'gone',
      churns: [{ churnedOn: gone?.churnedOn }],
      outlook: null,
    });
    const definitions = standing['definitions'] as { definition: string; churnedOn: string | null }[];
    expect(definitions.map(({ definition }) => definition)).toEqual(['grace', 'inactivity', 'reborrow', 'model']);
    expect(definitions[0]).toEqual({ definition: 'grace', churnedOn: gone?.churnedOn });
  });

  it('is refused for no day of the calendar, and unknown when nobody is', async () => {
    for (const on of ['', '?on=2024-02-30', '?on=now']) {
      const { status, body } = await api.http.get(`/v1/customers/A/standing${on}`);
      expect([status, JSON.stringify(body)]).toEqual([
        400,
        expect.stringContaining('on must be a day of the calendar'),
      ]);
    }
    expect((await api.http.get('/v1/customers/nobody/standing?on=2024-01-31')).status).toBe(404);
  });
});

it('nothing failed behind the answers', () => {
  expect(api.failures).toEqual([]);
});
