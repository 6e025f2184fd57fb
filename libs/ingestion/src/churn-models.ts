import { canonicalJson } from '@retention/customer';
import type { ChurnModel } from '@retention/customer';
import type { EventStore } from '@retention/event-store';

/** The stream of fits that were ever made, with the window of their data, whether a policy uses them or not. */
export const CHURN_MODEL_STREAM = 'churn-model';

const PAGE_EVENTS = 1000;

/** Every fit, oldest first. */
export async function readChurnModels(store: EventStore): Promise<readonly ChurnModel[]> {
  const models: ChurnModel[] = [];
  for (;;) {
    const page = await store.readStream(CHURN_MODEL_STREAM, models.length, PAGE_EVENTS);
    for (const { payload } of page) models.push((JSON.parse(payload) as { model: ChurnModel }).model);
    if (page.length < PAGE_EVENTS) return models;
  }
}

/**
 * Keeps a fit under its version name and returns it as kept: the name gets a number where it is taken by another fit. The
 * same fit again is kept once.
 */
export async function keepChurnModel(store: EventStore, model: ChurnModel): Promise<ChurnModel> {
  const known = await readChurnModels(store);
  const content = (one: ChurnModel): string => canonicalJson({ ...one, version: undefined });
  const same = known.find((one) => content(one) === content(model));
  if (same !== undefined) return same;
  const names = new Set(known.map(({ version }) => version));
  let version = model.version;
  for (let n = 2; names.has(version); n += 1) version = `${model.version}-${n}`;
  const kept = { ...model, version };
  const event = { type: 'churn-model-fitted', model: kept };
  const events = [{ type: event.type, payload: JSON.stringify(event), origin: null }];
  const stream = { streamId: CHURN_MODEL_STREAM, expectedVersion: known.length, events, snapshot: null };
  await store.append({ streams: [stream], advances: [], companions: [] });
  return kept;
}
