import type { Position } from '@eventstore/db-client';
import { int2Array, int8Array } from '@retention/platform';
import type pg from 'pg';
import { shardOf } from '../port.js';
import type { FeedPage, FeedPositions, FeedRequest, RecordedEvent } from '../port.js';
import { readHead } from '../transaction.js';
import { asRefusal, isFinal, StoreClosed, StoresApart, unavailable } from './connection.js';
import type { EventStoreDbConnection } from './connection.js';
import { FeedSession } from './feed-session.js';
import type { FeedMark } from './feed-session.js';
import type { UnfinishedAppends } from './unfinished-appends.js';

const DROPPED_PAUSE_MS = 100;
/** A page that is not complete by then is handed out as it is: somewhere else in the log another shard may wait. */
const HAND_OUT_AFTER_MS = 1000;
const SESSIONS_MAX = 6;

export interface FeedReaderOptions {
  readonly connection: EventStoreDbConnection;
  readonly database: pg.Pool;
  readonly prefix: string;
  readonly shards: number;
  readonly unfinished: UnfinishedAppends;
}

/** What is waited for on behalf of one page. */
interface Wait {
  readonly session: FeedSession;
  readonly targets: FeedPositions;
  startedAt: number;
  /** When something came, if only the news that there was nothing up to there. */
  movedAt: number;
  subscribedAt: number;
  /** End of the log when an event was first given up. */
  endOfLog: Position | null;
}

/**
 * Pages of the feed, read over subscriptions that go on from page to page. How far there is something to read is known
 * from PostgreSQL, so silence where an event has to come is no end but a fault.
 */
export class FeedReader {
  /** Those nobody reads from at the moment, the least recently used first. */
  private readonly idle: FeedSession[] = [];
  private readonly busy = new Set<FeedSession>();
  private isClosed = false;

  constructor(private readonly options: FeedReaderOptions) {}

  async read({ after, limitPerShard, types }: FeedRequest): Promise<FeedPage<RecordedEvent>> {
    const head = await readHead(this.options.database);
    const targets = new Map<number, number>();
    for (const [shard, position] of after) {
      const target = Math.min(head.get(shard) ?? 0, position + limitPerShard);
      if (target > position) targets.set(shard, target);
    }
    if (targets.size === 0) return { events: [], upTo: new Map(after) };
    for (;;) {
      const session = this.sessionAt(after) ?? (await this.open(after));
      const page = await this.readFrom(session, targets);
      // It has let go what comes next, to keep no more than it may: another one begins further back.
      if (page === null) continue;
      const wanted = types === null ? null : new Set(types);
      const events = page.events.filter(({ type }) => wanted?.has(type) ?? true);
      return { events, upTo: new Map([...after].map(([shard, last]) => [shard, page.upTo.get(shard) ?? last])) };
    }
  }

  /** Ends everything that is waited for. */
  close(): void {
    this.isClosed = true;
    for (const session of [...this.idle.splice(0), ...this.busy]) session.drop();
  }

  private async readFrom(session: FeedSession, targets: FeedPositions): Promise<FeedPage<RecordedEvent> | null> {
    this.busy.add(session);
    let isGood = false;
    try {
      await this.collect(session, targets);
      isGood = ![...targets.keys()].some((shard) => session.shard(shard).isSpent);
      const upTo = come(session, targets);
      const hasCome = isSomething(session, targets);
      return hasCome ? { events: session.take(upTo), upTo } : null;
    } finally {
      this.busy.delete(session);
      // After a failure nobody may come to take what it holds.
      if (isGood && !this.isClosed) this.idle.push(session);
      else session.drop();
      while (this.idle.length > SESSIONS_MAX) this.idle.shift()?.drop();
    }
  }

  /** Waits for the events up to the targets, or some of them. Ends with none where the session cannot give them any more. */
  private async collect(session: FeedSession, targets: FeedPositions): Promise<void> {
    const { finishAfterMs } = this.options.connection.timing;
    const startedAt = Date.now();
    const wait = { session, targets, startedAt, movedAt: startedAt, subscribedAt: startedAt, endOfLog: null };
    let lookAt = startedAt + HAND_OUT_AFTER_MS;
    while (!isComplete(session, targets)) {
      const arrival = await session.next(finishAfterMs);
      if (this.isClosed) throw new StoreClosed();
      await this.keepMark(session);
      const hasMoved = arrival === 'event' || arrival === 'searched';
      if (hasMoved) wait.movedAt = wait.subscribedAt = Date.now();
      if ([...targets.keys()].some((shard) => session.shard(shard).isSpent)) return;
      if (session.isFull && isSomething(session, targets)) return;
      if (hasMoved && wait.movedAt < lookAt) continue;
      if (await this.lookAround(wait, arrival === 'dropped')) return;
      lookAt = Date.now() + finishAfterMs;
    }
  }

  /** What has not come for a while: true when what has come is to be handed out without it. */
  private async lookAround(wait: Wait, isDropped: boolean): Promise<boolean> {
    const { session, targets } = wait;
    const { connection, unfinished } = this.options;
    const hasCome = isSomething(session, targets);
    if (isDropped) {
      if (hasCome) return true;
      this.checkReachable(wait);
      await connection.pause(DROPPED_PAUSE_MS);
      wait.subscribedAt = Date.now();
      return false;
    }
    const finishing = unfinished.finishAbandoned();
    if (hasCome) {
      // What is missing may take long, or be broken: the other shards do not wait for it.
      finishing.catch(() => undefined);
      return true;
    }
    const broken = await this.aside(wait, finishing);
    const missing = [...targets].filter(([shard, target]) => session.shard(shard).reached < target);
    for (const [shard] of missing) {
      const fault = session.shard(shard).broken ?? faultOf(broken, shard, this.options.shards);
      if (fault !== undefined) throw fault;
    }
    await this.checkHope(wait, missing[0]?.[0] ?? 0);
    if (Date.now() - wait.subscribedAt > connection.timing.resubscribeAfterMs) {
      session.drop();
      wait.subscribedAt = Date.now();
    }
    return false;
  }

  /** Nobody listens to the log meanwhile, so this time is no silence of the server, however long the work takes. */
  private async aside<T>(wait: Wait, work: Promise<T>): Promise<T> {
    const beganAt = Date.now();
    const result = await work;
    const tookMs = Date.now() - beganAt;
    wait.startedAt += tookMs;
    wait.movedAt += tookMs;
    wait.subscribedAt += tookMs;
    return result;
  }

  private checkReachable({ session, movedAt }: Wait): void {
    const { patienceMs } = this.options.connection.timing;
    const reason = session.dropReason ?? new Error('it ends the subscription');
    const what = 'give the feed';
    if (isFinal(reason)) throw asRefusal(reason, what);
    if (Date.now() - movedAt > patienceMs) throw unavailable(what, reason);
  }

  /** @throws StoresApart when the log was read to its end, or as far as the server gives it, without what is missing. */
  private async checkHope(wait: Wait, shard: number): Promise<void> {
    const { giveUpAfterMs } = this.options.connection.timing;
    if (Date.now() - wait.startedAt < giveUpAfterMs) return;
    // A server that does not answer has lost nothing.
    wait.endOfLog ??= await this.endOfLog();
    const isAtEnd = wait.endOfLog === null || wait.session.isPast(wait.endOfLog);
    if (!isAtEnd && Date.now() - wait.movedAt < giveUpAfterMs) return;
    throw new StoresApart(
      `position ${wait.session.shard(shard).reached + 1} of shard ${shard} of the feed is committed and does not come ` +
        'from EventStoreDB',
    );
  }

  private async endOfLog(): Promise<Position | null> {
    const { connection } = this.options;
    const { credentials, timing } = connection;
    return connection.insist('say where its log ends', timing.readPatienceMs, async () => {
      const ends: Position[] = [];
      const options = { direction: 'backwards', fromPosition: 'end', maxCount: 1, credentials } as const;
      await connection.readToEnd(connection.client.readAll(options), ({ event }) => {
        if (event?.position !== undefined) ends.push(event.position);
      });
      return ends[0] ?? null;
    });
  }

  private async keepMark(session: FeedSession): Promise<void> {
    const mark = session.mark();
    if (mark === null) return;
    const reached = Array.from({ length: this.options.shards }, (_, shard) => mark.reached.get(shard) ?? 0);
    // Where another reader has left one on the same stretch, that is near enough.
    await this.options.database.query(
      `INSERT INTO store.feed_mark (commit_position, prepare_position, reached) SELECT $1, $2, $3::bigint[]
       WHERE NOT EXISTS (SELECT FROM store.feed_mark WHERE commit_position > $4 AND commit_position <= $1)
       ON CONFLICT DO NOTHING`,
      [String(mark.position.commit), String(mark.position.prepare), reached, String(mark.before?.commit ?? -1)],
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
}

/** How far the shards have come, at most to the targets. */
function come(session: FeedSession, targets: FeedPositions): Map<number, number> {
  return new Map(
    [...targets].map(([shard, target]) => {
      const after = session.delivered.get(shard) ?? 0;
      return [shard, Math.max(after, Math.min(target, session.shard(shard).reached))];
    }),
  );
}

function isSomething(session: FeedSession, targets: FeedPositions): boolean {
  for (const shard of targets.keys())
    if (session.shard(shard).reached > (session.delivered.get(shard) ?? 0)) return true;
  return false;
}

function isComplete(session: FeedSession, targets: FeedPositions): boolean {
  for (const [shard, target] of targets) if (session.shard(shard).reached < target) return false;
  return true;
}

/** Why a stream of the shard could not be written. */
function faultOf(broken: ReadonlyMap<string, Error>, shard: number, shards: number): Error | undefined {
  return [...broken].find(([streamId]) => shardOf(streamId, shards) === shard)?.[1];
}
