import type { EventStore, FeedPage, FeedPositions } from '@retention/event-store';
import type pg from 'pg';
import { applyApart, isOfTheData } from './apply-apart.js';
import { CheckpointMoved, moveCheckpoints, readCheckpoints, standingCheckpoints } from './checkpoints.js';
import type { Checkpoint } from './checkpoints.js';
import { LazyEvent } from './lazy-event.js';
import { parkStreams, readParkedStreams } from './parked-streams.js';
import type { FeedEvent, Projection } from './projection.js';

/** The feed has a hole, which a dense feed cannot have: events are missing, and going on would hide it. */
export class FeedGap extends Error {
  override readonly name = 'FeedGap';
}

interface Followed {
  readonly projection: Projection;
  readonly checkpoints: Map<number, Checkpoint>;
  readonly parked: Set<string>;
}

export interface ProjectionRunnerOptions {
  readonly store: EventStore;
  readonly database: pg.Pool;
  readonly projections: readonly Projection[];
  /** Most events applied in one transaction, over all shards. */
  readonly batchEvents: number;
}

/** How long a runner with nothing to apply may hold what was changed beside the feed: a stream tried again, a rebuild. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Applies the feed of the given shards to every projection. Rows and checkpoints of all of them commit in one
 * transaction; the next page is read meanwhile. Not to be called twice at once.
 */
export class ProjectionRunner {
  private followed: Followed[] | null = null;
  private shards = '';
  private lookedAt = 0;
  /** The last batch failed on what is in it: the next one is applied stream by stream, and parks what fails. */
  private isCareful = false;
  private ahead: { readonly after: string; readonly page: Promise<FeedPage | null> } | null = null;

  constructor(private readonly options: ProjectionRunnerOptions) {}

  /**
   * Applies at most one batch and returns the number of events in it.
   * @throws FeedGap when events are missing; any other error leaves everything as it was before the call. One that lies in
   * the events is thrown once: the next call finds the streams it comes from, and parks them.
   */
  async applyNext(shards: ReadonlySet<number>): Promise<number> {
    if (shards.size === 0) return 0;
    try {
      const followed = await this.open(shards);
      const after = slowest(followed, shards);
      const page = await this.read(after);
      if (page.events.length === 0) {
        await this.lookAgain(followed, shards);
        return 0;
      }
      checkContiguous(page, after);
      this.readAhead(page);
      await this.commit(followed, page);
      this.isCareful = false;
      return page.events.length;
    } catch (error) {
      this.forget();
      this.isCareful = isOfTheData(error);
      // Another worker was faster: its rows stand, ours were rolled back, and the next call reads where it left off.
      if (error instanceof CheckpointMoved) return 0;
      throw error;
    }
  }

  /** Position up to which every projection has applied each shard, as far as this worker follows it. */
  reached(): FeedPositions {
    const reached = new Map<number, number>();
    for (const { checkpoints } of this.followed ?? []) {
      for (const [shard, { position }] of checkpoints) {
        reached.set(shard, Math.min(position, reached.get(shard) ?? position));
      }
    }
    return reached;
  }

  /** Whoever applies events notices by its move what was changed beside the feed; whoever has none has to look. */
  private async lookAgain(followed: readonly Followed[], shards: ReadonlySet<number>): Promise<void> {
    const now = performance.now();
    if (now - this.lookedAt < LOOK_AGAIN_MS) return;
    this.lookedAt = now;
    for (const { projection, checkpoints } of followed) {
      const standing = await standingCheckpoints(projection, [...shards], this.options.database);
      for (const [shard, { position, revision }] of checkpoints) {
        const stands = standing.get(shard);
        if (stands?.position === position && stands.revision === revision) continue;
        throw new CheckpointMoved(`${projection.name} v${projection.version}: shard ${shard} was changed`);
      }
    }
  }

  private async open(shards: ReadonlySet<number>): Promise<Followed[]> {
    const wanted = [...shards].sort((one, other) => one - other);
    if (this.followed !== null && this.shards === wanted.join()) return this.followed;
    this.forget();
    const { database, projections } = this.options;
    const followed: Followed[] = [];
    for (const projection of projections) {
      const checkpoints = await readCheckpoints(projection, wanted, database);
      followed.push({ projection, checkpoints, parked: await readParkedStreams(projection, database) });
    }
    checkNotBeyond(await this.options.store.head(), followed);
    this.lookedAt = performance.now();
    this.followed = followed;
    this.shards = wanted.join();
    return followed;
  }

  private forget(): void {
    for (const projection of this.options.projections) projection.forget();
    this.followed = null;
    this.ahead = null;
  }

  private async read(after: FeedPositions): Promise<FeedPage> {
    const { ahead } = this;
    this.ahead = null;
    const page = ahead?.after === keyOf(after) ? await ahead.page : null;
    // A page read ahead of time that is empty may have filled since.
    return page !== null && page.events.length > 0 ? page : this.request(after);
  }

  private readAhead(page: FeedPage): void {
    this.ahead = { after: keyOf(page.upTo), page: this.request(page.upTo).catch(() => null) };
  }

  private request(after: FeedPositions): Promise<FeedPage> {
    const limitPerShard = Math.max(1, Math.ceil(this.options.batchEvents / after.size));
    return this.options.store.readFeed({ after, limitPerShard, types: null });
  }

  private async commit(followed: readonly Followed[], page: FeedPage): Promise<void> {
    const events = page.events.map((event) => new LazyEvent(event));
    const client = await this.options.database.connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      // Rows and checkpoint are lost together if the server dies: the same events are then applied again.
      await client.query('SET LOCAL synchronous_commit = off');
      for (const one of followed) await applyTo(one, events, page.upTo, { client, isCareful: this.isCareful });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => (broken = true));
      throw error;
    } finally {
      client.release(broken);
    }
    for (const { checkpoints } of followed) {
      for (const [shard, position] of page.upTo) {
        const { position: before, revision } = checkpointOf(checkpoints, shard);
        if (position > before) checkpoints.set(shard, { position, revision });
      }
    }
  }
}

async function applyTo(
  { projection, checkpoints, parked }: Followed,
  events: readonly FeedEvent[],
  upTo: FeedPositions,
  { client, isCareful }: { readonly client: pg.ClientBase; readonly isCareful: boolean },
): Promise<void> {
  const moves = [...upTo].flatMap(([shard, to]) => {
    const { position: from, revision } = checkpointOf(checkpoints, shard);
    return to > from ? [{ shard, from, to, revision }] : [];
  });
  if (moves.length === 0) return;
  // First, so that a worker that has been overtaken notices before it does the work.
  await moveCheckpoints(projection, moves, client);
  const fresh = events.filter(
    ({ shard, position, streamId }) => position > checkpointOf(checkpoints, shard).position && !parked.has(streamId),
  );
  const poison = isCareful ? await applyApart(projection, fresh, client) : await projection.apply(fresh, client);
  await parkStreams(projection, poison, client);
  for (const { event } of poison) parked.add(event.streamId);
}

function checkpointOf(checkpoints: ReadonlyMap<number, Checkpoint>, shard: number): Checkpoint {
  const checkpoint = checkpoints.get(shard);
  // A rebuild took it away between two looks.
  if (checkpoint === undefined) throw new CheckpointMoved(`shard ${shard} has no checkpoint any more`);
  return checkpoint;
}

function slowest(followed: readonly Followed[], shards: ReadonlySet<number>): Map<number, number> {
  const positions = new Map<number, number>();
  for (const shard of [...shards].sort((one, other) => one - other)) {
    positions.set(shard, Math.min(...followed.map(({ checkpoints }) => checkpointOf(checkpoints, shard).position)));
  }
  return positions;
}

/** A store restored from a backup gives the same positions again to other events: what was applied would hide them. */
function checkNotBeyond(head: FeedPositions, followed: readonly Followed[]): void {
  for (const { projection, checkpoints } of followed) {
    for (const [shard, { position }] of checkpoints) {
      const last = head.get(shard) ?? 0;
      if (position <= last) continue;
      throw new FeedGap(
        `feed of shard ${shard}: ends at ${last}, but ${projection.name} has applied it up to ${position}`,
      );
    }
  }
}

function keyOf(positions: FeedPositions): string {
  return [...positions].map(([shard, position]) => `${shard}:${position}`).join();
}

function checkContiguous(page: FeedPage, after: FeedPositions): void {
  const reached = new Map(after);
  for (const { shard, position } of page.events) {
    const expected = (reached.get(shard) ?? 0) + 1;
    if (position !== expected) {
      throw new FeedGap(`feed of shard ${shard}: position ${expected} is missing, ${position} follows`);
    }
    reached.set(shard, position);
  }
  for (const [shard, upTo] of page.upTo) {
    if (reached.get(shard) !== upTo) {
      throw new FeedGap(`feed of shard ${shard}: ends at ${String(reached.get(shard))}, its head says ${upTo}`);
    }
  }
}
