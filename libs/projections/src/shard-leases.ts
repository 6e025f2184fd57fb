import type pg from 'pg';

export interface ShardLeases {
  /** The shards this worker may follow now. */
  readonly held: ReadonlySet<number>;
  /** Renews, takes what is free up to a fair share, gives back what is above it. To be called every third of the term. */
  renew(): Promise<void>;
  /** Gives everything back, so that others need not wait for the term to end. */
  release(): Promise<void>;
}

/**
 * Shares the shards of the feed among the live workers. All times are the database's: the clocks of the workers do not
 * matter. Two workers may believe to hold a shard for a moment; the checkpoints let only one of them write.
 */
export function shardLeases(database: pg.Pool, worker: string, termMs: number): ShardLeases {
  let held: ReadonlySet<number> = new Set();
  const term = `${termMs} milliseconds`;

  async function renew(): Promise<void> {
    await database.query(
      `INSERT INTO projection.worker (worker, alive_until) VALUES ($1, now() + $2::interval)
       ON CONFLICT (worker) DO UPDATE SET alive_until = excluded.alive_until`,
      [worker, term],
    );
    // A clock that has jumped back would let the dead live on for as long as it jumped: nobody has more than a term.
    for (const [table, until] of [
      ['projection.worker', 'alive_until'],
      ['projection.shard_lease', 'held_until'],
    ]) {
      await database.query(
        `UPDATE ${table} SET ${until} = now() + $1::interval WHERE ${until} > now() + $1::interval`,
        [term],
      );
    }
    await database.query('DELETE FROM projection.worker WHERE alive_until < now()');
    const { rows } = await database.query<{ share: number }>(
      `SELECT ceil((SELECT count(*) FROM projection.shard_lease)::numeric / count(*))::int AS share FROM projection.worker`,
    );
    const share = rows[0]?.share ?? 0;
    // Kept are the lowest shards of one's own, up to the share; the rest is given back.
    await database.query(
      `WITH mine AS (
         SELECT shard, row_number() OVER (ORDER BY shard) AS place FROM projection.shard_lease
         WHERE worker = $1 AND held_until >= now()
       )
       UPDATE projection.shard_lease l
       SET worker = CASE WHEN mine.place <= $3 THEN $1 END,
           held_until = CASE WHEN mine.place <= $3 THEN now() + $2::interval ELSE now() END
       FROM mine WHERE l.shard = mine.shard`,
      [worker, term, share],
    );
    await database.query(
      `UPDATE projection.shard_lease SET worker = $1, held_until = now() + $2::interval
       WHERE shard IN (
         SELECT shard FROM projection.shard_lease WHERE worker IS NULL OR held_until < now()
         ORDER BY shard
         LIMIT greatest(0, $3 - (SELECT count(*) FROM projection.shard_lease WHERE worker = $1 AND held_until >= now()))
         FOR UPDATE SKIP LOCKED
       )`,
      [worker, term, share],
    );
    const mine = await database.query<{ shard: number }>(
      'SELECT shard FROM projection.shard_lease WHERE worker = $1 AND held_until >= now() ORDER BY shard',
      [worker],
    );
    held = new Set(mine.rows.map(({ shard }) => shard));
  }

  async function release(): Promise<void> {
    held = new Set();
    await database.query('UPDATE projection.shard_lease SET worker = NULL, held_until = now() WHERE worker = $1', [
      worker,
    ]);
    await database.query('DELETE FROM projection.worker WHERE worker = $1', [worker]);
  }

  return {
    get held() {
      return held;
    },
    renew,
    release,
  };
}
