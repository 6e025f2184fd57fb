import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, toSnapshot } from '@retention/customer';
import type { AppendBatch, ConsumerAdvance, EventStore } from '@retention/event-store';
import { dueCustomerCount } from '../deadlines.js';
import type { Origin } from '../message.js';
import { damage, heal } from '../operations/damage.spec-support.js';
import { retryParkedCustomer } from '../operations/retry-parked-customer.js';
import { deadLetters, keptLettersOf, parkedCustomer, pendingFactCount } from '../queries.js';
import { reportedFact } from '../reported-fact.js';
import { contacted, dayClosed, disbursed, factId, registered, repaid } from './lender-lines.spec-support.js';
import { FactWriter } from './fact-writer.js';
import {
  eventsOf,
  factIdsOf,
  openIngestionForSpec,
  reader,
  stateOf,
  statuses,
} from './writer-for-spec.spec-support.js';
import type { IngestionForSpec, WriterForSpec } from './writer-for-spec.spec-support.js';

let ingestion: IngestionForSpec;
let one: WriterForSpec;

beforeAll(async () => {
  ingestion = await openIngestionForSpec();
});
beforeEach(async () => {
  // Nothing in memory: whoever is damaged is met as such.
  one = await ingestion.open();
});
afterAll(() => ingestion.close());

const NOTE = { by: 'spec', because: 'the stream was put right' };
const KEPT = { status: 'refused', code: 'customer-cannot-be-decided', field: null };

const parked = (customerId: string) => parkedCustomer(ingestion.database, customerId);
const keptIds = async (customerId: string) =>
  (await keptLettersOf(ingestion.database, customerId, 1000)).map((letter) => letter.factId);
const takeBack = (customerId: string) =>
  retryParkedCustomer(one.writer, ingestion.database, customerId, NOTE, { dryRun: false });

async function damaged(customerId: string): Promise<void> {
  await one.submit([registered(customerId)]);
  await damage(ingestion, customerId);
  one = await ingestion.open();
}

/** Folds, and cannot be decided. */
async function undecidable(customerId: string): Promise<void> {
  await one.submit([registered(customerId)]);
  const state = await stateOf(ingestion.store, customerId);
  state.balances.set('no balance', null as never);
  await damage(ingestion, customerId, toSnapshot(state));
  one = await ingestion.open();
}

describe.each([
  ['whose stream cannot be folded', 'A', damaged],
  ['the product fails on', 'B', undecidable],
])('a customer %s', (_, name, spoil) => {
  const poison = `${name}-poison`;
  const others = Array.from({ length: 200 }, (__, no) => `${name}-${no}`);

  it('is parked, and the others in the batch are taken in with the offset', async () => {
    await spoil(poison);
    const lines = others.flatMap((customerId) => [registered(customerId), contacted(customerId, 1)]);
    lines.splice(201, 0, contacted(poison, 1));
    const advance: ConsumerAdvance = { consumer: 'kafka:p', source: `${name}-0`, expected: null, next: lines.length };
    const outcomes = await one.submit(lines, [advance]);
    expect(outcomes[201]).toMatchObject({ ...KEPT, factId: factId(`contacted-${poison}-1`) });
    expect(statuses(outcomes).filter((status) => status === 'accepted')).toHaveLength(400);
    expect((await ingestion.store.offsets('kafka:p')).get(`${name}-0`)).toBe(401);
    expect(one.writer.statistics().batches).toBe(1);
    for (const customerId of [others[0]!, others[100]!, others[199]!]) {
      expect(await factIdsOf(ingestion.store, customerId)).toHaveLength(2);
    }
    expect(await factIdsOf(ingestion.store, poison)).toHaveLength(1);
  });

  it('is shown with the error, the fact and where it came from', async () => {
    const customer = (await parked(poison))!;
    expect(customer).toMatchObject({ failures: 1, factId: factId(`contacted-${poison}-1`), letters: 1 });
    expect(customer.origin).toMatchObject({ door: 'file', line: expect.any(Number) });
    expect(customer.error).toMatch(/^(SyntaxError|TypeError): /);
  });

  it('has further facts kept behind the first, by every writer and after a restart, and is not tried', async () => {
    expect(await one.submit([contacted(poison, 2), contacted(others[0]!, 2)])).toMatchObject([
      KEPT,
      { status: 'accepted' },
    ]);
    const restarted = await ingestion.open();
    expect(await restarted.submit([contacted(poison, 3)])).toMatchObject([KEPT]);
    expect(await keptIds(poison)).toEqual([1, 2, 3].map((no) => factId(`contacted-${poison}-${no}`)));
    expect((await parked(poison))!.failures).toBe(1);
  });

  it('leaves no identity: the same fact again is kept once, and counted', async () => {
    expect(await one.submit([contacted(poison, 3)])).toMatchObject([KEPT]);
    const letters = await keptLettersOf(ingestion.database, poison, 1000);
    expect(letters.map(({ seen }) => seen)).toEqual([1, 1, 2]);
  });

  it('is taken back when it can be decided: nothing lost, nothing doubled, in order', async () => {
    await heal(ingestion.database, poison);
    const retried = await takeBack(poison);
    expect(retried).toMatchObject({ isDecided: true, error: null });
    expect(statuses(retried.letters.map(({ outcome }) => outcome))).toEqual(['accepted', 'accepted', 'accepted']);
    const contacts = [1, 2, 3].map((no) => factId(`contacted-${poison}-${no}`));
    expect(await factIdsOf(ingestion.store, poison)).toEqual([factId(`registered-${poison}`), ...contacts]);
    expect(await parked(poison)).toBeNull();
    expect(await keptIds(poison)).toEqual([]);
    const again = [contacted(poison, 1), contacted(poison, 4)];
    expect(statuses(await one.submit(again))).toEqual(['duplicate', 'accepted']);
  });
});

describe('what is kept', () => {
  it('is kept in the order in which it came, also within a batch', async () => {
    await damaged('C1');
    const order = Array.from({ length: 40 }, (_, no) => (no * 17) % 40);
    await one.submit(order.map((no) => contacted('C1', no)));
    expect(await keptIds('C1')).toEqual(order.map((no) => factId(`contacted-C1-${no}`)));
  });

  it('is a fact of the product itself, when it came in no message', async () => {
    await damaged('C2');
    const origin: Origin = { door: 'reactor', reactor: 'referral', stream: 'customer-X', version: 3 };
    const report = (revision: number) =>
      reportedFact({ source: '/retention/referral', id: `X@${revision}`, origin }, 'C2', {
        ...{ type: 'referral-reported', occurredAt: 0, referredId: 'X', revision, loanId: null, on: null },
      });
    const items = [report(3), report(4)];
    expect(await one.writer.submit({ items, advances: [] })).toMatchObject([KEPT, KEPT]);
    await heal(ingestion.database, 'C2');
    expect((await takeBack('C2')).letters.map(({ outcome }) => outcome.status)).toEqual(['accepted', 'accepted']);
    const reports = (await eventsOf(ingestion.store, 'C2')).filter(({ type }) => type === 'referral-reported');
    expect(reports.map((event) => JSON.parse(event.origin ?? '{}') as unknown)).toEqual([origin, origin]);
  });

  it('is one letter a fact, though in binary mode two facts have the same bytes', async () => {
    await damaged('C3');
    const {
      id: _,
      source: __,
      type,
      time,
      specversion,
      data,
    } = JSON.parse(contacted('C3', 1)) as Record<string, string>;
    const items = ['one', 'other'].map((id, index) => ({
      kind: 'message' as const,
      bytes: Buffer.from(JSON.stringify(data)),
      headers: {
        ...{ ce_specversion: specversion, ce_type: type, ce_source: '/lender', ce_time: time, ce_id: id },
        'content-type': 'application/json',
      },
      origin: { door: 'kafka' as const, topic: 't', partition: 0, offset: String(index) },
    }));
    expect(await one.writer.submit({ items, advances: [] })).toMatchObject([KEPT, KEPT]);
    expect(await keptIds('C3')).toEqual(['/lender#one', '/lender#other']);
    await heal(ingestion.database, 'C3');
    await takeBack('C3');
    expect((await factIdsOf(ingestion.store, 'C3')).slice(1)).toEqual(['/lender#one', '/lender#other']);
  });

  it('is whose loan it is: what names only the loan is kept behind the claim', async () => {
    await damaged('C4');
    await one.submit([registered('C5')]);
    expect(await one.submit([repaid('C4-L', 1)])).toMatchObject([{ status: 'parked' }]);
    expect(await one.submit([contacted('C4', 1)])).toMatchObject([KEPT]);
    expect(await one.submit([disbursed('C4-L', 'C4'), repaid('C4-L', 2)])).toMatchObject([KEPT, KEPT]);
    expect(await one.submit([disbursed('C4-L', 'C5')])).toMatchObject([{ code: 'loan-of-another-customer' }]);
    // What waited before stays where it is, and nobody looks at it again and again.
    const waiting = await pendingFactCount(ingestion.database);
    expect(await one.writer.sweepPending()).toBe(0);
    expect(await pendingFactCount(ingestion.database)).toBe(waiting);
    await heal(ingestion.database, 'C4');
    await takeBack('C4');
    await one.writer.drain();
    expect(await pendingFactCount(ingestion.database)).toBe(waiting - 1);
    expect((await factIdsOf(ingestion.store, 'C4')).slice(1)).toEqual([
      ...[factId('contacted-C4-1'), factId('disbursed-C4-L-C4'), factId('repaid-C4-L-2'), factId('repaid-C4-L-1')],
    ]);
  });
});

describe('facts that leave the waiting room', () => {
  it('stay in it when their customer cannot be decided', async () => {
    await undecidable('D1');
    await one.submit([repaid('D1-L', 1)]);
    await one.writer.drain();
    const waiting = await pendingFactCount(ingestion.database);
    // Claimed behind the writer's back, as a crash between two batches leaves it.
    await ingestion.database.query("INSERT INTO ingestion.loan_owner VALUES ('D1-L', 'D1')");
    expect(await one.writer.sweepPending()).toBe(1);
    await one.writer.drain();
    expect(await pendingFactCount(ingestion.database)).toBe(waiting);
    expect(await parked('D1')).toMatchObject({ failures: 1, letters: 0 });
    await heal(ingestion.database, 'D1');
    expect(await takeBack('D1')).toMatchObject({ isDecided: true, letters: [] });
    await one.writer.drain();
    expect(await factIdsOf(ingestion.store, 'D1')).toEqual([factId('registered-D1'), factId('repaid-D1-L-1')]);
  });
});

describe('a day that is due', () => {
  it('parks who cannot be decided, once, and is over for everybody else', async () => {
    const customers = ['E1', 'E2', 'E3'];
    await one.submit(
      customers.flatMap((customerId) => [registered(customerId), disbursed(`${customerId}-L`, customerId)]),
    );
    await damage(ingestion, 'E2');
    one = await ingestion.open();
    await one.submit([dayClosed('2036-01-31')]);
    const decideAllDue = async (): Promise<number> => {
      for (let rounds = 0; ; rounds += 1) if (rounds === 20 || (await one.writer.decideDue()) === 0) return rounds;
    };
    const rounds = await decideAllDue();
    expect(rounds).toBeGreaterThan(0);
    expect(rounds).toBeLessThan(20);
    expect(await dueCustomerCount(ingestion.database)).toBe(0);
    expect(await parked('E2')).toMatchObject({ failures: 1, factId: null, origin: null, letters: 0 });
    // Not even new policies make them due.
    const policy = { ...DEFAULT_POLICY, version: 'second', validFrom: '2036-06-01' };
    await one.writer.publishPolicy({ policy, author: 'head', reason: 'to see' });
    expect(await decideAllDue()).toBeLessThan(20);
    expect(await parked('E2')).toMatchObject({ failures: 1 });
    await heal(ingestion.database, 'E2');
    await takeBack('E2');
    // Decided as a whole with it: the day is over for them as it is for the others.
    const held = async (customerId: string) => (await stateOf(ingestion.store, customerId)).held;
    expect((await held('E2')).phase).toBe((await held('E1')).phase);
    expect((await held('E2')).churns.size).toBe((await held('E1')).churns.size);
    expect(await one.writer.decideDue()).toBe(0);
  });
});

it('a writer remembers nothing of a customer on whom it has failed', async () => {
  await undecidable('J1');
  expect(await one.submit([contacted('J1', 1)])).toMatchObject([KEPT]);
  await heal(ingestion.database, 'J1');
  expect(await takeBack('J1')).toMatchObject({ isDecided: true, letters: [{ outcome: { status: 'accepted' } }] });
  // A state that had moved on would be found out by the version its events are appended at.
  expect(one.writer.statistics().conflicts).toBe(0);
});

describe('two writers', () => {
  it('park the same customer once', async () => {
    await damaged('F1');
    const other = await ingestion.open();
    const outcomes = await Promise.all([one.submit([contacted('F1', 1)]), other.submit([contacted('F1', 2)])]);
    expect(outcomes.flat()).toMatchObject([KEPT, KEPT]);
    expect(await parked('F1')).toMatchObject({ failures: 1, letters: 2 });
  });

  it('let nothing in behind what the other has kept', async () => {
    await one.submit([registered('F2'), contacted('F2', 1)]);
    const other = await ingestion.open();
    await damage(ingestion, 'F2');
    // The first has the customer in memory and could decide; the second parks them.
    expect(await other.submit([contacted('F2', 2)])).toMatchObject([KEPT]);
    expect(await one.submit([contacted('F2', 3)])).toMatchObject([KEPT]);
    expect(await keptIds('F2')).toEqual([factId('contacted-F2-2'), factId('contacted-F2-3')]);
  });

  it('do not park whom the other has moved and put right meanwhile', async () => {
    await undecidable('F4');
    const other = await ingestion.open();
    let isFirst = true;
    const store = Object.assign(Object.create(one.store) as EventStore, {
      append: async (batch: AppendBatch): Promise<void> => {
        if (isFirst) {
          isFirst = false;
          await heal(ingestion.database, 'F4');
          await other.submit([contacted('F4', 1)]);
        }
        await one.store.append(batch);
      },
    });
    const slow = new FactWriter({ store, database: ingestion.database, reader, batchFacts: 10, cacheCustomers: 10 });
    const origin: Origin = { door: 'file', file: 'f', line: 1 };
    const item = { kind: 'message' as const, bytes: Buffer.from(contacted('F4', 2)), origin };
    expect(statuses(await slow.submit({ items: [item], advances: [] }))).toEqual(['accepted']);
    expect(await parked('F4')).toBeNull();
    expect((await factIdsOf(ingestion.store, 'F4')).slice(1)).toEqual([
      ...[factId('contacted-F4-1'), factId('contacted-F4-2')],
    ]);
  });

  it('keep nothing behind a customer whom the other takes back', async () => {
    await damaged('F3');
    await one.submit([contacted('F3', 0)]);
    await heal(ingestion.database, 'F3');
    const other = await ingestion.open();
    await other.submit([contacted('F3', 1)]);
    const lines = Array.from({ length: 30 }, (_, no) => contacted('F3', no + 2));
    const [retried] = await Promise.all([takeBack('F3'), ...lines.map((text) => other.submit([text]))]);
    expect(retried.isDecided).toBe(true);
    expect(await keptIds('F3')).toEqual([]);
    const contacts = Array.from({ length: 32 }, (_, no) => factId(`contacted-F3-${no}`));
    expect((await factIdsOf(ingestion.store, 'F3')).slice(1)).toEqual(contacts);
  });
});

describe('a fault that is nobody’s', () => {
  it('parks nobody: the policies cannot be read', async () => {
    await one.submit([registered('G1')]);
    const blind = await ingestion.open();
    await ingestion.database.query('ALTER TABLE ingestion.governing RENAME TO away');
    try {
      await expect(blind.submit([contacted('G1', 1)])).rejects.toThrow(/governing/);
    } finally {
      await ingestion.database.query('ALTER TABLE ingestion.away RENAME TO governing');
    }
    expect(await parked('G1')).toBeNull();
    expect(statuses(await blind.submit([contacted('G1', 1)]))).toEqual(['accepted']);
  });

  it('parks nobody when not one of a hundred can be decided', async () => {
    const many = Array.from({ length: 100 }, (_, no) => `H-${no}`);
    await one.submit(many.map((customerId) => registered(customerId)));
    await Promise.all(many.map((customerId) => damage(ingestion, customerId)));
    one = await ingestion.open();
    const lines = many.map((customerId) => contacted(customerId, 1));
    await expect(one.submit(lines)).rejects.toThrow(/none of 100 customers/);
    expect(await parked('H-0')).toBeNull();
    await Promise.all(many.map((customerId) => heal(ingestion.database, customerId)));
    expect(new Set(statuses(await one.submit(lines)))).toEqual(new Set(['accepted']));
  });
});

it('a message the product fails on reading is kept, and the next is taken in', async () => {
  const { writer } = one;
  const headers = new Proxy(
    {},
    {
      ownKeys: () => [],
      get: () => {
        throw new Error('no headers');
      },
    },
  ) as Record<string, string>;
  const origin: Origin = { door: 'http', request: 'r', index: 0 };
  const message = (text: string, given = {}) => ({
    kind: 'message' as const,
    bytes: Buffer.from(text),
    headers: given,
    origin,
  });
  const outcomes = await writer.submit({
    items: [message('{"unreadable":1}', headers), message(registered('I1'))],
    advances: [],
  });
  expect(outcomes).toMatchObject([{ status: 'refused', code: 'message-cannot-be-read' }, { status: 'accepted' }]);
  const page = { afterId: null, limit: 10, code: 'message-cannot-be-read', state: 'open' } as const;
  expect(await deadLetters(ingestion.database, page)).toMatchObject([
    { reason: expect.stringContaining('no headers') },
  ]);
});
