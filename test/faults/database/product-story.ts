import { createFactReader } from '@retention/contracts';
import { DEFAULT_POLICY, SNAPSHOT_FORM } from '@retention/customer';
import { openEventStore } from '@retention/event-store';
import type { EventStore } from '@retention/event-store';
import { customersAsOf } from '@retention/history';
import * as ingestion from '@retention/ingestion';
import { FactWriter } from '@retention/ingestion';
import type { OutgoingRecord, RecordProducer } from '@retention/platform';
import { eventsBehind, lineProjection, projectionLag, ProjectionRunner, shardLeases } from '@retention/projections';
import { hasUnreportedReferrals, publicationLag, referralReactor } from '@retention/reactors';
import { readModels } from '@retention/read-models';
import { simulateLines } from '@retention/simulation';
import type pg from 'pg';
import { BAD_MESSAGES, event, GOOD_BEFORE } from '../../support/bad-input.js';

const ALL_SHARDS = new Set(Array.from({ length: 16 }, (_, shard) => shard));
const TERM_MS = 600_000;
const CHUNK_LINES = 40;

/** A year of a small lender, some of it twice, some of it bad, in an order in which some facts wait for others. */
function messages(): (Buffer | null)[] {
  const lines = [
    ...simulateLines({
      ...{ customers: 8, years: 0.7, seed: 4, startsOn: '2022-03-01', branches: 2, closesBusinessDays: true },
      ...{ repeatedRate: 0.1, referredRate: 0.6, referrerLaterRate: 0.3, overdueRate: 0.2, prepaidRate: 0.3 },
      ...{ writtenOffRate: 0.1, disbursalUndoneRate: 0.1, pointsAdjustedRate: 0.2, withoutSubjectRate: 0.5 },
    }),
  ].map((line) => Buffer.from(line));
  const some = Math.floor(lines.length / 3);
  const bad = BAD_MESSAGES.filter(({ bytes }) => bytes === null || bytes.length < 10_000).map(({ bytes }) => bytes);
  const [first = null] = GOOD_BEFORE;
  const contradicted = Buffer.from((first?.toString() ?? '').replace('2026-03-01', '2026-02-01'));
  const ofNobody = { repaymentId: 'R9', loanId: 'L9', amount: '1.00', currency: 'CNY', paidOn: '2026-04-02' };
  // Without a subject nobody but the loan says whose it is.
  const pending = Buffer.from(
    JSON.stringify({ ...event('rep-9', 'repayment.received', ofNobody), subject: undefined }),
  );
  return [...lines.slice(some), pending, ...GOOD_BEFORE, contradicted, ...bad, ...bad, ...lines.slice(0, some + 20)];
}

/** A read model that cannot apply some events. */
const delicate = lineProjection<string>({
  name: 'delicate',
  version: 1,
  linesOf: ({ type, position }) => {
    if (type === 'repayment-received' && position % 3 === 0) throw new Error(`no repayment at ${position}`);
    return [];
  },
  save: () => Promise.resolve(),
});

/** Everything the product does with its database, once, in order. Resolves with every answer it got. */
export async function tellStory(database: pg.Pool): Promise<Readonly<Record<string, unknown>>> {
  const store = await openEventStore(database, { keptIn: 'postgres', eventStoreDb: null });
  const reader = createFactReader({ businessTimeZone: 'Asia/Shanghai', now: () => Date.UTC(2027, 0, 1) });
  // Few are kept in memory, so that snapshots and tails are read.
  const writer = new FactWriter({ store, database, reader, batchFacts: 60, cacheCustomers: 3 });
  const outcomes = await submitAll(writer);
  const decided = [await decideAll(writer), await writer.sweepPending()];
  const policy = { ...DEFAULT_POLICY, version: 'second', validFrom: '2022-06-01' };
  await writer.publishPolicy({ policy, author: 'head', reason: 'to see' });
  const due = await ingestion.dueCustomerCount(database);
  decided.push(await decideAll(writer));
  const leases = await shareShards(database);
  const applied = await applyAll(database, store);
  const reports = await referralReactor(store, writer).follow(ALL_SHARDS);
  await writer.drain();
  const operated = await operate(database, store, writer);
  const sent = await sendDeadLetters(database);
  await ingestion.keepChurnModel(store, {
    ...{ version: 'm', model: 'bg-nbd', r: 0.2, alpha: 4, a: 0.8, b: 2, from: '2022-01-01', to: '2022-12-31' },
  } as unknown as Parameters<typeof ingestion.keepChurnModel>[1]);
  const times = [await ingestion.timeOfReport(database, 'k', 5000), await ingestion.timeOfReport(database, 'k', 9000)];
  return {
    ...{ outcomes, decided, due, leases, applied, reports, operated, sent, times },
    ...(await questions(database, store)),
    further: await applyAll(database, store),
  };
}

async function submitAll(writer: FactWriter): Promise<string[]> {
  const outcomes: string[] = [];
  const all = messages();
  for (let from = 0; from < all.length; from += CHUNK_LINES) {
    const items = all.slice(from, from + CHUNK_LINES).map((bytes, index) => ({
      kind: 'message' as const,
      bytes,
      headers: { traceparent: Buffer.from('00-ab'), odd: Buffer.from([0xff, 0x00]) },
      origin: { door: 'kafka' as const, topic: 't', partition: 0, offset: String(from + index) },
    }));
    const advances = [
      { consumer: 'group', source: 't-0', expected: from === 0 ? null : from, next: from + CHUNK_LINES },
    ];
    outcomes.push(...(await writer.submit({ items, advances })).map(({ status }) => status));
  }
  await writer.drain();
  return outcomes;
}

async function decideAll(writer: FactWriter): Promise<number> {
  let decided = 0;
  for (;;) {
    const due = await writer.decideDue();
    if (due === 0) return decided;
    decided += due;
  }
}

/** A customer is parked by a damaged stream, and operators do what they can. */
async function operate(database: pg.Pool, store: EventStore, writer: FactWriter): Promise<unknown[]> {
  const reader = createFactReader({ businessTimeZone: 'Asia/Shanghai' });
  const note = { by: 'Ann', because: 'to see' };
  const [customerId = ''] = await ingestion.customerIdsAfter(database, null, 1);
  const { length: version } = await store.readStream(ingestion.streamOf(customerId), 0, 10_000);
  await database.query('DELETE FROM store.snapshot WHERE stream_id = $1', [ingestion.streamOf(customerId)]);
  await database.query('INSERT INTO store.snapshot (stream_id, version, form, state) VALUES ($1, $2, $3, $4)', [
    ...[ingestion.streamOf(customerId), version, SNAPSHOT_FORM, '{'],
  ]);
  const cold = new FactWriter({ store, database, reader, batchFacts: 60, cacheCustomers: 100 });
  const contacts = [1, 2, 3].map((no) => {
    const made = { customerId, contactId: `K${no}`, madeOn: '2022-12-01' };
    return Buffer.from(JSON.stringify({ ...event(`c-${no}`, 'contact.made', made), subject: customerId }));
  });
  const items = contacts.map((bytes, line) => ({
    ...{ kind: 'message' as const, bytes, origin: { door: 'file' as const, file: 'f', line } },
  }));
  const told: unknown[] = [await cold.submit({ items, advances: [] }), await writer.submit({ items, advances: [] })];
  for (const retryOf of [customerId, customerId, 'nobody']) {
    const retried = ingestion.retryParkedCustomer(cold, database, retryOf, note, { dryRun: false });
    told.push(await retried.catch((error: unknown) => String(error)));
    const page = { afterCustomerId: null, limit: 10 };
    told.push([await ingestion.parkedCustomers(database, page), await ingestion.dueCustomerCount(database)]);
    await database.query('DELETE FROM store.snapshot WHERE stream_id = $1', [ingestion.streamOf(customerId)]);
  }
  const all = { afterId: null, limit: 2, code: null, state: 'open' } as const;
  for (const { id } of await ingestion.deadLetters(database, all)) {
    told.push(await ingestion.requeueDeadLetter(writer, database, id, note, { dryRun: false }));
    told.push(await ingestion.discardDeadLetter(writer, database, id, note, { dryRun: false }));
  }
  told.push((await store.readStream(ingestion.OPERATIONS_STREAM, 0, 100)).map(({ payload }) => payload));
  return told;
}

/** Two workers come, share, and one goes. */
async function shareShards(database: pg.Pool): Promise<number[][]> {
  const one = shardLeases(database, 'one', TERM_MS);
  const other = shardLeases(database, 'other', TERM_MS);
  const held: number[][] = [];
  for (const worker of [one, other, one, other]) {
    await worker.renew();
    held.push([...worker.held]);
  }
  await one.release();
  await other.renew();
  return [...held, [...other.held]];
}

async function applyAll(database: pg.Pool, store: EventStore): Promise<number> {
  const projections = [...readModels(), delicate];
  const runner = new ProjectionRunner({ store, database, projections, batchEvents: 90 });
  let applied = 0;
  for (;;) {
    const events = await runner.applyNext(ALL_SHARDS);
    if (events === 0) return applied;
    applied += events;
  }
}

async function sendDeadLetters(database: pg.Pool): Promise<unknown> {
  const sent: (readonly OutgoingRecord[])[] = [];
  const producer: RecordProducer = {
    send: (_, records) => {
      sent.push(records);
      return Promise.resolve();
    },
    disconnect: () => Promise.resolve(),
  };
  return [
    await ingestion.publishDeadLetters(database, producer, 'dead'),
    await ingestion.publishDeadLetters(database, producer, 'dead'),
    sent,
  ];
}

/** What people and processes ask. */
async function questions(database: pg.Pool, store: EventStore): Promise<Record<string, unknown>> {
  const head = await store.head();
  const page = { afterId: null, limit: 1000, code: null, state: 'all' };
  const letters = await ingestion.deadLetters(database, page as Parameters<typeof ingestion.deadLetters>[1]);
  const customers = await ingestion.customerIdsAfter(database, null, 5);
  const past = [];
  const book = ingestion.policyBook(await ingestion.readPublishedPolicies(store));
  for await (const state of customersAsOf({ store, database, book }, '2022-09-30')) past.push(state);
  const lags = await projectionLag(database, store);
  return {
    letters,
    letter: await ingestion.deadLetter(database, letters[0]?.id ?? '1'),
    letterCounts: await ingestion.deadLetterCounts(database),
    pending: await ingestion.pendingFacts(database, { afterKey: null, limit: 1000 }),
    counts: [await ingestion.pendingFactCount(database), await ingestion.knownFactCount(database)],
    customers: [customers, await ingestion.customerIdsAfter(database, customers[2] ?? null, 5)],
    day: await ingestion.lastClosedDay(database),
    behind: await eventsBehind(database, readModels(), head),
    lags: lags.map(({ lagSeconds: _, ...lag }) => lag),
    unreported: await hasUnreportedReferrals(store, head),
    unpublished: await publicationLag(store, { topic: 'd', from: 'beginning' }),
    offsets: await store.offsets('group'),
    feed: await store.readFeed({
      after: new Map([...head.keys()].map((shard) => [shard, 2])),
      ...{ limitPerShard: 7, types: null },
    }),
    past,
  };
}
