import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import type { EventData, JSONType, RecordedEvent as StoredByServer } from '@eventstore/db-client';
import { createHash } from 'node:crypto';
import { shardOf } from '../port.js';
import type { NewEvent, RecordedEvent } from '../port.js';

/** Events of one stream on their way, with all that makes each of them the same whenever it is sent again. */
export interface StreamWrite {
  readonly streamId: string;
  readonly expectedVersion: number;
  /** Place in the feed of the shard of the first event; the others follow it. */
  readonly firstPosition: number;
  readonly recordedAt: number;
  readonly events: readonly NewEvent[];
}

/** What stands in the metadata of an event. `origin` is JSON where its text survives being parsed, else the text. */
interface Metadata {
  readonly position: number;
  readonly recordedAt: number;
  readonly origin?: unknown;
  readonly originText?: string;
}

/** Events as EventStoreDB takes them, in order. */
export function eventData({ streamId, expectedVersion, firstPosition, recordedAt, events }: StreamWrite): EventData[] {
  return events.map((event, index) => {
    const position = firstPosition + index;
    const { type, payload, origin } = event;
    const metadata = { position, recordedAt, ...originOf(origin) };
    const id = eventId([streamId, expectedVersion + index + 1, position, type, payload, origin]);
    const parsed = parsedIfSame(payload);
    return parsed === undefined
      ? binaryEvent({ id, type, data: Buffer.from(payload), metadata })
      : jsonEvent({ id, type, data: parsed.value as JSONType, metadata });
  });
}

/**
 * Follows from the content and the place of the event. So an append that is sent again is known to the server as the same,
 * and one with other content in the same place is refused instead of being taken for it.
 */
function eventId(parts: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function originOf(origin: string | null): Pick<Metadata, 'origin' | 'originText'> {
  if (origin === null) return {};
  const parsed = parsedIfSame(origin);
  return parsed === undefined ? { originText: origin } : { origin: parsed.value };
}

/** The value of a JSON text, if it comes back to the same text: the client parses what it reads. */
function parsedIfSame(text: string): { readonly value: unknown } | undefined {
  const value = JSON.parse(text) as unknown;
  return JSON.stringify(value) === text ? { value } : undefined;
}

/** The event as the product knows it; null for what is not its own. */
export function recordedEvent(
  stored: StoredByServer | undefined,
  { prefix, shards }: { readonly prefix: string; readonly shards: number },
): RecordedEvent | null {
  if (stored === undefined || !stored.streamId.startsWith(prefix)) return null;
  const { position, recordedAt, ...origin } = (stored.metadata ?? {}) as Partial<Metadata>;
  if (position === undefined || recordedAt === undefined) return null;
  const streamId = stored.streamId.slice(prefix.length);
  return {
    shard: shardOf(streamId, shards),
    position,
    streamId,
    version: Number(stored.revision) + 1,
    type: stored.type,
    payload: stored.isJson ? JSON.stringify(stored.data) : Buffer.from(stored.data).toString(),
    recordedAt,
    origin: origin.originText ?? (origin.origin === undefined ? null : JSON.stringify(origin.origin)),
  };
}

/**
 * No fewer bytes than the server counts for the event. An origin that is kept as text is quoted, which may double it; a
 * type counts two bytes a letter.
 */
export function weightOf({ type, payload, origin }: NewEvent): number {
  return Buffer.byteLength(payload) + 2 * Buffer.byteLength(origin ?? '') + 2 * type.length + 200;
}
