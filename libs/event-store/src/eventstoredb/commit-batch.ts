import { int4Array, textArray } from '@retention/platform';
import type pg from 'pg';
import { shardOf } from '../port.js';
import type { AppendBatch, StreamAppend } from '../port.js';
import { applyCompanions, lockShards, moveHeads, moveOffsets, streamConflict, writeSnapshots } from '../transaction.js';
import type { StreamWrite } from './event-form.js';
import { weightOf } from './event-form.js';
import { keepUnfinished } from './unfinished-appends.js';
import { EVENT_BYTES_MAX } from './write-streams.js';

const MOVE_STREAM_HEADS = `
  INSERT INTO store.stream_head AS h (stream_id, version) SELECT * FROM unnest($1::text[], $2::int[])
  ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version`;

/** An event EventStoreDB would not take. It carries the SQL state of a limit, by which writers know whose fault it is. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
  readonly code = '54000';
}

/** An event that is no JSON. It carries the SQL state PostgreSQL refuses such a text with. */
export class EventUnreadable extends Error {
  override readonly name = 'EventUnreadable';
  readonly code = '22P02';
}

/** What is left to do of a committed batch. Null = nothing. */
export type Unfinished = { readonly id: string; readonly writes: readonly StreamWrite[] } | null;

/**
 * Decides about the batch inside the transaction that is open on `client`: versions, offsets and companions are as it
 * expects, or nothing of it happens. The events themselves are only promised here.
 */
export async function commitBatch(client: pg.ClientBase, batch: AppendBatch, shards: number): Promise<Unfinished> {
  checkEvents(batch.streams);
  const heads = await lockShards(client, batch.streams, { shards, keptIn: 'eventstoredb' });
  await moveOffsets(client, batch.advances);
  await checkVersions(client, batch.streams);
  await applyCompanions(client, batch.companions);
  await writeSnapshots(client, batch.streams);
  const streams = batch.streams.filter(({ events }) => events.length > 0);
  if (streams.length === 0) return null;
  const writes = streams.map(({ streamId, expectedVersion, events }) => {
    const shard = shardOf(streamId, shards);
    const firstPosition = (heads.get(shard) ?? 0) + 1;
    heads.set(shard, firstPosition + events.length - 1);
    return { streamId, expectedVersion, firstPosition, events };
  });
  await moveHeads(client, heads);
  await moveStreamHeads(client, streams);
  return keepUnfinished(client, writes);
}

/** Once it is committed it has to be writable: what cannot be is refused before. */
function checkEvents(streams: readonly StreamAppend[]): void {
  for (const { streamId, events } of streams) {
    for (const event of events) {
      const bytes = weightOf(event);
      if (bytes > EVENT_BYTES_MAX) {
        const limit = `EventStoreDB takes ${EVENT_BYTES_MAX}`;
        throw new EventTooLarge(`${event.type} of ${streamId} has ${bytes} bytes; ${limit}`);
      }
      if (!isJson(event.payload) || (event.origin !== null && !isJson(event.origin))) {
        throw new EventUnreadable(`${event.type} of ${streamId} is no JSON`);
      }
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function checkVersions(client: pg.ClientBase, streams: readonly StreamAppend[]): Promise<void> {
  if (streams.length === 0) return;
  const { rows } = await client.query<{ stream_id: string; version: number }>({
    name: 'store-stream-heads',
    text: 'SELECT stream_id, version FROM store.stream_head WHERE stream_id = ANY($1::text[])',
    values: [textArray(streams.map(({ streamId }) => streamId))],
  });
  const versions = new Map(rows.map(({ stream_id, version }) => [stream_id, version]));
  const moved = streams.filter(({ streamId, expectedVersion }) => (versions.get(streamId) ?? 0) !== expectedVersion);
  if (moved.length > 0) throw streamConflict(moved.map(({ streamId }) => streamId));
}

async function moveStreamHeads(client: pg.ClientBase, streams: readonly StreamAppend[]): Promise<void> {
  const ordered = [...streams].sort((one, other) => (one.streamId < other.streamId ? -1 : 1));
  await client.query({
    name: 'store-move-stream-heads',
    text: MOVE_STREAM_HEADS,
    values: [
      textArray(ordered.map(({ streamId }) => streamId)),
      int4Array(ordered.map(({ expectedVersion, events }) => expectedVersion + events.length)),
    ],
  });
}
