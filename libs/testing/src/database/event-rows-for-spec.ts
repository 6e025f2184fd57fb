import { describe } from '@jest/globals';
import type pg from 'pg';
import { storeForSpec } from './store-for-spec.js';

/**
 * `describe` for what damages rows of `store.event`. Where a run keeps its events in EventStoreDB there are none, and
 * nothing can damage them by a statement: it is skipped, and its name says so.
 */
export function describeWithEventRows(name: string, block: () => void): void {
  if (storeForSpec('postgres://none/').keptIn === 'postgres') describe(name, block);
  else describe.skip(`${name} (SKIPPED: it damages rows of store.event, where no events are in this run)`, block);
}

/** Changes the payload of an event as no program can: the trigger that refuses it is off for the statement. */
export async function tamperWithEvent(
  database: Pick<pg.ClientBase, 'query'>,
  streamId: string,
  { version, payload }: { readonly version: number; readonly payload: string },
): Promise<void> {
  await database.query('ALTER TABLE store.event DISABLE TRIGGER events_are_never_changed');
  await database.query('UPDATE store.event SET payload = $3 WHERE stream_id = $1 AND version = $2', [
    ...[streamId, version],
    payload,
  ]);
  await database.query('ALTER TABLE store.event ENABLE TRIGGER events_are_never_changed');
}
