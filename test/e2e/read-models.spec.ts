import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PHASES, TIERS, WARNING_LEVELS } from '@retention/customer';
import type { CustomerState } from '@retention/customer';
import { fold, streamOf } from '@retention/ingestion';
import { ProjectionRunner } from '@retention/projections';
import type { FeedFollower } from '@retention/projections';
import { dueCustomersReactor, referralReactor } from '@retention/reactors';
import {
  ANY_CUSTOMER,
  customerTotals,
  everyCustomer,
  findCustomer,
  findCustomers,
  ledgerOf,
  readModels,
  standingCounts,
  standingEntries,
  tierDistribution,
} from '@retention/read-models';
import type { CustomerFilter, CustomerRow, LedgerEntryRow } from '@retention/read-models';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { canonicalStates, everyEvent, feedLines, openProduct } from '../support/product.js';

// Corrections are rare at a real lender; here they are common, so that points, tiers and benefits go both ways.
const LENDER = {
  customers: 300,
  years: 3,
  seed: 29,
  branches: 12,
  disbursalUndoneRate: 0.05,
  settlementUndoneRate: 0.05,
  writtenOffRate: 0.05,
  pointsAdjustedRate: 0.1,
  profileChangedYearlyRate: 0.4,
  reassignedYearlyRate: 0.4,
};
/** Closed after a part of the feed each, months before all that happened until then is known. */
const CLOSED_DAYS = ['2022-07-31', '2023-06-30', '2023-12-31'];
const ALL_SHARDS = new Set(Array.from({ length: 16 }, (_, shard) => shard));

let database: SpecDatabase;
let product: Runtime;
/** Every customer any fact names, folded from the events alone. */
let states: CustomerState[];

async function catchUp(runner: ProjectionRunner, reactors: readonly FeedFollower[]): Promise<void> {
  for (;;) {
    let seen = await runner.applyNext(ALL_SHARDS);
    for (const reactor of reactors) seen += await reactor.follow(ALL_SHARDS);
    if (seen === 0) return;
  }
}

/** What the loan system says at the end of a business day. */
function dayClosed(day: string): string {
  const envelope = { specversion: '1.0', id: `day-${day}`, source: '/lender', time: `${day}T23:00:00+08:00` };
  return JSON.stringify({ ...envelope, type: 'lending.business-day.closed.v1', data: { day } });
}

function newRunner(batchEvents: number): ProjectionRunner {
  return new ProjectionRunner({ ...product, projections: readModels(), batchEvents });
}

beforeAll(async () => {
  database = await createDatabaseForSpec();
  product = await openProduct(database.url);
  const runner = newRunner(700);
  const reactors = [referralReactor(product.store, product.writer), dueCustomersReactor(product.writer)];
  const lines = [...simulateLines(LENDER)];
  const days = CLOSED_DAYS.map(dayClosed);
  for (let from = 0; from < lines.length; from += 1500) {
    // Small batches: what is corrected within one leaves no trace in the ledger.
    await feedLines(product, lines.slice(from, from + 1500), 40);
    await feedLines(product, days.splice(0, 1));
    await catchUp(runner, reactors);
  }
  expect(days).toEqual([]);
  // What the lender can do wrong beside what it simulates: another currency than the loan's.
  const loanId = /"loanId":"([^"]+)","customerId"/.exec(lines.find((text) => text.includes('loan.disbursed'))!)![1];
  const data = { repaymentId: 'P-odd', loanId, amount: '5.00', currency: 'USD', paidOn: '2022-01-01' };
  const envelope = { specversion: '1.0', id: 'odd', source: '/lender', time: '2022-01-01T12:00:00+08:00' };
  await feedLines(product, [JSON.stringify({ ...envelope, type: 'lending.repayment.received.v1', data })]);
  await product.writer.drain();
  await catchUp(runner, reactors);
  states = await Promise.all([...(await canonicalStates(product)).keys()].map(stateOf));
});
afterAll(async () => {
  await product.close();
  await database.drop();
});

async function stateOf(customerId: string): Promise<CustomerState> {
  const events = await product.store.readStream(streamOf(customerId), 0, 100_000);
  return fold(customerId, { snapshot: null, events }).state;
}

async function rowsOf(filter: CustomerFilter, limit: number): Promise<CustomerRow[]> {
  const rows: CustomerRow[] = [];
  for (;;) {
    const page = await findCustomers(product.dataSource, filter, rows.at(-1)?.customer_id ?? null, limit);
    rows.push(...page);
    if (page.length < limit) return rows;
  }
}

const DISBURSED = ['active', 'written-off', 'settled'];

/** The row the state of a customer asks for. */
function rowFor({ customerId, held }: CustomerState): CustomerRow {
  const { profile } = held;
  const statuses = [...held.loans.values()].map(({ status }) => status);
  const loansDisbursed = statuses.filter((status) => DISBURSED.includes(status)).length;
  return {
    ...columnsOfChurns(held, loansDisbursed),
    customer_id: customerId,
    registered_on: profile?.registeredOn ?? null,
    kind: profile?.kind ?? null,
    branch_id: profile?.branchId ?? null,
    officer_id: profile?.officerId ?? null,
    region: profile?.region ?? null,
    industry: profile?.industry ?? null,
    channel: profile?.channel ?? null,
    referrer_id: profile?.referrerId ?? null,
    points: held.balance,
    tier: held.tier,
    benefits: [...held.benefits].sort(),
    loans: Object.fromEntries([...held.loans].map(([loanId, { status }]) => [loanId, status])),
    loans_disbursed: loansDisbursed,
    loans_active: statuses.filter((status) => status === 'active').length,
    phase: held.phase,
    warning_level: held.warning.level,
    warning_score: held.warning.score,
    warning_signals: held.warning.signals,
    gifts_owed: [...held.gifts.values()].filter(({ status }) => status === 'owed').length,
    parked_facts: held.parked,
    set_aside_facts: held.setAside.size,
  };
}

function columnsOfChurns(held: CustomerState['held'], loansDisbursed: number) {
  const churns = [...held.churns]
    .map(
      ([
        churnedOn,
        {
          judgement: { kind, reason, reasonUnknown },
          wonBack,
        },
      ]) => {
        return { churnedOn, kind, reason, reasonUnknown, wonBackOn: wonBack?.on ?? null };
      },
    )
    .sort((one, other) => (one.churnedOn < other.churnedOn ? -1 : 1));
  const last = churns.at(-1) ?? null;
  const hadLoan: CustomerRow['state'] = last !== null && last.wonBackOn === null ? 'churned' : 'retained';
  return {
    state: loansDisbursed === 0 ? ('none' as const) : hadLoan,
    churned_on: last?.churnedOn ?? null,
    churn_kind: last?.kind ?? null,
    churn_reason: last?.reason ?? null,
    churn_reason_unknown: last?.reasonUnknown ?? false,
    won_back_on: last?.wonBackOn ?? null,
    churns,
  };
}

const byId = (one: { customer_id: string }, other: { customer_id: string }): number =>
  one.customer_id < other.customer_id ? -1 : 1;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe('the customers of a simulated lender', () => {
  it('are worth looking at: points went both ways, something waits, something was set aside', async () => {
    expect(states.length).toBeGreaterThanOrEqual(LENDER.customers);
    const entries = await standingEntries(product.dataSource);
    for (const rule of ['loan-use', 'no-overdue', 'referral', 'manual']) expect(entries[rule]).toBeGreaterThan(0);
    expect(new Set(states.map(({ held }) => held.tier)).size).toBeGreaterThan(3);
    expect(sum(states.map(({ held }) => held.setAside.size))).toBe(1);
    const { rows } = await product.database.query<{ lines: string }>(
      'SELECT count(*) AS lines FROM read.ledger_entry WHERE taken_back_because IS NOT NULL',
    );
    expect(Number(rows[0]!.lines)).toBeGreaterThan(10);
  });

  it('are gone and warned of in every way that counts, and some of it was taken back', async () => {
    const { states: standings, churnKinds, reasonsUnknown, warningLevels } = await standingCounts(product.dataSource);
    const { red: _, ...lower } = warningLevels;
    for (const [what, count] of Object.entries({ ...standings, ...churnKinds, reasonsUnknown, ...lower })) {
      expect([what, count]).not.toEqual([what, 0]);
    }
    expect(new Set(states.map(({ held }) => held.phase))).toEqual(new Set(PHASES));
    const undone = ['churn-cleared', 'churn-reclassified', 'customer-won-back'];
    const events = await everyEvent(product, undone);
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(undone);
  });

  it('have the row their events ask for, each of them', async () => {
    const rows = await rowsOf(ANY_CUSTOMER, 7);
    expect(rows).toEqual(states.map(rowFor).sort(byId));
    const everyone: string[] = [];
    for await (const { customer_id } of everyCustomer(product.dataSource)) everyone.push(customer_id);
    expect(everyone).toEqual(rows.map(({ customer_id }) => customer_id));
    expect(await findCustomer(product.dataSource, everyone[3]!)).toEqual(rows[3]);
    expect(await findCustomer(product.dataSource, 'nobody')).toBeNull();
  });

  it.each<[string, Partial<CustomerFilter>, (row: CustomerRow) => boolean]>([
    ['tier', { tier: 'stable' }, ({ tier }) => tier === 'stable'],
    ['kind', { kind: 'corporate' }, ({ kind }) => kind === 'corporate'],
    ['points', { pointsMin: 30 }, ({ points }) => points >= 30],
    ['state', { state: 'churned' }, ({ state }) => state === 'churned'],
    ['kind of churn', { churnKind: 'normal' }, ({ churn_kind }) => churn_kind === 'normal'],
    ['a reason past due', { isReasonUnknown: true }, ({ churn_reason_unknown }) => churn_reason_unknown],
    ['no reason past due', { isReasonUnknown: false }, ({ churn_reason_unknown }) => !churn_reason_unknown],
    ['phase', { phase: 'returned' }, ({ phase }) => phase === 'returned'],
    ['warning', { warningLevel: 'orange' }, ({ warning_level }) => warning_level === 'orange'],
    ['waiting facts', { hasParkedFacts: true }, ({ parked_facts }) => parked_facts > 0],
    ['no waiting facts', { hasParkedFacts: false }, ({ parked_facts }) => parked_facts === 0],
    [
      'several at once',
      { kind: 'personal', pointsMin: 10, hasParkedFacts: false },
      (row) => row.kind === 'personal' && row.points >= 10 && row.parked_facts === 0,
    ],
  ])('are found by %s', async (_, filter, belongs) => {
    const found = await rowsOf({ ...ANY_CUSTOMER, ...filter }, 11);
    expect(found).toEqual(states.map(rowFor).filter(belongs).sort(byId));
  });

  it('are found by branch and officer', async () => {
    const rows = states.map(rowFor);
    const { branch_id: branchId, officer_id: officerId } = rows.find((row) => row.officer_id !== null)!;
    const ofBranch = await rowsOf({ ...ANY_CUSTOMER, branchId }, 100);
    expect(ofBranch.map((row) => row.customer_id)).toEqual(
      rows
        .filter((row) => row.branch_id === branchId)
        .sort(byId)
        .map((row) => row.customer_id),
    );
    const ofOfficer = await rowsOf({ ...ANY_CUSTOMER, officerId }, 100);
    expect(ofOfficer.map((row) => row.customer_id)).toEqual(
      rows
        .filter((row) => row.officer_id === officerId)
        .sort(byId)
        .map((row) => row.customer_id),
    );
  });

  it('add up to the totals', async () => {
    const registered = states.filter(({ registration }) => registration !== null);
    expect(await customerTotals(product.dataSource)).toEqual({
      customers: registered.length,
      unregistered: states.length - registered.length,
      points: sum(states.map(({ held }) => held.balance)),
      parkedFacts: sum(states.map(({ waiting }) => waiting.size)),
      setAsideFacts: sum(states.map(({ held }) => held.setAside.size)),
    });
  });

  it('add up by where they stand', async () => {
    const rows = states.map(rowFor).filter((row) => row.registered_on !== null);
    const gone = rows.filter(({ state }) => state === 'churned');
    const counted = (keys: readonly string[], some: readonly CustomerRow[], of: keyof CustomerRow) =>
      Object.fromEntries(keys.map((key) => [key, some.filter((row) => row[of] === key).length]));
    expect(await standingCounts(product.dataSource)).toEqual({
      states: counted(['none', 'retained', 'churned'], rows, 'state'),
      churnKinds: counted(['normal', 'abnormal'], gone, 'churn_kind'),
      reasonsUnknown: gone.filter((row) => row.churn_reason_unknown).length,
      phases: counted(PHASES, rows, 'phase'),
      warningLevels: counted(WARNING_LEVELS, rows, 'warning_level'),
    });
  });
});

describe('their ledgers', () => {
  it('run from line to line, and what stands of them is what the customer holds', async () => {
    for (const { customerId, held } of states) {
      const lines = await ledgerOf(product.dataSource, customerId, 0, 1000);
      let balance = 0;
      for (const line of lines) {
        balance += line.points;
        expect(line.balance).toBe(balance);
        expect(line.causes.length).toBeGreaterThan(0);
      }
      expect(balance).toBe(held.balance);
      expect(standing(lines)).toEqual(
        new Map([...held.entries].map(([entry, { points, on }]) => [entry, { points, on }])),
      );
    }
  });

  it('are read a page at a time', async () => {
    const { customerId } = states.reduce((most, one) => (one.held.entries.size > most.held.entries.size ? one : most));
    const all = await ledgerOf(product.dataSource, customerId, 0, 1000);
    expect(all.length).toBeGreaterThan(3);
    const rest = await ledgerOf(product.dataSource, customerId, all[1]!.version, 1000);
    expect([...(await ledgerOf(product.dataSource, customerId, 0, 2)), ...rest]).toEqual(all);
  });

  it('add up by rule', async () => {
    const counts: Record<string, number> = {};
    for (const { held } of states) {
      for (const entry of held.entries.keys()) {
        const rule = entry.slice(0, entry.indexOf(':'));
        counts[rule] = (counts[rule] ?? 0) + 1;
      }
    }
    expect(await standingEntries(product.dataSource)).toEqual(counts);
  });

  function standing(lines: readonly LedgerEntryRow[]): Map<string, { points: number; on: string }> {
    const entries = new Map<string, { points: number; on: string }>();
    for (const { rule, about, points, counts_on, taken_back_because } of lines) {
      if (taken_back_because === null) entries.set(`${rule}:${about}`, { points, on: counts_on });
      else entries.delete(`${rule}:${about}`);
    }
    return entries;
  }
});

describe('the tiers', () => {
  const distributionOf = (some: readonly CustomerState[]) =>
    TIERS.map((tier) => {
      const inTier = some.filter(({ registration, held }) => registration !== null && held.tier === tier);
      return { tier, customers: inTier.length, points: sum(inTier.map(({ held }) => held.balance)) };
    });

  it('hold as many customers and points as the customers say', async () => {
    expect(await tierDistribution(product.dataSource, null)).toEqual(distributionOf(states));
  });

  it('do so in every branch', async () => {
    const branchIds = new Set(states.map(({ held }) => held.profile?.branchId ?? null));
    expect(branchIds.size).toBeGreaterThan(5);
    for (const branchId of branchIds) {
      const ofBranch = states.filter(({ held }) => (held.profile?.branchId ?? null) === branchId);
      expect([branchId, await tierDistribution(product.dataSource, branchId ?? '')]).toEqual([
        branchId,
        distributionOf(ofBranch),
      ]);
    }
    expect(await tierDistribution(product.dataSource, 'no such branch')).toEqual(distributionOf([]));
  });
});

describe('a rebuild of all read models', () => {
  it('gives what following live gave', async () => {
    const contents = async () => {
      const tables: unknown[] = [];
      for (const [table, key, without] of [
        ['customer', 'customer_id', ''],
        ['ledger_entry', 'customer_id, version', ''],
        // Rows that count nobody are left over from live running and say the same as no row.
        ['tier_distribution', 'branch_id, tier, shard', 'WHERE customers <> 0 OR points <> 0'],
      ] as const) {
        const { rows } = await product.database.query(`SELECT * FROM read.${table} ${without} ORDER BY ${key}`);
        tables.push(rows);
      }
      return tables;
    };
    const live = await contents();
    await product.database.query(
      'TRUNCATE read.customer, read.ledger_entry, read.tier_distribution, projection.checkpoint, projection.parked_stream',
    );
    const runner = newRunner(5000);
    while ((await runner.applyNext(ALL_SHARDS)) > 0);
    expect(await contents()).toEqual(live);
  });
});
