export type Row = Readonly<Record<string, unknown>>;

/** Reads whole tables, beside the product. */
export interface Tables {
  rows(table: string): Promise<readonly Row[]> | readonly Row[];
}

export interface EventRow {
  readonly shard: number;
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  /** JSON text. */
  readonly payload: string;
}

/** Everything in the feed, by shard and position. */
export async function eventRows(tables: Tables): Promise<EventRow[]> {
  const rows = await tables.rows('store.event');
  return rows
    .map((row) => ({
      shard: Number(row['shard']),
      position: Number(row['position']),
      streamId: String(row['stream_id']),
      version: Number(row['version']),
      type: String(row['type']),
      payload: typeof row['payload'] === 'string' ? row['payload'] : JSON.stringify(row['payload']),
    }))
    .sort((one, other) => one.shard - other.shard || one.position - other.position);
}

export async function headRows(tables: Tables): Promise<Map<number, number>> {
  const rows = await tables.rows('store.feed_shard');
  return new Map(rows.map((row) => [Number(row['shard']), Number(row['head'])]));
}

/** What a consumer has taken: next position by source. */
export async function offsetRows(tables: Tables, consumer: string): Promise<Map<string, number>> {
  const rows = await tables.rows('store.consumer_offset');
  const own = rows.filter((row) => row['consumer'] === consumer);
  return new Map(own.map((row) => [String(row['source']), Number(row['next'])]));
}
