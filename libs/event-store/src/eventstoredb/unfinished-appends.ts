import { textArray } from '@retention/platform';
import type pg from 'pg';
import type { NewEvent } from '../port.js';
import type { EventStoreDbConnection } from './connection.js';
import type { StreamWrite } from './event-form.js';
import { StreamBehind, tryStreams } from './write-streams.js';
import type { BrokenStreams } from './write-streams.js';

/*
 * The promise between the two databases: a batch is committed in PostgreSQL together with the events it wants to have in
 * EventStoreDB, and these are written afterwards. Whoever finds such a batch may finish it: writing it twice has no effect.
 */

/** Streams as text: [stream, expected version, first position, [type, payload, origin][]][]. */
type Content = [string, number, number, [string, string, string | null][]][];

export interface UnfinishedBatch {
  readonly id: string;
  readonly writes: readonly StreamWrite[];
}

/** Looking for more streams than these in the text of a batch costs more than reading it. */
const STREAMS_LOOKED_FOR_MAX = 20;

/** Keeps what is about to be written. Resolves with the writes as they will be, each time they are tried. */
export async function keepUnfinished(
  client: pg.ClientBase,
  streams: readonly Omit<StreamWrite, 'recordedAt'>[],
): Promise<UnfinishedBatch> {
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

export interface UnfinishedAppendsOptions {
  readonly connection: EventStoreDbConnection;
  readonly database: pg.Pool;
  readonly prefix: string;
}

/** The batches that are committed and may not be in EventStoreDB yet: one's own, and what others have left. */
export class UnfinishedAppends {
  private readonly broken = new Map<string, { readonly streams: BrokenStreams; readonly until: number }>();
  private finishing: Promise<BrokenStreams> | null = null;

  constructor(private readonly options: UnfinishedAppendsOptions) {}

  /**
   * Writes a batch and forgets that it was unfinished.
   * @throws StoresApart when some of its streams cannot be written; the others are.
   */
  async finish(batch: UnfinishedBatch): Promise<void> {
    const broken = await this.write(batch);
    for (const error of broken.values()) throw error;
    await this.forget(batch.id);
  }

  /**
   * Finishes what others have left, in the order of their commits. A batch that cannot be written holds up no other one:
   * resolves with the streams that are broken, which only those have to know who need them.
   */
  async finishAll(olderThanMs: number): Promise<BrokenStreams> {
    const { rows } = await this.options.database.query<{ id: string }>(
      `SELECT id FROM store.unfinished_append
       WHERE recorded_at <= now() - make_interval(secs => $1::float8 / 1000) ORDER BY id`,
      [olderThanMs],
    );
    const all: BrokenStreams = new Map();
    for (const { id } of rows) {
      const known = this.broken.get(id);
      const streams = known !== undefined && Date.now() < known.until ? known.streams : await this.finishFound(id);
      for (const [streamId, error] of streams) all.set(streamId, error);
    }
    const ids = new Set(rows.map(({ id }) => id));
    for (const id of this.broken.keys()) if (!ids.has(id)) this.broken.delete(id);
    return all;
  }

  /** The same for what is old enough to have lost its writer. One at a time: who waits for an event is not alone. */
  finishAbandoned(): Promise<BrokenStreams> {
    this.finishing ??= this.finishAll(this.options.connection.timing.abandonedAfterMs).finally(() => {
      this.finishing = null;
    });
    return this.finishing;
  }

  /** Writes what is unfinished of these streams, and of no other. Resolves with those that are broken. */
  async finishStreams(streamIds: readonly string[], before: string | null = null): Promise<BrokenStreams> {
    const wanted = new Set(streamIds);
    const all: BrokenStreams = new Map();
    for (const id of await this.idsWith(streamIds, before)) {
      const batch = await this.load(id);
      const writes = (batch?.writes ?? []).filter(({ streamId }) => wanted.has(streamId) && !all.has(streamId));
      const { connection, prefix } = this.options;
      for (const [streamId, error] of await tryStreams(connection, prefix, writes)) all.set(streamId, error);
    }
    return all;
  }

  private async finishFound(id: string): Promise<BrokenStreams> {
    const batch = await this.load(id);
    const streams = batch === null ? new Map<string, Error>() : await this.write(batch);
    if (streams.size === 0) await this.forget(id);
    else this.broken.set(id, { streams, until: Date.now() + this.options.connection.timing.brokenForMs });
    return streams;
  }

  private async write({ id, writes }: UnfinishedBatch): Promise<BrokenStreams> {
    const { connection, prefix } = this.options;
    const broken = await tryStreams(connection, prefix, writes);
    const isBehind = ([, error]: readonly [string, Error]): boolean => error instanceof StreamBehind;
    const behind = new Set([...broken].filter(isBehind).map(([streamId]) => streamId));
    if (behind.size === 0) return broken;
    // A batch of theirs that was committed before this one is unfinished as well.
    const before = await this.finishStreams([...behind], id);
    const late = writes.filter(({ streamId }) => behind.has(streamId) && !before.has(streamId));
    const again = await tryStreams(connection, prefix, late);
    for (const streamId of behind) {
      const error = before.get(streamId) ?? again.get(streamId);
      if (error === undefined) broken.delete(streamId);
      else broken.set(streamId, error);
    }
    return broken;
  }

  private async forget(id: string): Promise<void> {
    // Lost with the server, it is done once more.
    await this.options.database.query({
      name: 'store-forget-unfinished',
      text: 'DELETE FROM store.unfinished_append WHERE id = $1',
      values: [id],
    });
  }

  /** Batches that may hold events of the streams. */
  private async idsWith(streamIds: readonly string[], before: string | null): Promise<string[]> {
    const looked = streamIds.length > STREAMS_LOOKED_FOR_MAX ? [''] : streamIds.map((id) => JSON.stringify(id));
    const { rows } = await this.options.database.query<{ id: string }>(
      `SELECT id FROM store.unfinished_append
       WHERE ($2::bigint IS NULL OR id < $2)
         AND EXISTS (SELECT FROM unnest($1::text[]) AS looked(text) WHERE strpos(content, looked.text) > 0)
       ORDER BY id`,
      [textArray(looked), before],
    );
    return rows.map(({ id }) => id);
  }

  private async load(id: string): Promise<UnfinishedBatch | null> {
    const { rows } = await this.options.database.query<{ content: string; recorded_at: string }>(
      `SELECT content, floor(extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_at
       FROM store.unfinished_append WHERE id = $1`,
      [id],
    );
    const [row] = rows;
    if (row === undefined) return null;
    const recordedAt = Number(row.recorded_at);
    const writes = (JSON.parse(row.content) as Content).map(([streamId, expectedVersion, firstPosition, events]) => ({
      streamId,
      expectedVersion,
      firstPosition,
      recordedAt,
      events: events.map(([type, payload, origin]): NewEvent => ({ type, payload, origin })),
    }));
    return { id, writes };
  }
}
