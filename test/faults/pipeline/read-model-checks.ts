import { standingOf } from '@retention/customer';
import { recompute } from '../../support/oracle/recompute.js';
import { BUSINESS_TIME_ZONE } from './oracle.js';
import type { Expected } from './oracle.js';
import type { Row, Tables } from './tables.js';
import type { Workload } from './workload.js';

export const READ_MODELS = ['read.customer', 'read.ledger_entry', 'read.tier_distribution'] as const;

/** All rows of all read models as text, in an order of their own: equal texts are equal read models. */
export async function readModelText(tables: Tables): Promise<string> {
  const texts: string[] = [];
  for (const table of READ_MODELS) {
    const rows = await tables.rows(table);
    // A count that came back to 0 stays as a row; one that was never counted has none.
    const telling = table === 'read.tier_distribution' ? rows.filter(countsSomebody) : rows;
    texts.push(...telling.map((row) => `${table} ${canonical(row)}`).sort());
  }
  return texts.join('\n');
}

function countsSomebody(row: Row): boolean {
  return Number(row['customers']) !== 0 || Number(row['points']) !== 0;
}

function canonical(row: Row): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== 'object') return value;
    const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
  };
  return JSON.stringify(sorted(row));
}

/** Where the rows do not say what the rules say of the facts, each customer in one sentence. */
export async function readModelFaults(tables: Tables, expected: Expected): Promise<string[]> {
  const rows = new Map((await tables.rows('read.customer')).map((row) => [String(row['customer_id']), row]));
  const faults = [...expected.states].flatMap(([customerId, state]) => {
    const { held } = state;
    const said = told(rows.get(customerId));
    const wanted = {
      points: held.balance,
      tier: held.tier,
      state: standingOf(state).standing,
      phase: held.phase,
      warning: held.warning.level,
      parked: held.parked,
    };
    return said === JSON.stringify(wanted)
      ? []
      : [`row of ${customerId}: ${said} instead of ${JSON.stringify(wanted)}`];
  });
  const entries = await tables.rows('read.ledger_entry');
  const sums = new Map<string, number>();
  for (const entry of entries) {
    const customerId = String(entry['customer_id']);
    sums.set(customerId, (sums.get(customerId) ?? 0) + Number(entry['points']));
  }
  for (const [customerId, { held }] of expected.states) {
    const sum = sums.get(customerId) ?? 0;
    if (sum !== held.balance) faults.push(`ledger of ${customerId}: ${sum} points instead of ${held.balance}`);
  }
  return [...faults, ...distributionFaults(await tables.rows('read.tier_distribution'), [...rows.values()])];
}

function told(row: Row | undefined): string {
  if (row === undefined) return 'nothing';
  const { points, tier, state, phase, warning_level: warning, parked_facts: parked } = row;
  return JSON.stringify({ points: Number(points), tier, state, phase, warning, parked: Number(parked) });
}

/** Counted up and down by differences: an event applied twice, or not at all, stays in the sums for ever. */
function distributionFaults(distribution: readonly Row[], customers: readonly Row[]): string[] {
  const counted = distribution.reduce((sum, row) => sum + Number(row['customers']), 0);
  const points = distribution.reduce((sum, row) => sum + Number(row['points']), 0);
  const registered = customers.filter((row) => row['registered_on'] !== null);
  const wanted = registered.reduce((sum, row) => sum + Number(row['points']), 0);
  if (counted === registered.length && points === wanted) return [];
  return [`tiers count ${counted} customers, ${points} points instead of ${registered.length}, ${wanted}`];
}

/** The same held against an answer worked out without any rule of the product; the policy is the default. */
export function recomputationFaults({ lines, lastDay }: Workload, expected: Expected): string[] {
  const recomputed = recompute(lines, lastDay, { timeZone: BUSINESS_TIME_ZONE });
  return [...expected.states].flatMap(([customerId, { held }]) => {
    const wanted = recomputed.get(customerId);
    if (wanted?.registered !== true) return [];
    const isSame = held.balance === wanted.points && held.tier === wanted.tier && held.phase === wanted.phase;
    return isSame ? [] : [`recomputation of ${customerId}: ${wanted.points} ${wanted.tier} ${wanted.phase}`];
  });
}
