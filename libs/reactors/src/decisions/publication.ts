import type { EventStore, FeedPositions } from '@retention/event-store';
import type { DecisionsConfig } from '@retention/platform';
import { FeedGap } from '@retention/projections';

/** Name under which it is kept how far a topic has been published to. Another topic is another publication. */
const consumerOf = (topic: string): string => `decisions:${topic}`;

/** Name of a shard of the feed among its offsets. */
const sourceOf = (shard: number): string => `shard-${shard}`;

/** How far each shard of the feed has been published to a topic, as stored: moved by compare-and-set, by one worker. */
export class Publication {
  /** By source; null when it has to be read anew. */
  private stored: Map<string, number> | null = null;
  private shards = '';

  constructor(
    private readonly store: EventStore,
    private readonly decisions: DecisionsConfig,
  ) {}

  /**
   * The position each of the shards has been published up to. It is asked for anew whenever the shards change: others
   * may have followed one since it was held here last.
   */
  async reached(shards: ReadonlySet<number>): Promise<Map<number, number>> {
    const wanted = [...shards].sort((one, other) => one - other).join();
    if (wanted !== this.shards) this.forget();
    this.shards = wanted;
    const offsets = (this.stored ??= await this.open());
    return new Map([...shards].map((shard) => [shard, offsets.get(sourceOf(shard)) ?? 0]));
  }

  /** @throws AppendConflict when another worker has moved one of them. */
  async move(upTo: FeedPositions): Promise<void> {
    const offsets = this.stored;
    if (offsets === null) throw new Error('what has been published is moved before it was read');
    const consumer = consumerOf(this.decisions.topic);
    const advances = [...upTo].map(([shard, next]) => {
      const source = sourceOf(shard);
      return { consumer, source, expected: offsets.get(source) ?? null, next };
    });
    await this.store.append({ streams: [], advances, companions: [] });
    for (const { source, next } of advances) offsets.set(source, next);
  }

  forget(): void {
    this.stored = null;
  }

  private async open(): Promise<Map<string, number>> {
    const offsets = await this.store.offsets(consumerOf(this.decisions.topic));
    const head = await this.store.head();
    checkNotBeyond(head, offsets);
    if (offsets.size > 0) return offsets;
    this.stored = offsets;
    // All shards at once, also those others hold: "now" is one moment, whoever publishes which shard later.
    const isFromNow = this.decisions.from === 'now';
    await this.move(new Map([...head].map(([shard, position]) => [shard, isFromNow ? position : 0])));
    return offsets;
  }
}

/** A store that was restored in part gives positions again to other events: going on would leave them out. */
function checkNotBeyond(head: FeedPositions, offsets: ReadonlyMap<string, number>): void {
  for (const [shard, last] of head) {
    const position = offsets.get(sourceOf(shard)) ?? 0;
    if (position <= last) continue;
    throw new FeedGap(`feed of shard ${shard}: ends at ${last}, but decisions were published up to ${position}`);
  }
}

/** How far a shard of the feed has been looked at for decisions to publish, and where it ends. */
export interface ShardPublication {
  readonly shard: number;
  readonly reached: number;
  readonly head: number;
}

/** Every shard that is to be published to the topic. */
export async function shardPublications(
  store: Pick<EventStore, 'offsets' | 'head'>,
  { topic, from }: DecisionsConfig,
): Promise<ShardPublication[]> {
  // In this order: what is published meanwhile makes the lag too large, never less than nothing.
  const offsets = await store.offsets(consumerOf(topic));
  if (offsets.size === 0 && from === 'now') return [];
  const head = await store.head();
  return [...head].map(([shard, last]) => ({ shard, reached: offsets.get(sourceOf(shard)) ?? 0, head: last }));
}

/** How many events of the feed have not been looked at yet for decisions to publish. */
export async function publicationLag(store: EventStore, decisions: DecisionsConfig): Promise<number> {
  const shards = await shardPublications(store, decisions);
  return shards.reduce((lag, { reached, head }) => lag + head - reached, 0);
}
