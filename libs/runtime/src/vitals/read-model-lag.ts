import { projectionLag } from '@retention/projections';
import type { ProjectionLag } from '@retention/projections';
import { readModels } from '@retention/read-models';
import type { Runtime } from '../runtime.js';

/** How far each read model that is served is behind the feed. One that nobody has ever kept is behind by all of it. */
export async function readModelLags(runtime: Pick<Runtime, 'database' | 'store'>): Promise<ProjectionLag[]> {
  const known = await projectionLag(runtime.database);
  const lags = readModels().map(
    ({ name, version }) =>
      known.find((lag) => lag.projection === name && lag.version === version) ?? { projection: name, version },
  );
  if (lags.every(isKnown)) return lags;
  const whole = { ...(await wholeFeed(runtime)), parkedStreams: 0 };
  return lags.map((lag) => (isKnown(lag) ? lag : { ...lag, ...whole }));
}

function isKnown(lag: Partial<ProjectionLag>): lag is ProjectionLag {
  return lag.lagEvents !== undefined;
}

async function wholeFeed({
  database,
  store,
}: Pick<Runtime, 'database' | 'store'>): Promise<Pick<ProjectionLag, 'lagEvents' | 'lagSeconds'>> {
  const head = await store.head();
  const { rows } = await database.query<{ age: string }>(
    `SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0) AS age FROM store.event
     WHERE position = 1 AND shard IN (SELECT shard FROM store.feed_shard)`,
  );
  return {
    lagEvents: [...head.values()].reduce((sum, position) => sum + position, 0),
    lagSeconds: Math.max(0, Number(rows[0]?.age ?? 0)),
  };
}
