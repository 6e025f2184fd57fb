import { canonicalState, isDecision } from '@retention/customer';
import type { CustomerEvent } from '@retention/customer';
import type { StoredEvent } from '@retention/event-store';
import { customerOf, fold, pendingFacts } from '@retention/ingestion';
import type { Runtime } from '@retention/runtime';
import { createHash } from 'node:crypto';

const PAGE_POSITIONS = 5000;
const PAGE_PENDING = 5000;

/** What a store holds, as far as it must not depend on how the facts came. */
export interface StoreContents {
  readonly events: number;
  /** How often each fact is there, in a stream or waiting for its loan. */
  readonly facts: ReadonlyMap<string, number>;
  /** Hash of the canonical state of each customer, folded from the events alone. */
  readonly states: ReadonlyMap<string, string>;
}

/**
 * Reads everything, shard by shard, so that one sixteenth of it is in memory.
 * @throws Error where a shard or a stream has a hole.
 */
export async function contentsOf(product: Runtime): Promise<StoreContents> {
  const facts = new Map<string, number>();
  const states = new Map<string, string>();
  const count = (factId: string): void => void facts.set(factId, (facts.get(factId) ?? 0) + 1);
  let events = 0;
  for (const [shard, last] of await product.store.head()) {
    const streams = await readShard(product, shard, last);
    for (const [streamId, ofStream] of streams) {
      events += ofStream.length;
      checkDense(streamId, ofStream);
      for (const { payload } of ofStream) {
        const event = JSON.parse(payload) as CustomerEvent;
        if (!isDecision(event)) count(event.factId);
      }
      const customerId = customerOf(streamId);
      if (customerId !== null) states.set(customerId, hashOf(stateOf(customerId, ofStream)));
    }
  }
  for (let afterKey: string | null = null; ;) {
    const page = await pendingFacts(product.database, { afterKey, limit: PAGE_PENDING });
    for (const { factId } of page) count(factId);
    if (page.length < PAGE_PENDING) return { events, facts, states };
    afterKey = page.at(-1)?.key ?? null;
  }
}

function stateOf(customerId: string, events: readonly StoredEvent[]): string {
  return canonicalState(fold(customerId, { snapshot: null, events }).state);
}

async function readShard({ store }: Runtime, shard: number, last: number): Promise<Map<string, StoredEvent[]>> {
  const streams = new Map<string, StoredEvent[]>();
  for (let reached = 0; reached < last;) {
    const page = await store.readFeed({
      after: new Map([[shard, reached]]),
      limitPerShard: PAGE_POSITIONS,
      types: null,
    });
    for (const event of page.events) {
      reached += 1;
      if (event.position !== reached) throw new Error(`shard ${shard}: ${event.position} instead of ${reached}`);
      const events = streams.get(event.streamId);
      if (events === undefined) streams.set(event.streamId, [event]);
      else events.push(event);
    }
    if (page.events.length === 0) throw new Error(`shard ${shard} ends at ${reached}, its head says ${last}`);
  }
  return streams;
}

function checkDense(streamId: string, events: readonly StoredEvent[]): void {
  for (const [index, { version }] of events.entries()) {
    if (version !== index + 1) throw new Error(`${streamId}: version ${version} in place ${index + 1}`);
  }
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
