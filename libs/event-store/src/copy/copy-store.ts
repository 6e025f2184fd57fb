import { int8Array, textArray } from '@retention/platform';
import type pg from 'pg';
import { becomePair } from '../eventstoredb/belong-together.js';
import { EventStoreDbConnection } from '../eventstoredb/connection.js';
import type { EventStoreDbOptions } from '../eventstoredb/eventstoredb-event-store.js';
import { TIMING } from '../eventstoredb/timing.js';
import type { FeedPositions } from '../port.js';
import { EventsMoved, inTransaction, openShards, readHead, readOffsets } from '../transaction.js';
import type { KeptIn } from '../transaction.js';
import { differingShards, FeedHash } from './feed-hash.js';
import { eventStoreDbHalf, postgresHalf } from './store-half.js';
import type { StoreHalf } from './store-half.js';

export interface CopyRequest {
  readonly from: KeptIn;
  readonly to: KeptIn;
  readonly eventStoreDb: EventStoreDbOptions;
  /** Whether the events are kept in `to` from then on. Else the copy is made and verified, and nothing else changes. */
  readonly isSwitched: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface CopyProgress {
  readonly phase: 'copying' | 'verifying';
  readonly events: number;
  readonly totalEvents: number;
}

export interface CopyReport {
  readonly from: KeptIn;
  readonly to: KeptIn;
  /** Events in the store, verified. */
  readonly events: number;
  readonly streams: number;
  /** Events that were written now; the others had been copied before. */
  readonly copied: number;
  /** SHA-256 over all of them, the same in both. */
  readonly root: string;
  readonly isSwitched: boolean;
}

/** The copy is not what it was made from. Nothing was switched. */
export class CopyDiffers extends Error {
  override readonly name = 'CopyDiffers';
}

const PAGE_POSITIONS = 250;

/** Name under which is kept how far each shard has been copied. */
const copyTo = (to: KeptIn): string => `copy:${to}`;

/**
 * Copies all events of a store into the other kind of store, with their order, places, times and origins, and has them
 * kept there. Writers may go on meanwhile; they wait while the last events are copied, and are then refused by the store
 * they were started with. Begun again after it was interrupted, it goes on where it was.
 * @throws EventsMoved when the events are not kept in `from`, CopyDiffers when the copy is not the same.
 */
export async function copyStore(database: pg.Pool, request: CopyRequest): Promise<CopyReport> {
  const { from, to, eventStoreDb } = request;
  const { shards, keptIn } = await openShards(database);
  if (keptIn !== from) throw new EventsMoved(keptIn);
  const connection = new EventStoreDbConnection(eventStoreDb.url, { ...TIMING, ...eventStoreDb.timing });
  const halves: Record<KeptIn, StoreHalf> = {
    postgres: postgresHalf(database),
    eventstoredb: eventStoreDbHalf(database, connection, { prefix: eventStoreDb.prefix, shards }),
  };
  try {
    await becomePair(database, connection, eventStoreDb.prefix);
    const copy = new Copy(database, request, halves[from], halves[to]);
    await copy.upTo(await readHead(database));
    if (request.isSwitched) await copy.finish();
    const streams = await copy.streams();
    const { count: events } = copy.hash;
    return { from, to, events, streams, copied: copy.copied, root: copy.hash.root(), isSwitched: request.isSwitched };
  } finally {
    for (const half of Object.values(halves)) half.close();
    await connection.close();
  }
}

class Copy {
  copied = 0;
  readonly hash = new FeedHash();
  private readonly copyHash = new FeedHash();
  private verified = new Map<number, number>();

  constructor(
    private readonly database: pg.Pool,
    private readonly request: CopyRequest,
    private readonly source: StoreHalf,
    private readonly target: StoreHalf,
  ) {}

  /** Copies and verifies everything up to the positions. */
  async upTo(head: FeedPositions): Promise<void> {
    await this.copy(head);
    await this.verify(head);
  }

  /** Lets no writer in until the rest is copied and verified as well and the events are kept in the target. */
  async finish(): Promise<void> {
    const { from, to } = this.request;
    await inTransaction(this.database, async (client) => {
      const { rows } = await client.query<{ shard: number; head: string; kept_in: KeptIn }>(
        'SELECT shard, head, kept_in FROM store.feed_shard ORDER BY shard FOR UPDATE',
      );
      const moved = rows.find((row) => row.kept_in !== from);
      if (moved !== undefined) throw new EventsMoved(moved.kept_in);
      await this.upTo(new Map(rows.map(({ shard, head }) => [shard, Number(head)])));
      if (to === 'eventstoredb') await keepStreamHeads(client);
      await client.query('UPDATE store.feed_shard SET kept_in = $1', [to]);
    });
  }

  async streams(): Promise<number> {
    const { from, to } = this.request;
    const isCounted = this.request.isSwitched ? to === 'eventstoredb' : from === 'eventstoredb';
    const { rows } = await this.database.query<{ n: string }>(
      isCounted
        ? 'SELECT count(*) AS n FROM store.stream_head'
        : 'SELECT count(*) AS n FROM store.event WHERE version = 1',
    );
    return Number(rows[0]?.n ?? 0);
  }

  private async copy(head: FeedPositions): Promise<void> {
    const kept = await readOffsets(this.database, copyTo(this.request.to));
    const after = new Map([...head.keys()].map((shard) => [shard, kept.get(`shard-${shard}`) ?? 0]));
    await this.eachPage(this.source, 'copying', after, head, async (events, reached) => {
      await this.target.write(events);
      await keepProgress(this.database, copyTo(this.request.to), reached);
      this.copied += events.length;
    });
  }

  private async verify(head: FeedPositions): Promise<void> {
    const start = new Map([...head.keys()].map((shard) => [shard, this.verified.get(shard) ?? 0]));
    await this.eachPage(this.source, 'verifying', start, head, (events) => {
      this.hash.take(events);
    });
    await this.eachPage(this.target, 'verifying', start, head, (events) => {
      this.copyHash.take(events);
    });
    this.verified = new Map(head);
    const differing = differingShards(this.hash, this.copyHash, head);
    if (differing.length === 0 && this.hash.count === this.copyHash.count) return;
    throw new CopyDiffers(
      `the copy in ${this.request.to} differs from ${this.request.from} in shards ${differing.join(', ')} ` +
        `(${this.copyHash.count} events instead of ${this.hash.count})`,
    );
  }

  private async eachPage(
    half: StoreHalf,
    phase: CopyProgress['phase'],
    start: FeedPositions,
    head: FeedPositions,
    take: (events: Awaited<ReturnType<StoreHalf['read']>>['events'], reached: FeedPositions) => Promise<void> | void,
  ): Promise<void> {
    const totalEvents = sumOf(head);
    const after = new Map(start);
    for (;;) {
      this.request.signal?.throwIfAborted();
      const behind = [...after].filter(([shard, position]) => position < (head.get(shard) ?? 0));
      if (behind.length === 0) return;
      // Nothing beyond the head that was asked for: a copy that is being made ends there.
      const rest = Math.min(...behind.map(([shard, position]) => (head.get(shard) ?? 0) - position));
      const page = await half.read({
        after: new Map(behind),
        limitPerShard: Math.min(PAGE_POSITIONS, rest),
        types: null,
      });
      await take(page.events, page.upTo);
      for (const [shard, position] of page.upTo) after.set(shard, position);
      this.request.onProgress?.({ phase, events: sumOf(after), totalEvents });
    }
  }
}

function sumOf(positions: FeedPositions): number {
  return [...positions.values()].reduce((sum, position) => sum + position, 0);
}

async function keepProgress(database: pg.Pool, consumer: string, reached: FeedPositions): Promise<void> {
  await database.query(
    `INSERT INTO store.consumer_offset (consumer, source, next)
     SELECT $1, source, next FROM unnest($2::text[], $3::bigint[]) AS p(source, next)
     ON CONFLICT (consumer, source) DO UPDATE SET next = excluded.next`,
    [consumer, textArray([...reached.keys()].map((shard) => `shard-${shard}`)), int8Array([...reached.values()])],
  );
}

/** The versions of all streams, which the events themselves will no longer be here to tell. */
async function keepStreamHeads(client: pg.ClientBase): Promise<void> {
  await client.query(
    `INSERT INTO store.stream_head AS h (stream_id, version)
     SELECT stream_id, max(version) FROM store.event GROUP BY stream_id
     ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version`,
  );
}
