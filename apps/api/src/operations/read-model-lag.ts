import { projectionLag } from '@retention/projections';
import type { ProjectionLag } from '@retention/projections';
import { readModels } from '@retention/read-models';
import type { Runtime } from '@retention/runtime';

/** How far each read model that is served is behind the feed. One that nobody has ever kept is behind by all of it. */
export async function readModelLags({
  database,
  store,
}: Pick<Runtime, 'database' | 'store'>): Promise<ProjectionLag[]> {
  const [known, head] = await Promise.all([projectionLag(database), store.head()]);
  const events = [...head.values()].reduce((sum, position) => sum + position, 0);
  return readModels().map(
    ({ name, version }) =>
      known.find((lag) => lag.projection === name && lag.version === version) ?? {
        projection: name,
        version,
        lagEvents: events,
        lagSeconds: 0,
        parkedStreams: 0,
      },
  );
}
