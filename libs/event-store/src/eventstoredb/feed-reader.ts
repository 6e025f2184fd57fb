import type pg from 'pg';
import { int2Array, int8Array } from '@retention/platform';
import type { FeedPage, FeedPositions, FeedRequest, RecordedEvent } from '../port.js';
import { readHead } from '../transaction.js';
import { StoresApart } from './connection.js';
import type { EventStoreDbConnection } from './connection.js';
import { FeedSession } from './feed-session.js';
import type { FeedMark } from './feed-session.js';

/** After so long without an event that is known to exist, somebody else's unfinished batch is finished. */
const FINISH_AFTER_MS = 250;
/** After so long the subscription is taken for dead, whatever it says. */
const RESUBSCRIBE_AFTER_MS = 3000;
/** After so long the event is taken for lost. */
const GIVE_UP_AFTER_MS = 30_000;
const DROPPED_PAUSE_MS = 100;
/** A page is handed out early when so much has arrived that is beyond it: one shard may lag behind the others. */
const HELD_EVENTS_MAX = 20_000;
const SESSIONS_MAX = 6;

export interface FeedReaderOptions {
  readonly connection: EventStoreDbConnection;
  readonly database: pg.Pool;
  readonly prefix: string;
  readonly shards: number;
  readonly finishAll: () => Promise<unknown>;
}

/**
 * Pages of the feed, read over subscriptions that go on from page to page. How far there is something to read is known
 * from PostgreSQL, so silence where an event has to come is no end but a fault.
 */
export class FeedReader {
  /** Those nobody reads from at the moment, the least recently used first. */
  private readonly idle: FeedSession[] = [];
  private isClosed = false;

  constructor(private readonly options: FeedReaderOptions) {}

  async read(request: FeedRequest): Promise<FeedPage<RecordedEvent>> {
    const head = await readHead(this.options.database);
    const targets = new Map<number, number>();
    for (const [shard, after] of request.after) {
      const target = Math.min(head.get(shard) ?? 0, after + request.limitPerShard);
      if (target > after) targets.set(shard, target);
    }
    if (targets.size === 0) return { events: [], upTo: new Map(request.after) };
    const session = this.sessionAt(request.after) ?? (await this.open(request.after));
    try {
      const upTo = await this.collect(session, targets);
      const types = request.types === null ? null : new Set(request.types);
      const events = session.take(upTo).filter(({ type }) => types?.has(type) ?? true);
      return { events, upTo: new Map([...request.after].map(([shard, after]) => [shard, upTo.get(shard) ?? after])) };
    } finally {
      this.giveBack(session);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const session of this.idle.splice(0)) session.drop();
  }

  /** Waits for the events up to the targets. Resolves with how far they have come, which may be less but is something. */
  private async collect(session: FeedSession, targets: FeedPositions): Promise<Map<number, number>> {
    const come = (): Map<number, number> =>
      new Map(
        [...targets].map(([shard, target]) => {
          const after = session.delivered.get(shard) ?? 0;
          return [shard, Math.max(after, Math.min(target, session.reached(shard)))];
        }),
      );
    const isComplete = (): boolean => [...targets].every(([shard, target]) => session.reached(shard) >= target);
    const isSomething = (): boolean => [...come()].some(([shard, to]) => to > (session.delivered.get(shard) ?? 0));
    let lastEventAt = Date.now();
    let subscribedAt = lastEventAt;
    while (!isComplete()) {
      if (session.heldEvents > HELD_EVENTS_MAX && isSomething()) break;
      const arrival = await session.next(FINISH_AFTER_MS);
      await this.keepMark(session);
      if (arrival === 'event') {
        lastEventAt = Date.now();
        continue;
      }
      if (isSomething()) break;
      if (this.isClosed) throw new Error('the event store is closed');
      if (Date.now() - lastEventAt > GIVE_UP_AFTER_MS) throw missing(session, targets);
      if (arrival === 'dropped') {
        await new Promise((resolve) => setTimeout(resolve, DROPPED_PAUSE_MS));
        subscribedAt = Date.now();
      } else if (Date.now() - subscribedAt > RESUBSCRIBE_AFTER_MS) {
        session.drop();
        subscribedAt = Date.now();
      } else {
        await this.options.finishAll();
      }
    }
    return come();
  }

  private async keepMark(session: FeedSession): Promise<void> {
    const mark = session.mark();
    if (mark?.position === undefined || mark.position === null) return;
    const reached = Array.from({ length: this.options.shards }, (_, shard) => mark.reached.get(shard) ?? 0);
    await this.options.database.query(
      `INSERT INTO store.feed_mark (commit_position, prepare_position, reached) VALUES ($1, $2, $3::bigint[])
       ON CONFLICT DO NOTHING`,
      [String(mark.position.commit), String(mark.position.prepare), reached],
    );
  }

  private sessionAt(after: FeedPositions): FeedSession | null {
    const index = this.idle.findIndex(
      ({ delivered }) =>
        delivered.size === after.size && [...after].every(([shard, position]) => delivered.get(shard) === position),
    );
    return index === -1 ? null : (this.idle.splice(index, 1)[0] ?? null);
  }

  private async open(after: FeedPositions): Promise<FeedSession> {
    const { connection, prefix, shards } = this.options;
    return new FeedSession({ connection, prefix, shards, start: await this.lastMarkBefore(after), after });
  }

  /** The last place in the log before which none of the shards has an event that is wanted. */
  private async lastMarkBefore(after: FeedPositions): Promise<FeedMark> {
    const { rows } = await this.options.database.query<{ commit: string; prepare: string; reached: string[] }>(
      `SELECT m.commit_position AS commit, m.prepare_position AS prepare, m.reached
       FROM store.feed_mark m
       WHERE NOT EXISTS (
         SELECT FROM unnest($1::smallint[], $2::bigint[]) AS w(shard, after) WHERE m.reached[w.shard + 1] > w.after)
       ORDER BY m.commit_position DESC LIMIT 1`,
      [int2Array([...after.keys()]), int8Array([...after.values()])],
    );
    const [row] = rows;
    if (row === undefined) return { position: null, reached: new Map() };
    return {
      position: { commit: BigInt(row.commit), prepare: BigInt(row.prepare) },
      reached: new Map(row.reached.map((reached, shard) => [shard, Number(reached)])),
    };
  }

  private giveBack(session: FeedSession): void {
    this.idle.push(session);
    while (this.idle.length > (this.isClosed ? 0 : SESSIONS_MAX)) this.idle.shift()?.drop();
  }
}

function missing(session: FeedSession, targets: FeedPositions): StoresApart {
  const [shard = 0] = [...targets].find(([wanted, target]) => session.reached(wanted) < target) ?? [];
  return new StoresApart(
    `position ${session.reached(shard) + 1} of shard ${shard} of the feed is committed and does not come from EventStoreDB`,
  );
}
