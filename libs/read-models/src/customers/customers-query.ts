import { CUSTOMER_STANDINGS, PHASES, WARNING_LEVELS } from '@retention/customer';
import type { ChurnKind, CustomerStanding, Phase, Tier, WarningLevel } from '@retention/customer';
import { CustomerRow } from './customer-row.js';
import type { RowSource } from '../row-source.js';

/** What customers can be selected by; null = any. */
export interface CustomerFilter {
  readonly tier: Tier | null;
  readonly branchId: string | null;
  readonly officerId: string | null;
  readonly kind: 'personal' | 'corporate' | null;
  readonly pointsMin: number | null;
  readonly state: CustomerStanding | null;
  readonly churnKind: ChurnKind | null;
  /** Only those whose churn has a reason past due, or only those without. */
  readonly isReasonUnknown: boolean | null;
  readonly phase: Phase | null;
  readonly warningLevel: WarningLevel | null;
  /** Only those with facts that wait, or only those without. */
  readonly hasParkedFacts: boolean | null;
}

export const ANY_CUSTOMER: CustomerFilter = {
  tier: null,
  branchId: null,
  officerId: null,
  kind: null,
  pointsMin: null,
  state: null,
  churnKind: null,
  isReasonUnknown: null,
  phase: null,
  warningLevel: null,
  hasParkedFacts: null,
};

/** Customers in the order of their ids, after one id, at most `limit`. */
export function findCustomers(
  database: RowSource,
  filter: CustomerFilter,
  afterCustomerId: string | null,
  limit: number,
): Promise<CustomerRow[]> {
  const query = database.getRepository(CustomerRow).createQueryBuilder('c').orderBy('c.customer_id').limit(limit);
  if (afterCustomerId !== null) query.andWhere('c.customer_id > :afterCustomerId', { afterCustomerId });
  if (filter.tier !== null) query.andWhere('c.tier = :tier', { tier: filter.tier });
  if (filter.branchId !== null) query.andWhere('c.branch_id = :branchId', { branchId: filter.branchId });
  if (filter.officerId !== null) query.andWhere('c.officer_id = :officerId', { officerId: filter.officerId });
  if (filter.kind !== null) query.andWhere('c.kind = :kind', { kind: filter.kind });
  if (filter.pointsMin !== null) query.andWhere('c.points >= :pointsMin', { pointsMin: filter.pointsMin });
  if (filter.state !== null) query.andWhere('c.state = :state', { state: filter.state });
  if (filter.churnKind !== null) query.andWhere('c.churn_kind = :churnKind', { churnKind: filter.churnKind });
  if (filter.isReasonUnknown !== null) {
    query.andWhere('c.churn_reason_unknown = :isReasonUnknown', { isReasonUnknown: filter.isReasonUnknown });
  }
  if (filter.phase !== null) query.andWhere('c.phase = :phase', { phase: filter.phase });
  if (filter.warningLevel !== null) query.andWhere('c.warning_level = :level', { level: filter.warningLevel });
  if (filter.hasParkedFacts !== null) query.andWhere(`c.parked_facts ${filter.hasParkedFacts ? '>' : '='} 0`);
  return query.getMany();
}

export function findCustomer(database: RowSource, customerId: string): Promise<CustomerRow | null> {
  return database.getRepository(CustomerRow).findOneBy({ customer_id: customerId });
}

/** Every customer in the order of their ids, read a page at a time. */
export async function* everyCustomer(database: RowSource): AsyncGenerator<CustomerRow> {
  let after: string | null = null;
  for (;;) {
    const page: CustomerRow[] = await findCustomers(database, ANY_CUSTOMER, after, PAGE_CUSTOMERS);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_CUSTOMERS) return;
    after = last.customer_id;
  }
}

const PAGE_CUSTOMERS = 5000;

export interface CustomerTotals {
  /** Registered ones; `unregistered` are known only by facts that wait for their registration. */
  readonly customers: number;
  readonly unregistered: number;
  readonly points: number;
  readonly parkedFacts: number;
  readonly setAsideFacts: number;
}

export async function customerTotals(database: RowSource): Promise<CustomerTotals> {
  const row = await database
    .getRepository(CustomerRow)
    .createQueryBuilder('c')
    .select('count(c.registered_on)', 'customers')
    .addSelect('count(*) - count(c.registered_on)', 'unregistered')
    .addSelect('coalesce(sum(c.points), 0)', 'points')
    .addSelect('coalesce(sum(c.parked_facts), 0)', 'parked')
    .addSelect('coalesce(sum(c.set_aside_facts), 0)', 'set_aside')
    .getRawOne<Record<'customers' | 'unregistered' | 'points' | 'parked' | 'set_aside', string>>();
  return {
    customers: Number(row?.customers ?? 0),
    unregistered: Number(row?.unregistered ?? 0),
    points: Number(row?.points ?? 0),
    parkedFacts: Number(row?.parked ?? 0),
    setAsideFacts: Number(row?.set_aside ?? 0),
  };
}

/** Registered customers by where they stand. */
export interface StandingCounts {
  readonly states: Readonly<Record<CustomerStanding, number>>;
  /** Of those churned now. */
  readonly churnKinds: Readonly<Record<ChurnKind, number>>;
  readonly reasonsUnknown: number;
  readonly phases: Readonly<Record<Phase, number>>;
  readonly warningLevels: Readonly<Record<WarningLevel, number>>;
}

export async function standingCounts(database: RowSource): Promise<StandingCounts> {
  const rows = await database
    .getRepository(CustomerRow)
    .createQueryBuilder('c')
    .select(['c.state AS state', 'c.churn_kind AS kind', 'c.churn_reason_unknown AS unknown'])
    .addSelect(['c.phase AS phase', 'c.warning_level AS level', 'count(*)::int AS n'])
    .where('c.registered_on IS NOT NULL')
    .groupBy('c.state, c.churn_kind, c.churn_reason_unknown, c.phase, c.warning_level')
    .getRawMany<Standing>();
  const sum = (of: (row: Standing) => boolean): number => rows.reduce((n, row) => n + (of(row) ? row.n : 0), 0);
  const counts = <K extends string>(keys: readonly K[], of: (row: Standing) => string | null): Record<K, number> =>
    Object.fromEntries(keys.map((key) => [key, sum((row) => of(row) === key)])) as Record<K, number>;
  return {
    states: counts(CUSTOMER_STANDINGS, ({ state }) => state),
    churnKinds: counts(['normal', 'abnormal'], ({ state, kind }) => (state === 'churned' ? kind : null)),
    reasonsUnknown: sum(({ state, unknown }) => state === 'churned' && unknown),
    phases: counts(PHASES, ({ phase }) => phase),
    warningLevels: counts(WARNING_LEVELS, ({ level }) => level),
  };
}

interface Standing {
  readonly state: string;
  readonly kind: string | null;
  readonly unknown: boolean;
  readonly phase: string;
  readonly level: string;
  readonly n: number;
}
