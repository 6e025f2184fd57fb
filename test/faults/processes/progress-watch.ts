import pg from 'pg';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 100;

/** How far everything is, as the database says it. */
export interface Progress {
  /** `performance.now()` when it was asked. */
  readonly at: number;
  /** Next offset by partition. */
  readonly offsets: ReadonlyMap<number, number>;
  /** Last position of the feed by shard. */
  readonly heads: ReadonlyMap<number, number>;
  /** What the slowest read model has applied, by shard. */
  readonly applied: ReadonlyMap<number, number>;
  /** Who may follow a shard now. */
  readonly leases: ReadonlyMap<number, string>;
}

const NOTHING: Progress = { at: 0, offsets: new Map(), heads: new Map(), applied: new Map(), leases: new Map() };

type Numbers = Readonly<Record<string, number>> | null;

const LOOK = `
  SELECT
    (SELECT json_object_agg(split_part(source, '/', 2), next) FROM store.consumer_offset WHERE consumer = $1) AS offsets,
    (SELECT json_object_agg(shard, head) FROM store.feed_shard) AS heads,
    (SELECT json_object_agg(shard, position)
     FROM (SELECT shard, min(position) AS position FROM projection.checkpoint GROUP BY shard) AS c) AS applied,
    (SELECT json_object_agg(shard, worker) FROM projection.shard_lease
     WHERE worker IS NOT NULL AND held_until >= now()) AS leases`;

/** Looks at the database all the time, also while the server comes and goes. */
export class ProgressWatch {
  private last = NOTHING;
  private ended = false;
  private looking: Promise<void> = Promise.resolve();
  private client: pg.Client | null = null;

  constructor(
    private readonly url: () => string,
    private readonly consumer: string,
    private readonly onLook: (progress: Progress) => void,
  ) {}

  start(): void {
    this.looking = this.lookOn();
  }

  /** As it was found last. */
  get progress(): Progress {
    return this.last;
  }

  /** Resolves with the first look that was begun after this call. */
  async next(): Promise<Progress> {
    const since = performance.now();
    while (this.last.at < since && !this.ended) await delay(LOOK_EVERY_MS / 4);
    return this.last;
  }

  async stop(): Promise<void> {
    this.ended = true;
    await this.looking;
    await this.client?.end().catch(() => undefined);
    this.client = null;
  }

  private async lookOn(): Promise<void> {
    while (!this.ended) {
      const at = performance.now();
      const progress = await this.look(at);
      if (progress !== null) {
        this.last = progress;
        this.onLook(progress);
      }
      await delay(Math.max(0, at + LOOK_EVERY_MS - performance.now()));
    }
  }

  private async look(at: number): Promise<Progress | null> {
    try {
      this.client ??= await this.connect();
      const { rows } = await this.client.query<{
        offsets: Numbers;
        heads: Numbers;
        applied: Numbers;
        leases: Readonly<Record<string, string>> | null;
      }>(LOOK, [this.consumer]);
      const row = rows[0];
      if (row === undefined) return null;
      const byNumber = <T>(values: Readonly<Record<string, T>> | null): Map<number, T> =>
        new Map(Object.entries(values ?? {}).map(([name, value]) => [Number(name), value]));
      const [offsets, heads, applied] = [byNumber(row.offsets), byNumber(row.heads), byNumber(row.applied)];
      return { at, offsets, heads, applied, leases: byNumber(row.leases) };
    } catch {
      // The server is away, or the tables are not there yet: there is nothing to see.
      await this.client?.end().catch(() => undefined);
      this.client = null;
      return null;
    }
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url(), application_name: 'faults', query_timeout: 5000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}
