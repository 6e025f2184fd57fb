import type { StoredEvent } from '@retention/event-store';
import type { FeedEvent } from './projection.js';

/** An event whose payload is parsed when somebody looks at it: most read models look at a few types only. */
export class LazyEvent implements FeedEvent {
  readonly shard: number;
  readonly position: number;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  private parsed: unknown = undefined;

  constructor(private readonly stored: StoredEvent) {
    this.shard = stored.shard;
    this.position = stored.position;
    this.streamId = stored.streamId;
    this.version = stored.version;
    this.type = stored.type;
  }

  get data(): unknown {
    return (this.parsed ??= JSON.parse(this.stored.payload) as unknown);
  }
}
