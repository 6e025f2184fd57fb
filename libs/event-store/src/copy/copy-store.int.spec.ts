import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@retention/platform';
import { createDatabaseForSpec, startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble, SpecDatabase } from '@retention/testing';
import type pg from 'pg';
import { batchOf, expectDense, newName, notes, onto, taking } from '../contract/story.spec-support.js';
import { openEventStore } from '../open-event-store.js';
import type { EventStore, RecordedEvent } from '../port.js';
import { migrate } from '../postgres/postgres-store.spec-support.js';
import type { KeptIn } from '../transaction.js';
import { copyStore } from './copy-store.js';
import type { CopyReport } from './copy-store.js';

const SHARDS = Array.from({ length: 16 }, (_, shard) => shard);
const FROM_THE_START = new Map(SHARDS.map((shard) => [shard, 0]));

let database: SpecDatabase;
let pool: pg.Pool;
let double: EventStoreDouble | null = null;
let eventStoreDb: { readonly url: string; readonly prefix: string; readonly patienceMs: number };

beforeAll(async () => {
  database = await createDatabaseForSpec();
  await migrate(database.url);
  pool = createPool(database.url, { max: 10, applicationName: 'copy' });
  const named = process.env['EVENTSTORE_URL'];
  if (named === undefined) double = await startEventStoreDouble();
  const prefix = `${new URL(database.url).pathname.slice(1)}.`;
  eventStoreDb = { url: named ?? double!.url, prefix, patienceMs: 20_000 };
});
afterAll(async () => {
  await double?.stop();
  await pool.end();
  await database.drop();
});

async function withStore<T>(keptIn: KeptIn, use: (store: EventStore) => Promise<T>): Promise<T> {
  const store = await openEventStore(pool, { keptIn, eventStoreDb });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

function copy(from: KeptIn, to: KeptIn, isSwitched = true, signal?: AbortSignal): Promise<CopyReport> {
  return copyStore(pool, { from, to, eventStoreDb, isSwitched, ...(signal === undefined ? {} : { signal }) });
}

/** Everything a store gives: its feed with times and origins, a snapshot and an offset. */
async function everything(store: EventStore, streamId: string): Promise<unknown> {
  const events: RecordedEvent[] = [];
  const head = await store.head();
  let after: ReadonlyMap<number, number> = FROM_THE_START;
  while ([...head].some(([shard, last]) => (after.get(shard) ?? 0) < last)) {
    const page = await store.readRecordedFeed({ after, limitPerShard: 500, types: null });
    events.push(...page.events);
    after = page.upTo;
  }
  const bySequence = (one: RecordedEvent, other: RecordedEvent): number =>
    one.shard - other.shard || one.position - other.position;
  return [events.sort(bySequence), await store.loadStreams([streamId], 7), await store.offsets('a consumer')];
}

describe('copying a store', () => {
  const busy = newName('stream');
  let written = 0;

  /** A few hundred streams over all shards, in several appends, with odd content. */
  async function write(store: EventStore, rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const streams = Array.from({ length: 200 }, () => onto(newName('stream'), 0, notes(3)));
      const version = (await store.readStream(busy, 0, 100_000)).length;
      const origin = '{"door":"kafka","offset":"1"}';
      const odd = { type: 'odd', payload: '{"amount":1.50,"name":"小额 😀"}', origin };
      const snapshot = { version: version + 2, form: 7, state: `state ${version + 2}` };
      const next = (await store.offsets('a consumer')).get('s') ?? 0;
      const advance = { consumer: 'a consumer', source: 's', expected: next === 0 ? null : next, next: next + 1 };
      await store.append(taking([advance], ...streams, onto(busy, version, [odd, ...notes(1)], snapshot)));
      written += 200 * 3 + 2;
    }
  }

  it('is refused where the events are not kept', async () => {
    await expect(copy('eventstoredb', 'postgres')).rejects.toMatchObject({ name: 'EventsMoved' });
  });

  it('may be made beforehand, while everything goes on as it was', async () => {
    await withStore('postgres', async (store) => {
      await write(store, 4);
      const report = await copy('postgres', 'eventstoredb', false);
      expect(report).toMatchObject({ events: written, streams: 801, copied: written, isSwitched: false });
      await write(store, 1);
    });
    await expect(withStore('eventstoredb', () => Promise.resolve())).rejects.toMatchObject({ name: 'EventsMoved' });
  });

  it('goes on where it was interrupted, gives the same in every respect, and moves the events', async () => {
    await withStore('postgres', async (store) => {
      await write(store, 3);
      const before = await everything(store, busy);
      const interrupted = new AbortController();
      const cut = copyStore(pool, {
        ...{ from: 'postgres', to: 'eventstoredb', eventStoreDb, isSwitched: true, signal: interrupted.signal },
        onProgress: ({ events }) => {
          if (events > written - 1200) interrupted.abort();
        },
      });
      await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
      const report = await copy('postgres', 'eventstoredb');
      expect(report).toMatchObject({ events: written, streams: 1601, isSwitched: true });
      expect(report.copied).toBeLessThan(4 * 602);
      // A process that was started for the other store is told so, and writes nothing.
      await expect(store.append(batchOf(onto(newName('stream'), 0, notes(1))))).rejects.toThrow(
        'the events of this database are kept in eventstoredb: start with EVENT_STORE=eventstoredb',
      );
      await withStore('eventstoredb', async (moved) => {
        expect(await everything(moved, busy)).toEqual(before);
        await write(moved, 2);
        await expectDense(moved, FROM_THE_START);
      });
    });
  });

  it('goes back the same way, with what came meanwhile', async () => {
    const before = await withStore('eventstoredb', (store) => everything(store, busy));
    const report = await copy('eventstoredb', 'postgres');
    expect(report).toMatchObject({ events: written, streams: 2001, isSwitched: true });
    await withStore('postgres', async (store) => {
      expect(await everything(store, busy)).toEqual(before);
      await write(store, 1);
      await expectDense(store, FROM_THE_START);
    });
    const again = await copy('postgres', 'eventstoredb');
    expect([again.events, again.root]).not.toEqual([report.events, report.root]);
    await withStore('eventstoredb', async (store) => expectDense(store, FROM_THE_START));
    await copy('eventstoredb', 'postgres');
  });

  it('lets writers go on until the last moment, and loses nothing of theirs', async () => {
    await withStore('postgres', async (store) => {
      let refused: unknown = null;
      const appended: string[] = [];
      const writing = (async () => {
        while (refused === null) {
          const streamId = newName('stream');
          await store.append(batchOf(onto(streamId, 0, notes(2)))).then(
            () => appended.push(streamId),
            (error: unknown) => (refused = error),
          );
        }
      })();
      const report = await copy('postgres', 'eventstoredb');
      await writing;
      expect(refused).toMatchObject({ name: 'EventsMoved' });
      written += appended.length * 2;
      expect(report.events).toBe(written);
      await withStore('eventstoredb', async (moved) => {
        const loaded = await moved.loadStreams(appended, 1);
        expect([...loaded.values()].map(({ events }) => events.length)).toEqual(appended.map(() => 2));
      });
    });
  });

  it('finds an event that is not as it was, and switches nothing', async () => {
    await pool.query('ALTER TABLE store.event DISABLE TRIGGER events_are_never_changed');
    await pool.query(`UPDATE store.event SET payload = '{"note":"forged"}' WHERE stream_id = $1 AND version = 2`, [
      busy,
    ]);
    await pool.query('ALTER TABLE store.event ENABLE TRIGGER events_are_never_changed');
    await expect(copy('eventstoredb', 'postgres')).rejects.toMatchObject({
      name: 'CopyDiffers',
      message: expect.stringMatching(/^the copy in postgres differs from eventstoredb in shards \d+ \(\d+ events/),
    });
    await withStore('eventstoredb', async (store) => expectDense(store, FROM_THE_START));
  });
});
