import { PUBLISHED_DECISION_TYPES } from '@retention/contracts';
import { customerOf } from '@retention/ingestion';
import { REFERRAL_REACTOR } from '@retention/reactors';
import { readModels } from '@retention/read-models';
import { DECISIONS_TOPIC, GROUP, TOPIC } from './apps.js';
import { eventRows, headRows, offsetRows } from './tables.js';
import type { Tables } from './tables.js';

/** How far the log of the loan system goes, by partition: one more than the last record that is one. */
export type LogEnds = ReadonlyMap<number, number>;

/**
 * What the product has still to do, one sentence each; none when it has done everything. Nothing of it is asked of the
 * product: a part that believes to be done is not believed. What comes later is looked at once all before it is done.
 */
export async function stillToDo(tables: Tables, ends: LogEnds): Promise<string[]> {
  for (const look of [() => notTaken(tables, ends), waiting, due, notApplied, notFollowed]) {
    const toDo = await look(tables);
    if (toDo.length > 0) return toDo;
  }
  return [];
}

async function notTaken(tables: Tables, ends: LogEnds): Promise<string[]> {
  const taken = await offsetRows(tables, `kafka:${GROUP}`);
  return [...ends].flatMap(([partition, end]) => {
    const next = taken.get(`${TOPIC}/${partition}`) ?? 0;
    return next >= end ? [] : [`partition ${partition} is taken up to ${next} of ${end}`];
  });
}

async function waiting(tables: Tables): Promise<string[]> {
  const pending = await tables.rows('ingestion.pending_fact');
  const letters = await tables.rows('ingestion.dead_letter');
  const unsent = letters.filter((row) => row['door'] === 'kafka' && row['published_at'] === null);
  return [
    ...(pending.length === 0 ? [] : [`${pending.length} facts wait for their loan`]),
    ...(unsent.length === 0 ? [] : [`${unsent.length} dead letters are not published`]),
  ];
}

async function due(tables: Tables): Promise<string[]> {
  const [governing] = await tables.rows('ingestion.governing');
  const closedDay = dayOf(governing?.['closed_day']);
  const rows = await tables.rows('ingestion.customer_deadline');
  const late = rows.filter((row) => row['due_on'] !== null && dayOf(row['due_on']) <= closedDay);
  return late.length === 0 ? [] : [`${late.length} customers are due on ${closedDay}`];
}

function dayOf(value: unknown): string {
  if (value === null || value === undefined || value === '-infinity') return '';
  return typeof value === 'string' ? value : '';
}

async function notFollowed(tables: Tables): Promise<string[]> {
  const events = await eventRows(tables);
  const reported = await offsetRows(tables, REFERRAL_REACTOR);
  const published = await offsetRows(tables, `decisions:${DECISIONS_TOPIC}`);
  const open = (types: readonly string[], reached: ReadonlyMap<string, number>): number =>
    events.filter(
      ({ shard, position, type, streamId }) =>
        types.includes(type) && customerOf(streamId) !== null && position > (reached.get(`shard-${shard}`) ?? 0),
    ).length;
  const referrals = open(['referral-earned', 'referral-ended'], reported);
  const decisions = open(PUBLISHED_DECISION_TYPES, published);
  return [
    ...(referrals === 0 ? [] : [`${referrals} referrals are not reported`]),
    ...(decisions === 0 ? [] : [`${decisions} decisions are not published`]),
  ];
}

async function notApplied(tables: Tables): Promise<string[]> {
  const heads = await headRows(tables);
  const checkpoints = await tables.rows('projection.checkpoint');
  return readModels().flatMap(({ name, version }) => {
    const reached = new Map(
      checkpoints
        .filter((row) => row['projection'] === name && row['version'] === version)
        .map((row) => [Number(row['shard']), Number(row['position'])]),
    );
    let behind = 0;
    for (const [shard, head] of heads) behind += Math.abs(head - (reached.get(shard) ?? 0));
    return behind === 0 ? [] : [`${name} is ${behind} events behind`];
  });
}
