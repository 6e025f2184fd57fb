import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalState } from '@retention/customer';
import type { CustomerState } from '@retention/customer';
import { fold, streamOf } from '@retention/ingestion';
import { loadConfig } from '@retention/platform';
import type { FeedFollower } from '@retention/projections';
import { REFERRAL_REACTOR, referralReactor } from '@retention/reactors';
import { openRuntime } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { createDatabaseForSpec, storeVariables } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { feedLines, openProduct } from '../support/product.js';

let database: SpecDatabase;
let product: Runtime;
/** The same product in another process. */
let elsewhere: Runtime;

beforeAll(async () => {
  database = await createDatabaseForSpec();
  product = await openProduct(database.url);
  elsewhere = await openProduct(database.url);
});
afterAll(async () => {
  await product.close();
  await elsewhere.close();
  await database.drop();
});

function line(type: string, id: string, data: Readonly<Record<string, unknown>>, on = '2022-03-01'): string {
  const envelope = {
    specversion: '1.0',
    id,
    source: '/lender',
    type: `lending.${type}.v1`,
    time: `${on}T12:00:00+08:00`,
  };
  return JSON.stringify({ ...envelope, data });
}

const registered = (customerId: string, referrerId?: string): string =>
  line('customer.registered', `registered-${customerId}`, {
    customerId,
    kind: 'personal',
    registeredOn: '2022-01-01',
    ...(referrerId === undefined ? {} : { referrerId }),
  });
const disbursed = (loanId: string, customerId: string, on = '2022-03-01'): string => {
  const terms = { product: 'micro', principal: '1000.00', currency: 'CNY', maturesOn: '2029-12-31' };
  return line('loan.disbursed', `disbursed-${loanId}`, { loanId, customerId, ...terms, disbursedOn: on }, on);
};
const undone = (loanId: string, on = '2022-03-05'): string =>
  line('loan.disbursal-undone', `undone-${loanId}`, { loanId, undoneOn: on }, on);
const refersTo = (customerId: string, referrerId: string): string =>
  line('customer.profile-changed', `moved-${customerId}`, { customerId, referrerId }, '2022-06-01');

const newReactor = (where = product): FeedFollower => referralReactor(where.store, where.writer);
const ALL_SHARDS = new Set(Array.from({ length: 16 }, (_, shard) => shard));

/** Follows until there is nothing new. */
async function follow(reactor: FeedFollower): Promise<void> {
  while ((await reactor.follow(ALL_SHARDS)) > 0);
}

async function stateOf(customerId: string): Promise<CustomerState> {
  const events = await product.store.readStream(streamOf(customerId), 0, 100_000);
  return fold(customerId, { snapshot: null, events }).state;
}

async function reportsTo(customerId: string): Promise<unknown[]> {
  const events = await product.store.readStream(streamOf(customerId), 0, 100_000);
  return events.filter(({ type }) => type === 'referral-reported');
}

/** Points by what they are for. */
async function ledgerOf(customerId: string): Promise<Record<string, number>> {
  const { held } = await stateOf(customerId);
  return Object.fromEntries([...held.entries].map(([entry, { points }]) => [entry, points]));
}

async function forgetOffsets(): Promise<void> {
  await product.database.query('DELETE FROM store.consumer_offset WHERE consumer = $1', [REFERRAL_REACTOR]);
}

const ORDERS = [
  ['referrer', 'referred', 'loan'],
  ['referrer', 'loan', 'referred'],
  ['referred', 'referrer', 'loan'],
  ['referred', 'loan', 'referrer'],
  ['loan', 'referrer', 'referred'],
  ['loan', 'referred', 'referrer'],
] as const;

describe('a referral', () => {
  it('credits the referrer once, with where it came from', async () => {
    await feedLines(product, [registered('A-R'), registered('A-C', 'A-R'), disbursed('A-L', 'A-C')]);
    expect(await ledgerOf('A-R')).toEqual({});
    await follow(newReactor());
    expect(await ledgerOf('A-R')).toEqual({ 'referral:A-C': 5 });
    const events = await product.store.readStream(streamOf('A-R'), 0, 100);
    const report = events.find(({ type }) => type === 'referral-reported');
    expect(JSON.parse(report!.origin!)).toEqual({
      door: 'reactor',
      reactor: 'referral',
      stream: streamOf('A-C'),
      version: expect.any(Number),
    });
  });

  const story = (name: string) => ({
    referrer: registered(`${name}-R`),
    referred: registered(`${name}-C`, `${name}-R`),
    loan: disbursed(`${name}-L`, `${name}-C`),
  });

  it.each(ORDERS.map((order) => [order.join(', '), order] as const))(
    'credits once when they come as %s, and the reactor restarts after each',
    async (_, order) => {
      const name = `B-${order.join('-')}`;
      for (const what of order) {
        await feedLines(product, [story(name)[what]]);
        await follow(newReactor());
        await follow(newReactor(elsewhere));
      }
      expect(await ledgerOf(`${name}-R`)).toEqual({ [`referral:${name}-C`]: 5 });
      expect(await reportsTo(`${name}-R`)).toHaveLength(1);
      expect((await stateOf(`${name}-R`)).held).toMatchObject({ balance: 5, parked: 0 });
    },
  );

  it('gives the same states in every order, followed after each fact or only at the end', async () => {
    const states = new Set<string>();
    for (const [index, order] of ORDERS.entries()) {
      for (const often of [true, false]) {
        const name = `C${index}${often ? 'o' : 'e'}`;
        const reactor = newReactor();
        for (const what of order) {
          await feedLines(product, [story(name)[what]]);
          if (often) await follow(reactor);
        }
        await follow(reactor);
        const both = [await stateOf(`${name}-R`), await stateOf(`${name}-C`)].map(canonicalState).join('\n');
        // What differs are the names, and the version of the referred stream in the id of the report.
        states.add(both.replaceAll(name, 'C').replaceAll(/C-C@\d+/g, 'report'));
      }
    }
    expect(states.size).toBe(1);
  });

  it('waits visibly in the stream of a referrer nobody has registered yet', async () => {
    await feedLines(product, [registered('D-C', 'D-R'), disbursed('D-L', 'D-C')]);
    await follow(newReactor());
    expect((await stateOf('D-R')).held).toMatchObject({ balance: 0, parked: 1, awaited: ['customer'] });
    await feedLines(product, [registered('D-R')]);
    expect((await stateOf('D-R')).held).toMatchObject({ balance: 5, parked: 0 });
  });

  it('of oneself is none, and without a loan it is none', async () => {
    await feedLines(product, [registered('E-R', 'E-R'), disbursed('E-L', 'E-R'), registered('E-C', 'E-R')]);
    await follow(newReactor());
    expect(await ledgerOf('E-R')).toEqual({ 'loan-use:E-L': 10 });
  });
});

describe('a disbursal that is undone', () => {
  it('takes the credit back', async () => {
    const reactor = newReactor();
    await feedLines(product, [registered('F-R'), registered('F-C', 'F-R'), disbursed('F-L', 'F-C')]);
    await follow(reactor);
    expect(await ledgerOf('F-R')).toEqual({ 'referral:F-C': 5 });
    await feedLines(product, [undone('F-L')]);
    await follow(reactor);
    expect(await ledgerOf('F-R')).toEqual({});
    expect((await stateOf('F-R')).held).toMatchObject({ balance: 0, tier: 'none' });
  });

  it('leaves the credit when the customer has another loan', async () => {
    const reactor = newReactor();
    const loans = [disbursed('G-L1', 'G-C'), disbursed('G-L2', 'G-C', '2022-04-01')];
    await feedLines(product, [registered('G-R'), registered('G-C', 'G-R'), ...loans]);
    await follow(reactor);
    await feedLines(product, [undone('G-L1')]);
    await follow(reactor);
    expect(await ledgerOf('G-R')).toEqual({ 'referral:G-C': 5 });
    expect([...(await stateOf('G-R')).held.entries.values()]).toMatchObject([{ on: '2022-04-01' }]);
    await feedLines(product, [undone('G-L2', '2022-04-05')]);
    await follow(reactor);
    expect(await ledgerOf('G-R')).toEqual({});
  });

  it('leaves nothing behind when all of it happens before the reactor looks, or before the referrer is known', async () => {
    await feedLines(product, [registered('H-C', 'H-R'), disbursed('H-L', 'H-C'), undone('H-L')]);
    await follow(newReactor());
    await feedLines(product, [registered('H-R')]);
    await follow(newReactor());
    expect(await ledgerOf('H-R')).toEqual({});
    expect((await stateOf('H-R')).held).toMatchObject({ balance: 0, parked: 0 });
  });
});

describe('a customer who names another referrer later', () => {
  it('moves the credit to that one', async () => {
    const reactor = newReactor();
    await feedLines(product, [
      registered('I-R1'),
      registered('I-R2'),
      registered('I-C', 'I-R1'),
      disbursed('I-L', 'I-C'),
    ]);
    await follow(reactor);
    await feedLines(product, [refersTo('I-C', 'I-R2')]);
    await follow(reactor);
    expect([await ledgerOf('I-R1'), await ledgerOf('I-R2')]).toEqual([{}, { 'referral:I-C': 5 }]);
  });
});

describe('the referral reactor', () => {
  const customerIds = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, no) => `${name}-C${no}`);
  const stories = (name: string, count: number): string[] =>
    customerIds(name, count).flatMap((id) => [registered(id, `${name}-R`), disbursed(`${id}-L`, id)]);

  it('credits each referral once, though two of them follow the feed at once', async () => {
    const lines = [...stories('J', 60), registered('J-R')];
    const reactors = [newReactor(), newReactor(elsewhere), newReactor()];
    let isWriting = true;
    const writing = feedLines(product, lines, 5).finally(() => (isWriting = false));
    await Promise.all([
      writing,
      ...reactors.map(async (reactor) => {
        while (isWriting) await reactor.follow(ALL_SHARDS);
      }),
    ]);
    await Promise.all(reactors.map(follow));
    await follow(newReactor());
    expect((await stateOf('J-R')).held.balance).toBe(60 * 5);
    expect(await reportsTo('J-R')).toHaveLength(60);
  });

  it('reports nothing twice when it is made to read everything again', async () => {
    await feedLines(product, [...stories('K', 10), registered('K-R'), undone('K-C3-L')]);
    await follow(newReactor());
    const before = await product.store.head();
    const state = canonicalState(await stateOf('K-R'));
    for (const where of [product, elsewhere]) {
      await forgetOffsets();
      await follow(newReactor(where));
    }
    expect(await product.store.head()).toEqual(before);
    expect(canonicalState(await stateOf('K-R'))).toBe(state);
    expect((await stateOf('K-R')).held.balance).toBe(9 * 5);
  });

  it('goes on where it stopped, when its offsets stand in the middle of the feed', async () => {
    await follow(newReactor());
    const offsets = await product.store.offsets(REFERRAL_REACTOR);
    await feedLines(product, [...stories('L', 20), registered('L-R')]);
    const some = new Set([0, 1, 2, 3, 4, 5, 6, 7]);
    const reactor = newReactor();
    while ((await reactor.follow(some)) > 0);
    const moved = [...(await product.store.offsets(REFERRAL_REACTOR))].filter(
      ([source, next]) => next !== (offsets.get(source) ?? 0),
    );
    expect(moved.map(([source]) => Number(source.replace('shard-', ''))).every((shard) => some.has(shard))).toBe(true);
    await follow(newReactor(elsewhere));
    expect((await stateOf('L-R')).held.balance).toBe(20 * 5);
  });

  it('comes to the same when its connections are cut', async () => {
    const cut = await openRuntime(
      loadConfig({ DATABASE_URL: database.url, ...storeVariables(database.url) }),
      'cut-off',
      () => undefined,
    );
    let isCutting = true;
    const reactor = newReactor(cut);
    const cutConnections = async (): Promise<void> => {
      for (let connections = 0; connections < 20;) {
        await delay(Math.random() * 25);
        const { rowCount } = await product.database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'retention-cut-off'`,
        );
        connections += rowCount ?? 0;
      }
      isCutting = false;
    };
    const readAllAgainAndAgain = async (): Promise<void> => {
      while (isCutting) {
        await forgetOffsets();
        await follow(reactor).catch(() => undefined);
      }
    };
    try {
      await feedLines(product, [...stories('M', 40), registered('M-R')]);
      await Promise.all([cutConnections(), readAllAgainAndAgain()]);
      // Connections that were cut while they were idle are noticed by whoever takes them next.
      for (let isDone = false; !isDone;)
        isDone = await follow(reactor).then(
          () => true,
          () => false,
        );
    } finally {
      await cut.close();
    }
    expect((await stateOf('M-R')).held.balance).toBe(40 * 5);
    expect(await reportsTo('M-R')).toHaveLength(40);
  });

  it('moves its offsets over a long stretch without referrals', async () => {
    await follow(newReactor());
    const before = await product.store.head();
    const contact = (no: number): string =>
      line('contact.made', `contact-N-${no}`, { customerId: 'N', contactId: `K${no}`, madeOn: '2022-03-01' });
    await feedLines(product, [registered('N'), ...Array.from({ length: 2500 }, (_, no) => contact(no))]);
    await follow(newReactor());
    const [shard, head] = [...(await product.store.head())].find(
      ([one, position]) => position > before.get(one)! + 2000,
    )!;
    expect((await product.store.offsets(REFERRAL_REACTOR)).get(`shard-${shard}`)).toBe(head);
  });
});
