import type { FeedEvent, Poison, Projection, RowChange, RowProjectionSpec, Transaction } from './projection.js';

/** Rows kept in memory between batches: a row that was just written need not be read again. */
const ROWS_IN_MEMORY_MAX = 50_000;

export function rowProjection<Row>(spec: RowProjectionSpec<Row>): Projection {
  const rows = new Map<string, Row>();

  async function load(keys: ReadonlySet<string>, transaction: Transaction): Promise<Map<string, Row | undefined>> {
    const missing = [...keys].filter((key) => !rows.has(key));
    const loaded = missing.length === 0 ? new Map<string, Row>() : await spec.load(missing, transaction);
    return new Map([...keys].map((key) => [key, rows.get(key) ?? loaded.get(key)]));
  }

  function remember(changes: readonly RowChange<Row>[]): void {
    for (const { key, after } of changes) {
      rows.delete(key);
      rows.set(key, after);
    }
    let surplus = rows.size - ROWS_IN_MEMORY_MAX;
    for (const key of rows.keys()) {
      if (surplus <= 0) break;
      rows.delete(key);
      surplus -= 1;
    }
  }

  return {
    name: spec.name,
    version: spec.version,
    forget: () => {
      rows.clear();
    },
    async apply(events: readonly FeedEvent[], transaction: Transaction): Promise<readonly Poison[]> {
      const keys = events.map((event) => spec.keyOf(event));
      const before = await load(new Set(keys.filter((key) => key !== null)), transaction);
      const after = new Map(before);
      const shards = new Map<string, number>();
      const poison: Poison[] = [];
      const poisoned = new Set<string>();
      events.forEach((event, index) => {
        const key = keys[index] ?? null;
        if (key === null || poisoned.has(event.streamId)) return;
        shards.set(key, event.shard);
        try {
          after.set(key, spec.step(after.get(key), event));
        } catch (error) {
          poisoned.add(event.streamId);
          poison.push({ event, error });
        }
      });
      const changes: RowChange<Row>[] = [];
      for (const [key, row] of after) {
        const was = before.get(key);
        if (row === undefined || row === was) continue;
        changes.push({ key, shard: shards.get(key) ?? 0, before: was, after: row });
      }
      if (changes.length > 0) await spec.save(changes, transaction);
      remember(changes);
      return poison;
    },
  };
}
