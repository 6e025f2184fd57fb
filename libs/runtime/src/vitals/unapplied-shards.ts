import { readModels } from '@retention/read-models';
import type { Runtime } from '../runtime.js';

/** A shard of which a read model has events left to apply. */
export interface UnappliedShard {
  readonly projection: string;
  readonly shard: number;
  /** How far it is applied. */
  readonly position: number;
}

/** The shards each read model that is served has events left to apply of. */
export async function unappliedShards({
  database,
  store,
}: Pick<Runtime, 'database' | 'store'>): Promise<UnappliedShard[]> {
  const { rows } = await database.query<{ projection: string; version: number; shard: number; position: string }>(
    'SELECT projection, version, shard, position FROM projection.checkpoint',
  );
  const head = await store.head();
  return readModels().flatMap(({ name, version }) => {
    const own = rows.filter((row) => row.projection === name && row.version === version);
    const positions = new Map(own.map(({ shard, position }) => [shard, Number(position)]));
    return [...head].flatMap(([shard, last]) => {
      const position = positions.get(shard) ?? 0;
      // Beyond the head: the store is older than what was applied of it, and nothing is applied either.
      return position === last ? [] : [{ projection: name, shard, position }];
    });
  });
}
