import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addDays, churnByDefinition, DEFAULT_POLICY_BOOK, standingOf } from '@retention/customer';
import type { CustomerState } from '@retention/customer';
import { customersAsOf, oneCustomerAsOf } from '@retention/history';
import { dayClosed } from '@retention/ingestion';
import { everyCustomer } from '@retention/read-models';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { simulateLines } from '@retention/simulation';
import { createDatabaseForSpec } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { recompute } from '../support/oracle/recompute.js';
import type { OracleCustomer } from '../support/oracle/recompute.js';
import { caughtUp, feedLines, openProduct } from '../support/product.js';

// Corrections are rare at a real lender; here they are common, so that what is as of a day differs from what is now.
const LENDER = {
  customers: 600,
  years: 3,
  seed: 20,
  branches: 12,
  disbursalUndoneRate: 0.05,
  settlementUndoneRate: 0.05,
  writtenOffRate: 0.05,
  pointsAdjustedRate: 0.1,
  reassignedYearlyRate: 0.4,
  complaintYearlyRate: 0.2,
} as const;
const FIRST_DAY = '2021-01-01';
const DAYS = 1300;
const DATES = 20;

/** The days asked for, drawn once: the same in every run, spread over and beyond the history. */
const days = Array.from({ length: DATES }, (_, n) =>
  addDays(FIRST_DAY, Math.floor((((n * 7919 + 1237) % 10_007) / 10_007) * DAYS)),
);

let product: Runtime;
let database: SpecDatabase;
const lines = [...simulateLines(LENDER)];

beforeAll(async () => {
  database = await createDatabaseForSpec();
  product = await openProduct(database.url);
  const worker = createFeedWorker(product, (follower, error) => {
    throw new Error(`${follower} failed`, { cause: error });
  });
  await worker.start();
  await feedLines(product, lines);
  await caughtUp(product);
  await worker.stop();
}, 120_000);
afterAll(async () => {
  await product.close();
  await database.drop();
});

const archive = () => ({ store: product.store, database: product.database, book: DEFAULT_POLICY_BOOK });

/** A customer in the words of the recomputation. */
function told(state: CustomerState, day: string): OracleCustomer {
  const { held } = state;
  const { standing, latestChurn } = standingOf(state);
  const churn = latestChurn?.churn ?? null;
  const { grace, inactivity, reborrow } = churnByDefinition(state, day, DEFAULT_POLICY_BOOK);
  const wonBack = [...held.churns.values()].flatMap((one) => one.wonBack?.on ?? []).sort();
  return {
    registered: held.profile !== null,
    points: held.balance,
    tier: held.tier,
    benefits: [...held.benefits].sort(),
    state: standing,
    churnedOn: latestChurn?.churnedOn ?? null,
    kind: churn?.judgement.kind ?? null,
    reason: churn?.judgement.reason ?? null,
    reasonUnknown: churn?.judgement.reasonUnknown ?? false,
    wonBackOn: wonBack.at(-1) ?? null,
    phase: held.phase,
    warningLevel: held.warning.level,
    warningSignals: held.warning.signals.map(({ signal }) => signal).sort(),
    officerId: churn?.judgement.heldBy.officerId ?? null,
    branchId: churn?.judgement.heldBy.branchId ?? null,
    churnedBy: { grace, inactivity, reborrow },
  };
}

describe('every customer as of any day, without a day ever closed', () => {
  it.each(days)('is on %s what a plain recomputation says', async (day) => {
    const expected = recompute(lines, day);
    const found = new Map<string, OracleCustomer>();
    for await (const state of customersAsOf(archive(), day)) found.set(state.customerId, told(state, day));
    let compared = 0;
    for (const [customerId, customer] of expected) {
      if (!customer.registered) continue;
      compared += 1;
      expect({ customerId, ...found.get(customerId) }).toEqual({
        customerId,
        ...customer,
        benefits: [...customer.benefits].sort(),
      });
    }
    const registered = [...found.values()].filter((customer) => customer.registered);
    expect(registered.length).toBe(compared);
    if (day > '2021-06-01') expect(compared).toBeGreaterThan(50);
  });

  it('is worth comparing: on the last day everything there is has happened to somebody', async () => {
    const seen = [...recompute(lines, addDays(FIRST_DAY, DAYS)).values()];
    const some = (of: (customer: OracleCustomer) => boolean): number => seen.filter(of).length;
    expect(some(({ state }) => state === 'churned')).toBeGreaterThan(50);
    expect(some(({ kind }) => kind === 'normal')).toBeGreaterThan(5);
    expect(some(({ reasonUnknown }) => reasonUnknown)).toBeGreaterThan(20);
    expect(some(({ wonBackOn }) => wonBackOn !== null)).toBeGreaterThan(20);
    expect(new Set(seen.map(({ phase }) => phase)).size).toBeGreaterThanOrEqual(5);
    expect(new Set(seen.flatMap(({ warningSignals }) => warningSignals)).size).toBeGreaterThanOrEqual(4);
  });

  it('is the same for one customer asked for alone', async () => {
    const day = days[7] ?? '';
    let asked = 0;
    for await (const state of customersAsOf(archive(), day)) {
      if (asked >= 40) break;
      asked += 1;
      const alone = await oneCustomerAsOf(archive(), state.customerId, day);
      expect(alone === null ? null : told(alone, day)).toEqual(told(state, day));
    }
    expect(await oneCustomerAsOf(archive(), 'nobody', day)).toBeNull();
  });
});

describe('the live customers, once a day is closed', () => {
  it('are what they are as of that day, when all facts are of days before it', async () => {
    const day = '2024-09-30';
    const worker = createFeedWorker(product, () => undefined);
    await worker.start();
    await product.writer.submit({ items: [dayClosed(day, 'command line')], advances: [] });
    await caughtUp(product);
    await worker.stop();
    const asOf = new Map<string, OracleCustomer>();
    for await (const state of customersAsOf(archive(), day)) asOf.set(state.customerId, told(state, day));
    let rows = 0;
    for await (const row of everyCustomer(product.dataSource)) {
      if (row.registered_on === null) continue;
      rows += 1;
      const customer = asOf.get(row.customer_id);
      expect({
        points: row.points,
        tier: row.tier,
        state: row.state,
        churnedOn: row.churned_on,
        kind: row.churn_kind,
        reason: row.churn_reason,
        reasonUnknown: row.churn_reason_unknown,
        phase: row.phase,
        warningLevel: row.warning_level,
        warningSignals: row.warning_signals.map(({ signal }) => signal).sort(),
      }).toEqual({
        points: customer?.points,
        tier: customer?.tier,
        state: customer?.state,
        churnedOn: customer?.churnedOn,
        kind: customer?.kind,
        reason: customer?.reason,
        reasonUnknown: customer?.reasonUnknown,
        phase: customer?.phase,
        warningLevel: customer?.warningLevel,
        warningSignals: customer?.warningSignals,
      });
    }
    expect(rows).toBeGreaterThanOrEqual(LENDER.customers);
  });
});
