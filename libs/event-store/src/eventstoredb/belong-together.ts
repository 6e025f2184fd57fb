import { ErrorType, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import type { Position } from '@eventstore/db-client';
import type pg from 'pg';
import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '../port.js';
import { EventsMoved, inTransaction, readHead } from '../transaction.js';
import { errorType, StoresApart } from './connection.js';
import type { EventStoreDbConnection } from './connection.js';
import { recordedEvent } from './event-form.js';

/** The stream that says whose events the streams with a prefix are. It does not begin with the prefix itself. */
const aboutStream = (prefix: string): string => `about-${prefix}`;

/** Events of the store, from the end of the log, that are looked at for one that PostgreSQL does not know. */
const LAST_EVENTS = 200;
/** The server writes events of its own, and others may too: so many are read at once, and so often, to find those. */
const PAGE_EVENTS = 1000;
const PAGES_MAX = 20;

/**
 * Makes sure that this PostgreSQL and this EventStoreDB are the two halves of one store; an empty pair becomes one.
 * @throws EventsMoved when the events are kept in PostgreSQL, StoresApart when the other half is another store's.
 */
export async function belongTogether(
  database: pg.Pool,
  connection: EventStoreDbConnection,
  prefix: string,
  shards: number,
): Promise<void> {
  // Before anything is written to either: a store that was started by mistake leaves no trace.
  await checkMayBeKeptHere(database);
  await becomePair(database, connection, prefix);
  await keepHere(database, prefix);
  await checkNotAhead(database, connection, { prefix, shards });
}

/** Ties an EventStoreDB that holds nothing of anybody to the database, unless they are tied already. */
export async function becomePair(database: pg.Pool, connection: EventStoreDbConnection, prefix: string): Promise<void> {
  const { storeId, prefix: known } = await ownStore(database, prefix);
  if (known !== prefix) await changePrefix(database, connection, { storeId, known, prefix });
  const { openPatienceMs: patienceMs } = connection.timing;
  // Asked first: whoever has written events there has claimed it before.
  const { rows } = await database.query("SELECT FROM store.feed_shard WHERE kept_in = 'eventstoredb' AND head > 0");
  const found = await storeAt(connection, prefix, patienceMs);
  if (found === null && rows.length > 0) {
    throw new StoresApart(
      `nothing in this EventStoreDB begins with ${prefix}, where the events of this database are kept: ` +
        'EVENTSTORE_URL names another one, or it was emptied',
    );
  }
  const other = found ?? (await claim(connection, prefix, storeId));
  if (other !== storeId) {
    throw new StoresApart(
      `the streams that begin with ${prefix} belong to another database (store ${other}, this one is ${storeId}): ` +
        'choose another EVENTSTORE_PREFIX, or the EventStoreDB of this database',
    );
  }
}

async function ownStore(database: pg.Pool, prefix: string): Promise<{ storeId: string; prefix: string }> {
  await database.query('INSERT INTO store.eventstoredb (store_id, prefix) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    randomUUID(),
    prefix,
  ]);
  const { rows } = await database.query<{ storeId: string; prefix: string }>(
    'SELECT store_id AS "storeId", prefix FROM store.eventstoredb',
  );
  const [own] = rows;
  if (own === undefined) throw new Error('store.eventstoredb has no row');
  return own;
}

/** A prefix under which nothing was written yet, because it is another store's, may be given up. Any other is for good. */
async function changePrefix(
  database: pg.Pool,
  connection: EventStoreDbConnection,
  { storeId, known, prefix }: { readonly storeId: string; readonly known: string; readonly prefix: string },
): Promise<void> {
  const { rows } = await database.query("SELECT FROM store.feed_shard WHERE kept_in = 'eventstoredb'");
  const isUsed = rows.length > 0 || (await storeAt(connection, known, connection.timing.openPatienceMs)) === storeId;
  if (isUsed) {
    throw new StoresApart(`the streams of this database begin with ${known}: start with EVENTSTORE_PREFIX=${known}`);
  }
  await database.query('UPDATE store.eventstoredb SET prefix = $2 WHERE prefix = $1', [known, prefix]);
}

/** The store whose events the streams with the prefix are; null where they are nobody's yet. */
export async function storeAt(
  connection: EventStoreDbConnection,
  prefix: string,
  patienceMs: number,
): Promise<string | null> {
  return connection.insist('say whose streams it holds', patienceMs, async () => {
    const reading = connection.client.readStream<{ type: string; data: { storeId: string } }>(aboutStream(prefix), {
      maxCount: 1,
      requiresLeader: true,
      credentials: connection.credentials,
    });
    let storeId: string | null = null;
    try {
      await connection.readToEnd(reading, ({ event }) => {
        storeId = event?.data.storeId ?? null;
      });
      return storeId;
    } catch (error) {
      if (errorType(error) === ErrorType.STREAM_NOT_FOUND) return null;
      throw error;
    }
  });
}

/** Resolves with whose it is by now: another database may have been faster. */
async function claim(connection: EventStoreDbConnection, prefix: string, storeId: string): Promise<string> {
  const event = jsonEvent({ id: storeId, type: 'store-claimed', data: { storeId } });
  const { callMs, openPatienceMs: patienceMs } = connection.timing;
  try {
    await connection.insist('take the first event', patienceMs, () =>
      connection.withinTime(
        connection.client.appendToStream(aboutStream(prefix), event, {
          expectedRevision: NO_STREAM,
          credentials: connection.credentials,
          requiresLeader: true,
          deadline: callMs,
        }),
      ),
    );
  } catch (error) {
    if (errorType(error) !== ErrorType.WRONG_EXPECTED_VERSION) throw error;
  }
  return (await storeAt(connection, prefix, patienceMs)) ?? storeId;
}

async function checkMayBeKeptHere(database: pg.Pool | pg.ClientBase, lock = ''): Promise<void> {
  const { rows } = await database.query<{ kept_in: 'postgres' | 'eventstoredb'; head: string }>(
    `SELECT kept_in, head FROM store.feed_shard ORDER BY shard ${lock}`,
  );
  if (rows.some(({ kept_in, head }) => kept_in === 'postgres' && head !== '0')) throw new EventsMoved('postgres');
}

/** A database without events takes EventStoreDB as its store from now on; one with events has them somewhere. */
async function keepHere(database: pg.Pool, prefix: string): Promise<void> {
  await inTransaction(database, async (client) => {
    await checkMayBeKeptHere(client, 'FOR UPDATE');
    const { rows } = await client.query('SELECT FROM store.eventstoredb WHERE prefix = $1 FOR UPDATE', [prefix]);
    if (rows.length === 0) throw new StoresApart(`another process has just begun with another prefix than ${prefix}`);
    await client.query("UPDATE store.feed_shard SET kept_in = 'eventstoredb' WHERE kept_in <> 'eventstoredb'");
  });
}

/**
 * Every event is committed in PostgreSQL before it is written, so one that PostgreSQL does not know means that it was
 * restored from a backup older than EventStoreDB. Going on would give its place to another event.
 */
async function checkNotAhead(
  database: pg.Pool,
  connection: EventStoreDbConnection,
  form: { readonly prefix: string; readonly shards: number },
): Promise<void> {
  const last = await lastEvents(connection, form);
  const head = await readHead(database);
  const unknown = last.find(({ shard, position }) => position > (head.get(shard) ?? 0));
  if (unknown === undefined) return;
  throw new StoresApart(
    `EventStoreDB holds position ${unknown.position} of shard ${unknown.shard}, PostgreSQL ends at ` +
      `${head.get(unknown.shard) ?? 0}: it was restored from a backup that is older than EventStoreDB`,
  );
}

/** Read from the end of the log, where others may have written since. */
async function lastEvents(
  connection: EventStoreDbConnection,
  form: { readonly prefix: string; readonly shards: number },
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  let from: Position | 'end' = 'end';
  for (let page = 0; page < PAGES_MAX && events.length < LAST_EVENTS; page += 1) {
    const { found, first } = await pageBefore(connection, form, from);
    events.push(...found);
    if (first === null) break;
    from = first;
  }
  return events;
}

async function pageBefore(
  connection: EventStoreDbConnection,
  form: { readonly prefix: string; readonly shards: number },
  fromPosition: Position | 'end',
): Promise<{ readonly found: RecordedEvent[]; readonly first: Position | null }> {
  return connection.insist('give its last events', connection.timing.openPatienceMs, async () => {
    const found: RecordedEvent[] = [];
    let first: Position | null = null;
    const { credentials } = connection;
    const options = { direction: 'backwards', maxCount: PAGE_EVENTS, requiresLeader: true, credentials } as const;
    await connection.readToEnd(connection.client.readAll({ ...options, fromPosition }), ({ event }) => {
      first = event?.position ?? first;
      const read = recordedEvent(event, form);
      if (read !== null) found.push(read);
    });
    return { found, first };
  });
}
