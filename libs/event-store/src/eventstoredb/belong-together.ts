import { ErrorType, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import type pg from 'pg';
import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '../port.js';
import { EventsMoved, inTransaction, readHead } from '../transaction.js';
import { CALL_MS, errorType, readToEnd, StoresApart, withinTime } from './connection.js';
import type { EventStoreDbConnection } from './connection.js';
import { recordedEvent } from './event-form.js';

/** The stream that says whose events the streams with a prefix are. It does not begin with the prefix itself. */
const aboutStream = (prefix: string): string => `about-${prefix}`;

/** Events at the end of the log that are looked at for one that PostgreSQL does not know. */
const LAST_EVENTS = 200;

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
  await becomePair(database, connection, prefix);
  await checkKeptHere(database);
  await checkNotAhead(database, connection, { prefix, shards });
}

/** Ties an EventStoreDB that holds nothing of anybody to the database, unless they are tied already. */
export async function becomePair(database: pg.Pool, connection: EventStoreDbConnection, prefix: string): Promise<void> {
  const { storeId, prefix: known } = await ownStore(database, prefix);
  if (known !== prefix) {
    throw new StoresApart(`the streams of this database begin with ${known}: start with EVENTSTORE_PREFIX=${known}`);
  }
  const other = (await storeAt(connection, prefix)) ?? (await claim(connection, prefix, storeId));
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

/** The store whose events the streams with the prefix are; null where they are nobody's yet. */
export async function storeAt(connection: EventStoreDbConnection, prefix: string): Promise<string | null> {
  return connection.insist('say whose streams it holds', async () => {
    const reading = connection.client.readStream<{ type: string; data: { storeId: string } }>(aboutStream(prefix), {
      maxCount: 1,
      requiresLeader: true,
    });
    let storeId: string | null = null;
    try {
      await readToEnd(reading, ({ event }) => {
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
  try {
    await connection.insist('take the first event', () =>
      withinTime(
        connection.client.appendToStream(aboutStream(prefix), event, {
          expectedRevision: NO_STREAM,
          credentials: connection.credentials,
          requiresLeader: true,
          deadline: CALL_MS,
        }),
      ),
    );
  } catch (error) {
    if (errorType(error) !== ErrorType.WRONG_EXPECTED_VERSION) throw error;
  }
  return (await storeAt(connection, prefix)) ?? storeId;
}

/** A database without events takes EventStoreDB as its store from now on; one with events has them somewhere. */
async function checkKeptHere(database: pg.Pool): Promise<void> {
  await inTransaction(database, async (client) => {
    const { rows } = await client.query<{ kept_in: 'postgres' | 'eventstoredb'; head: string }>(
      'SELECT kept_in, head FROM store.feed_shard ORDER BY shard FOR UPDATE',
    );
    if (rows.every(({ kept_in }) => kept_in === 'eventstoredb')) return;
    if (rows.some(({ head }) => head !== '0')) throw new EventsMoved('postgres');
    await client.query("UPDATE store.feed_shard SET kept_in = 'eventstoredb'");
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
  const last = await connection.insist('give its last events', async () => {
    const reading = connection.client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: LAST_EVENTS });
    const events: RecordedEvent[] = [];
    await readToEnd(reading, ({ event }) => {
      const read = recordedEvent(event, form);
      if (read !== null) events.push(read);
    });
    return events;
  });
  const head = await readHead(database);
  const unknown = last.find(({ shard, position }) => position > (head.get(shard) ?? 0));
  if (unknown === undefined) return;
  throw new StoresApart(
    `EventStoreDB holds position ${unknown.position} of shard ${unknown.shard}, PostgreSQL ends at ` +
      `${head.get(unknown.shard) ?? 0}: it was restored from a backup that is older than EventStoreDB`,
  );
}
