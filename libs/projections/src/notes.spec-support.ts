import {
  EVENT_STORE_ENTITIES,
  EVENT_STORE_MIGRATIONS,
  openEventStore,
  shardOf,
  type EventStore,
  type FeedPositions,
} from '@retention/event-store';
import { createDataSource, createPool, runMigrations } from '@retention/platform';
import { createDatabaseForSpec, storeForSpec } from '@retention/testing';
import type pg from 'pg';
import { PROJECTION_ENTITIES } from './entities.js';
import { lineProjection } from './line-projection.js';
import { Projection1763900200000 } from './migrations/1763900200000-projection.js';
import { CheckpointRevision1764200100000 } from './migrations/1764200100000-checkpoint-revision.js';
import { StreamRetries1764200300000 } from './migrations/1764200300000-stream-retries.js';
import type { Projection, RowChange, RowProjectionSpec, Transaction } from './projection.js';
import { ProjectionRunner } from './projection-runner.js';
import { rowProjection } from './row-projection.js';

/** A feed of notes, and two read models of it: the sum of each stream, and a line for each note. */
export interface NotesForSpec {
  readonly store: EventStore;
  readonly database: pg.Pool;
  /** Appends notes to a stream, each a number. `NaN` is written as what no projection can apply. */
  note(streamId: string, ...numbers: number[]): Promise<void>;
  /** Makes everything as it was at first, which is quicker than another database. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function openNotesForSpec(): Promise<NotesForSpec> {
  const { url, drop } = await createDatabaseForSpec();
  const dataSource = createDataSource({
    url,
    entities: [...EVENT_STORE_ENTITIES, ...PROJECTION_ENTITIES],
    migrations: [
      ...EVENT_STORE_MIGRATIONS,
      Projection1763900200000,
      CheckpointRevision1764200100000,
      StreamRetries1764200300000,
    ],
  });
  await runMigrations(dataSource);
  await dataSource.destroy();
  const database = createPool(url, { max: 10, applicationName: 'projections spec' });
  await database.query(`
    CREATE TABLE sum (stream_id text PRIMARY KEY, shard int NOT NULL, notes int NOT NULL, sum int NOT NULL);
    CREATE TABLE line (stream_id text, version int, number int NOT NULL, PRIMARY KEY (stream_id, version))`);
  const { keptIn, eventStoreDb } = storeForSpec(url);
  let resets = 0;
  const open = (): Promise<EventStore> => {
    // What was written to EventStoreDB stays: another store begins beside it.
    const named = eventStoreDb === null ? null : { ...eventStoreDb, prefix: `${resets}-${eventStoreDb.prefix}` };
    return openEventStore(database, { keptIn, eventStoreDb: named });
  };
  let store = await open();
  return {
    get store() {
      return store;
    },
    database,
    async note(streamId, ...numbers) {
      const expectedVersion = (await store.readStream(streamId, 0, 100_000)).length;
      const events = numbers.map((number) => ({ type: 'noted', payload: JSON.stringify({ number }), origin: null }));
      await store.append({
        streams: [{ streamId, expectedVersion, events, snapshot: null }],
        advances: [],
        companions: [],
      });
    },
    async reset() {
      await database.query(`
        ALTER TABLE store.event DISABLE TRIGGER events_are_never_changed;
        TRUNCATE store.event, sum, line, projection.checkpoint, projection.parked_stream, projection.worker;
        TRUNCATE store.eventstoredb, store.stream_head, store.unfinished_append, store.feed_mark;
        ALTER TABLE store.event ENABLE TRIGGER events_are_never_changed;
        UPDATE store.feed_shard SET head = 0;
        UPDATE projection.shard_lease SET worker = NULL, held_until = now()`);
      resets += 1;
      await store.close();
      store = await open();
    },
    async close() {
      await store.close();
      await database.end();
      await drop();
    },
  };
}

interface SumRow {
  readonly stream_id: string;
  readonly notes: number;
  readonly sum: number;
}

function numberOf(data: unknown): number {
  const { number } = data as { number: number | null };
  if (number === null) throw new TypeError('the note holds no number');
  return number;
}

const SUMS: RowProjectionSpec<SumRow> = {
  name: 'sums',
  version: 1,
  keyOf: ({ streamId }) => (streamId.startsWith('silent') ? null : streamId),
  step: (row, { streamId, data }) => {
    const number = numberOf(data);
    if (number === 0) return row;
    return { stream_id: streamId, notes: (row?.notes ?? 0) + 1, sum: (row?.sum ?? 0) + number };
  },
  load: async (keys, transaction) => {
    const { rows } = await transaction.query<SumRow>(
      'SELECT stream_id, notes, sum FROM sum WHERE stream_id = ANY($1)',
      [keys],
    );
    return new Map(rows.map((row) => [row.stream_id, row]));
  },
  save: async (changes, transaction) => {
    for (const { shard, after } of changes) {
      await transaction.query(
        `INSERT INTO sum (stream_id, shard, notes, sum) VALUES ($1, $2, $3, $4)
         ON CONFLICT (stream_id) DO UPDATE SET notes = excluded.notes, sum = excluded.sum`,
        [after.stream_id, shard, after.notes, after.sum],
      );
    }
  },
};

/** What a spec may do in the middle of a save, after the rows were written. */
export type AfterSave = (changes: readonly RowChange<SumRow>[], transaction: Transaction) => Promise<void> | void;

export function sums(afterSave?: AfterSave, version = 1): Projection {
  return rowProjection<SumRow>({
    ...SUMS,
    version,
    save: async (changes, transaction) => {
      await SUMS.save(changes, transaction);
      await afterSave?.(changes, transaction);
    },
  });
}

/** Each line is a plain INSERT: a note applied twice breaks the primary key. */
export function lines(): Projection {
  return lineProjection({
    name: 'lines',
    version: 1,
    linesOf: ({ streamId, version, data }) => [{ streamId, version, number: numberOf(data) }],
    save: async (some, transaction) => {
      for (const { streamId, version, number } of some) {
        await transaction.query('INSERT INTO line VALUES ($1, $2, $3)', [streamId, version, number]);
      }
    },
  });
}

export function runnerOf(
  notes: NotesForSpec,
  projections: readonly Projection[],
  batchEvents = 1000,
): ProjectionRunner {
  return new ProjectionRunner({ store: notes.store, database: notes.database, projections, batchEvents });
}

export const ALL_SHARDS: ReadonlySet<number> = new Set(Array.from({ length: 16 }, (_, shard) => shard));

/** Applies until there is nothing left, and returns the number of events in the batches. */
export async function catchUp(runner: ProjectionRunner, shards = ALL_SHARDS): Promise<number> {
  let events = 0;
  for (;;) {
    const applied = await runner.applyNext(shards);
    if (applied === 0) return events;
    events += applied;
  }
}

export async function sumRows({ database }: NotesForSpec): Promise<Record<string, string>> {
  const { rows } = await database.query<SumRow>('SELECT * FROM sum ORDER BY stream_id COLLATE "C"');
  return Object.fromEntries(rows.map(({ stream_id, notes, sum }) => [stream_id, `${notes} notes, ${sum}`]));
}

export async function lineRows({ database }: NotesForSpec): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>(
    `SELECT stream_id || ' ' || version || ' ' || number AS line FROM line ORDER BY stream_id COLLATE "C", version`,
  );
  return rows.map(({ line }) => line);
}

export async function checkpointsOf({ database }: NotesForSpec, projection: string): Promise<FeedPositions> {
  const { rows } = await database.query<{ shard: number; position: string }>(
    'SELECT shard, position FROM projection.checkpoint WHERE projection = $1 AND position > 0 ORDER BY shard',
    [projection],
  );
  return new Map(rows.map(({ shard, position }) => [shard, Number(position)]));
}

export async function headOf({ store }: NotesForSpec): Promise<FeedPositions> {
  return new Map([...(await store.head())].filter(([, head]) => head > 0).sort(([one], [other]) => one - other));
}

let named = 0;

/** A stream of its own in a shard, which its name tells. */
export function streamIn(shard: number, what = 'stream'): string {
  for (;;) {
    named += 1;
    const streamId = `${what}-${shard}-${named}`;
    if (shardOf(streamId, ALL_SHARDS.size) === shard) return streamId;
  }
}
