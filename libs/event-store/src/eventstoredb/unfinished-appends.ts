import type pg from 'pg';
import type { NewEvent } from '../port.js';
import type { EventStoreDbConnection } from './connection.js';
import type { StreamWrite } from './event-form.js';
import { writeStreams } from './write-streams.js';

/*
 * The promise between the two databases: a batch is committed in PostgreSQL together with the events it wants to have in
 * EventStoreDB, and these are written afterwards. Whoever finds such a batch may finish it: writing it twice has no effect.
 */

/** Streams as text: [stream, expected version, first position, [type, payload, origin][]][]. */
type Content = [string, number, number, [string, string, string | null][]][];

/** Keeps what is about to be written. Resolves with the writes as they will be, each time they are tried. */
export async function keepUnfinished(
  client: pg.ClientBase,
  streams: readonly Omit<StreamWrite, 'recordedAt'>[],
): Promise<{ readonly id: string; readonly writes: readonly StreamWrite[] }> {
  const content: Content = streams.map(({ streamId, expectedVersion, firstPosition, events }) => [
    streamId,
    expectedVersion,
    firstPosition,
    events.map(({ type, payload, origin }) => [type, payload, origin]),
  ]);
  const { rows } = await client.query<{ id: string; recorded_at: string }>({
    name: 'store-keep-unfinished',
    text: `INSERT INTO store.unfinished_append (content) VALUES ($1)
      RETURNING id, floor(extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_at`,
    values: [JSON.stringify(content)],
  });
  const kept = rows[0];
  if (kept === undefined) throw new Error('store.unfinished_append returned no row');
  const recordedAt = Number(kept.recorded_at);
  return { id: kept.id, writes: streams.map((stream) => ({ ...stream, recordedAt })) };
}

/** Writes a committed batch, and forgets that it was unfinished. */
export async function finish(
  database: pg.Pool,
  connection: EventStoreDbConnection,
  prefix: string,
  { id, writes }: { readonly id: string; readonly writes: readonly StreamWrite[] },
): Promise<void> {
  await writeStreams(connection, prefix, writes);
  // Lost with the server, it is done once more.
  await database.query({
    name: 'store-forget-unfinished',
    text: 'DELETE FROM store.unfinished_append WHERE id = $1',
    values: [id],
  });
}

/** Finishes every batch that others have left, in the order of their commits, or are busy with. Resolves with how many. */
export async function finishAll(
  database: pg.Pool,
  connection: EventStoreDbConnection,
  prefix: string,
): Promise<number> {
  const { rows } = await database.query<{ id: string }>('SELECT id FROM store.unfinished_append ORDER BY id');
  for (const { id } of rows) {
    const writes = await unfinished(database, id);
    if (writes !== null) await finish(database, connection, prefix, { id, writes });
  }
  return rows.length;
}

async function unfinished(database: pg.Pool, id: string): Promise<StreamWrite[] | null> {
  const { rows } = await database.query<{ content: string; recorded_at: string }>(
    `SELECT content, floor(extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_at
     FROM store.unfinished_append WHERE id = $1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const recordedAt = Number(row.recorded_at);
  return (JSON.parse(row.content) as Content).map(([streamId, expectedVersion, firstPosition, events]) => ({
    streamId,
    expectedVersion,
    firstPosition,
    recordedAt,
    events: events.map(([type, payload, origin]): NewEvent => ({ type, payload, origin })),
  }));
}
