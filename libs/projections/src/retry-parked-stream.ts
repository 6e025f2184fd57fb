import type { EventStore, StoredEvent } from '@retention/event-store';
import type pg from 'pg';
import { applyApart } from './apply-apart.js';
import { LazyEvent } from './lazy-event.js';
import type { Poison, Projection, Transaction } from './projection.js';
import { describeError } from './parked-streams.js';

/** Who has a stream tried again, and why. */
export interface RetryNote {
  readonly by: string;
  readonly because: string;
}

export interface StreamRetry {
  readonly projection: string;
  readonly version: number;
  readonly streamId: string;
  /** Since when the read model has stood still on the stream, and why until now. */
  readonly since: Date;
  readonly error: string;
  /** Events of the stream that were applied. */
  readonly events: number;
  /** Why it stands still on a later event, or on the same one still; null = it goes on. */
  readonly failure: string | null;
}

/** The read model, in the version asked for, does not stand still on the stream. */
export class StreamNotParked extends Error {
  override readonly name = 'StreamNotParked';
}

/** Events of the stream read at a time. */
const PAGE_EVENTS = 1_000;

interface Parked {
  readonly shard: number;
  readonly position: string;
  readonly error: string;
  readonly since: Date;
}

/**
 * Has a read model take up a stream it stands still on, while workers run: the events from the one that failed up to where
 * its shard has been applied, once, and the next ones come with the feed. All of it is one transaction, together with the
 * record of who, why, when and what came of it. When an event fails again the stream stands still there: what came before
 * is kept, as it is in live running.
 *
 * `projection` is to be a new one, not one that a worker uses. With `dryRun` nothing is kept.
 * @throws StreamNotParked
 */
export async function retryParkedStream(
  { store, database }: { readonly store: Pick<EventStore, 'readStream'>; readonly database: pg.Pool },
  projection: Projection,
  streamId: string,
  note: RetryNote,
  { dryRun }: { readonly dryRun: boolean },
): Promise<StreamRetry> {
  const client = await database.connect();
  let broken = true;
  try {
    await client.query('BEGIN');
    const retry = await takeUp(store, projection, streamId, client);
    await record(retry, note, client);
    await client.query(dryRun ? 'ROLLBACK' : 'COMMIT');
    broken = false;
    return retry;
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => (broken = false),
      () => undefined,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}

async function takeUp(
  store: Pick<EventStore, 'readStream'>,
  projection: Projection,
  streamId: string,
  transaction: Transaction,
): Promise<StreamRetry> {
  const { name, version } = projection;
  const parked = await lockParked(projection, streamId, transaction);
  const { events, poison } = await apply(store, projection, { streamId, ...parked }, transaction);
  if (poison === null) {
    await transaction.query(
      'DELETE FROM projection.parked_stream WHERE projection = $1 AND projection_version = $2 AND stream_id = $3',
      [name, version, streamId],
    );
  } else {
    await transaction.query(
      `UPDATE projection.parked_stream SET position = $4, error = $5
       WHERE projection = $1 AND projection_version = $2 AND stream_id = $3`,
      [name, version, streamId, poison.event.position, describeError(poison.error)],
    );
  }
  const { since, error } = parked;
  const failure = poison === null ? null : describeError(poison.error);
  return { projection: name, version, streamId, since, error, events, failure };
}

/**
 * Where the stream stands still, and up to where its shard was applied. From here on no worker moves the shard until the
 * transaction ends, and then each of them notices by the revision that rows were written that it does not know.
 */
async function lockParked(
  { name, version }: Projection,
  streamId: string,
  transaction: Transaction,
): Promise<Parked & { readonly upTo: number }> {
  // The checkpoint first, as a worker does it. The row of the stream is looked at when it is held.
  const shard = await transaction.query<{ shard: number }>(
    'SELECT shard FROM projection.parked_stream WHERE projection = $1 AND projection_version = $2 AND stream_id = $3',
    [name, version, streamId],
  );
  const { rows } = await transaction.query<{ position: string }>(
    `UPDATE projection.checkpoint SET revision = revision + 1 WHERE projection = $1 AND version = $2 AND shard = $3
     RETURNING position`,
    [name, version, shard.rows[0]?.shard ?? -1],
  );
  const parked = await transaction.query<Parked>(
    `SELECT shard, position, error, recorded_at AS since FROM projection.parked_stream
     WHERE projection = $1 AND projection_version = $2 AND stream_id = $3 FOR UPDATE`,
    [name, version, streamId],
  );
  const [checkpoint, row] = [rows[0], parked.rows[0]];
  if (checkpoint === undefined || row === undefined) {
    throw new StreamNotParked(`The read model ${name} does not stand still on ${streamId}.`);
  }
  return { ...row, upTo: Number(checkpoint.position) };
}

async function apply(
  store: Pick<EventStore, 'readStream'>,
  projection: Projection,
  { streamId, position, upTo }: { readonly streamId: string; readonly position: string; readonly upTo: number },
  transaction: Transaction,
): Promise<{ readonly events: number; readonly poison: Poison | null }> {
  const from = Number(position);
  let events = 0;
  let after = 0;
  for (;;) {
    const page: readonly StoredEvent[] = await store.readStream(streamId, after, PAGE_EVENTS);
    const missed = page.filter((event) => event.position >= from && event.position <= upTo);
    const [poison = null] = await applyApart(
      projection,
      missed.map((event) => new LazyEvent(event)),
      transaction,
    );
    if (poison !== null) {
      const before = missed.findIndex((event) => event.position === poison.event.position);
      return { events: events + before, poison };
    }
    events += missed.length;
    after = page.at(-1)?.version ?? after;
    if (page.length < PAGE_EVENTS) return { events, poison: null };
  }
}

async function record(retry: StreamRetry, { by, because }: RetryNote, transaction: Transaction): Promise<void> {
  const { projection, version, streamId, since, error, events, failure } = retry;
  await transaction.query(
    `INSERT INTO projection.stream_retry (projection, projection_version, stream_id, retried_by, because, parked_since,
       parked_error, events, error)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [projection, version, streamId, by, because, since, error, events, failure],
  );
}
