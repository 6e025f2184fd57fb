import { ageAfter, projectionLag } from '@retention/projections';
import type { ProjectionLag } from '@retention/projections';
import { readModels } from '@retention/read-models';
import type { Runtime } from '../runtime.js';

/** How far each read model that is served is behind the feed. One that nobody has ever kept is behind by all of it. */
export async function readModelLags(runtime: Pick<Runtime, 'database' | 'store'>): Promise<ProjectionLag[]> {
  const known = await projectionLag(runtime.database, runtime.store);
  const lags = readModels().map(
    ({ name, version }) =>
      known.find((lag) => lag.projection === name && lag.version === version) ?? { projection: name, version },
  );
  if (lags.every(isKnown)) return lags;
  const whole = { ...(await wholeFeed(runtime.store)), parkedStreams: 0 };
  return lags.map((lag) => (isKnown(lag) ? lag : { ...lag, ...whole }));
}

function isKnown(lag: Partial<ProjectionLag>): lag is ProjectionLag {
  return lag.lagEvents !== undefined;
}

async function wholeFeed(store: Runtime['store']): Promise<Pick<ProjectionLag, 'lagEvents' | 'lagSeconds'>> {
  const head = await store.head();
  return {
    lagEvents: [...head.values()].reduce((sum, position) => sum + position, 0),
    lagSeconds: await ageAfter(store, new Map([...head.keys()].map((shard) => [shard, 0]))),
  };
}
