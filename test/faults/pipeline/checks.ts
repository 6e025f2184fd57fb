import { PUBLISHED_DECISION_TYPES } from '@retention/contracts';
import { canonicalState, isDecisionType } from '@retention/customer';
import type { CustomerEvent } from '@retention/customer';
import { CALENDAR_STREAM, customerOf, fold } from '@retention/ingestion';
import { DECISIONS_TOPIC } from './apps.js';
import { reportOf } from './oracle.js';
import type { Expected } from './oracle.js';
import { eventRows, headRows } from './tables.js';
import type { EventRow, Tables } from './tables.js';

/** A record of a topic of ours. */
export interface PublishedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
}

export interface Found {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Everything else that is not as it has to be. */
  readonly wrong: readonly string[];
}

/** Compares what the store holds with what has to follow from the facts. Empty lists = as it has to be. */
export async function findFaults(
  tables: Tables,
  expected: Expected,
  records: readonly PublishedRecord[],
): Promise<Found> {
  const events = await eventRows(tables);
  const streams = byStream(events);
  const facts = compareFacts(streams, expected);
  const decisions = compareDecisions(events, records);
  return {
    lost: [...facts.lost, ...decisions.lost],
    doubled: facts.doubled,
    wrong: [
      ...(await densityFaults(tables, events, streams)),
      ...stateFaults(streams, expected),
      ...referralFaults(streams),
      ...decisions.wrong,
    ],
  };
}

function byStream(events: readonly EventRow[]): Map<string, EventRow[]> {
  const streams = new Map<string, EventRow[]>();
  for (const event of events) {
    const stream = streams.get(event.streamId);
    if (stream === undefined) streams.set(event.streamId, [event]);
    else stream.push(event);
  }
  return streams;
}

/** The feed of a shard is 1, 2, 3 …, and so is each stream, in the same order. */
async function densityFaults(
  tables: Tables,
  events: readonly EventRow[],
  streams: ReadonlyMap<string, readonly EventRow[]>,
): Promise<string[]> {
  const faults: string[] = [];
  const next = new Map<number, number>();
  for (const { shard, position } of events) {
    const expected = (next.get(shard) ?? 0) + 1;
    if (position !== expected) faults.push(`feed of shard ${shard}: ${position} where ${expected} should be`);
    next.set(shard, position);
  }
  for (const [shard, head] of await headRows(tables)) {
    if ((next.get(shard) ?? 0) !== head)
      faults.push(`feed of shard ${shard}: head ${head}, ends at ${next.get(shard)}`);
  }
  for (const [streamId, stream] of streams) {
    const versions = stream.map(({ version }) => version);
    if (versions.some((version, index) => version !== index + 1))
      faults.push(`${streamId}: versions ${versions.join()}`);
  }
  return faults;
}

function compareFacts(
  streams: ReadonlyMap<string, readonly EventRow[]>,
  expected: Expected,
): { lost: string[]; doubled: string[] } {
  const lost: string[] = [];
  const doubled: string[] = [];
  const compare = (where: string, wanted: ReadonlySet<string>, found: readonly string[]): void => {
    const counts = new Map<string, number>();
    for (const factId of found) counts.set(factId, (counts.get(factId) ?? 0) + 1);
    for (const factId of wanted) if (!counts.has(factId)) lost.push(`${factId} of ${where}`);
    for (const [factId, count] of counts) {
      if (count > 1) doubled.push(`${factId} of ${where} (${count} times)`);
      if (!wanted.has(factId)) doubled.push(`${factId} of ${where} is not its own`);
    }
  };
  const ids = (streamId: string): string[] =>
    (streams.get(streamId) ?? [])
      .filter(({ type }) => !isDecisionType(type) && type !== 'referral-reported')
      .map(({ payload }) => (JSON.parse(payload) as { factId: string }).factId);
  compare('the calendar', expected.calendar, ids(CALENDAR_STREAM));
  const customers = new Set([
    ...expected.factIds.keys(),
    ...[...streams.keys()].flatMap((streamId) => customerOf(streamId) ?? []),
  ]);
  for (const customerId of customers) {
    compare(customerId, expected.factIds.get(customerId) ?? new Set(), ids(`customer-${customerId}`));
  }
  return { lost, doubled };
}

function stateFaults(streams: ReadonlyMap<string, readonly EventRow[]>, expected: Expected): string[] {
  const faults: string[] = [];
  for (const [customerId, wanted] of expected.canonical) {
    const events = streams.get(`customer-${customerId}`) ?? [];
    let found: string;
    try {
      found = canonicalState(fold(customerId, { snapshot: null, events }).state);
    } catch (error) {
      found = String(error);
    }
    if (found !== wanted) faults.push(`state of ${customerId}: ${firstDifference(found, wanted)}`);
  }
  return faults;
}

/** Every referral decision is told to the referrer once, under its own id. */
function referralFaults(streams: ReadonlyMap<string, readonly EventRow[]>): string[] {
  const owed = new Map<string, string>();
  const told = new Map<string, number>();
  for (const [streamId, events] of streams) {
    for (const { type, version, payload } of events) {
      const event = JSON.parse(payload) as CustomerEvent;
      if (type === 'referral-earned' || type === 'referral-ended') {
        const { referrerId, fact } = reportOf(streamId, version, event);
        owed.set(`${fact.factId} in customer-${referrerId}`, fact.factId);
      } else if (type === 'referral-reported') {
        const key = `${(event as { factId: string }).factId} in ${streamId}`;
        told.set(key, (told.get(key) ?? 0) + 1);
      }
    }
  }
  return [
    ...[...owed.keys()].filter((key) => !told.has(key)).map((key) => `${key} was not told`),
    ...[...told].flatMap(([key, times]) =>
      !owed.has(key) ? [`${key} was told for nothing`] : times > 1 ? [`${key} was told ${times} times`] : [],
    ),
  ];
}

/** Every published decision is in its topic; the first time each comes, in the order of the customer's stream. */
function compareDecisions(
  events: readonly EventRow[],
  records: readonly PublishedRecord[],
): { lost: string[]; wrong: string[] } {
  const wanted = new Set(
    events
      .filter(({ type, streamId }) => isPublished(type) && customerOf(streamId) !== null)
      .map(({ streamId, version }) => `${String(customerOf(streamId))}@${version}`),
  );
  const wrong: string[] = [];
  const contents = new Map<string, string>();
  const last = new Map<string, number>();
  for (const { topic, key, value } of records) {
    if (topic !== DECISIONS_TOPIC || value === null) continue;
    const { id } = JSON.parse(value) as { id: string };
    const version = Number(id.slice(id.lastIndexOf('@') + 1));
    const known = contents.get(id);
    if (known !== undefined && known !== value) wrong.push(`${id} was published with other content`);
    if (known === undefined && version < (last.get(String(key)) ?? 0))
      wrong.push(`${id} was published after a later one`);
    if (!wanted.has(id)) wrong.push(`${id} was published and is no decision`);
    contents.set(id, value);
    last.set(String(key), Math.max(version, last.get(String(key)) ?? 0));
  }
  return { lost: [...wanted].filter((id) => !contents.has(id)).map((id) => `decision ${id} in the topic`), wrong };
}

const PUBLISHED: ReadonlySet<string> = new Set(PUBLISHED_DECISION_TYPES);

function isPublished(type: string): boolean {
  return PUBLISHED.has(type);
}

function firstDifference(found: string, wanted: string): string {
  let at = 0;
  while (at < found.length && found[at] === wanted[at]) at += 1;
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));
  return `${around(found)} instead of ${around(wanted)}`;
}
