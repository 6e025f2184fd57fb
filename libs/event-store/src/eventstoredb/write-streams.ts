import { ErrorType, NO_STREAM } from '@eventstore/db-client';
import { errorType, StoresApart } from './connection.js';
import type { EventStoreDbConnection } from './connection.js';
import { eventData, weightOf } from './event-form.js';
import type { StreamWrite } from './event-form.js';
import { inFlight } from './in-flight.js';

/** Appends under way at once: the server takes many streams side by side, and waits for the disk for all of them. */
const STREAMS_IN_FLIGHT = 200;
/** The server refuses an append of more than a megabyte. */
const APPEND_BYTES_MAX = 900 * 1024;
/** What it takes of a single event, with its metadata. */
export const EVENT_BYTES_MAX = 1024 * 1024 - 4096;

/** The stream ends before the events that are to follow there. Those between may be unfinished themselves. */
export class StreamBehind extends StoresApart {}

/** Why the events of some streams can never be written, by stream. */
export type BrokenStreams = Map<string, Error>;

/**
 * Writes the events, each stream at exactly the revision it was decided on. Writing the same again has no effect, so an
 * append whose outcome is not known is simply made again. Resolves with the streams that hold something else, or nothing
 * where something should be; the others are written.
 * @throws EventStoreDbUnavailable when the server does not take them.
 */
export async function tryStreams(
  connection: EventStoreDbConnection,
  prefix: string,
  writes: readonly StreamWrite[],
): Promise<BrokenStreams> {
  const broken: BrokenStreams = new Map();
  await inFlight(writes, STREAMS_IN_FLIGHT, async (write) => {
    try {
      for (const part of inParts(write)) await writePart(connection, prefix, part);
    } catch (error) {
      if (!(error instanceof Error) || !isOfTheStream(error)) throw error;
      broken.set(write.streamId, error);
    }
  });
  return broken;
}

/** The same, where one broken stream is one too many. */
export async function writeStreams(
  connection: EventStoreDbConnection,
  prefix: string,
  writes: readonly StreamWrite[],
): Promise<void> {
  for (const error of (await tryStreams(connection, prefix, writes)).values()) throw error;
}

function isOfTheStream(error: unknown): boolean {
  const type = errorType(error);
  return (
    error instanceof StoresApart ||
    type === ErrorType.INVALID_ARGUMENT ||
    type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED
  );
}

async function writePart(connection: EventStoreDbConnection, prefix: string, part: StreamWrite): Promise<void> {
  const { streamId, expectedVersion, events } = part;
  const data = eventData(part);
  const expectedRevision = expectedVersion === 0 ? NO_STREAM : BigInt(expectedVersion - 1);
  const { callMs, patienceMs } = connection.timing;
  try {
    const result = await connection.insist(`take ${events.length} events of ${streamId}`, patienceMs, () =>
      connection.withinTime(
        connection.client.appendToStream(prefix + streamId, data, {
          expectedRevision,
          credentials: connection.credentials,
          requiresLeader: true,
          deadline: callMs,
        }),
      ),
    );
    const version = Number(result.nextExpectedRevision) + 1;
    if (version < expectedVersion + events.length || (expectedVersion === 0 && version > events.length)) {
      throw new StoresApart(`${streamId} was deleted in EventStoreDB: its history up to ${version} is gone`);
    }
  } catch (error) {
    throw explained(error, streamId, expectedVersion);
  }
}

function explained(error: unknown, streamId: string, expectedVersion: number): unknown {
  const type = errorType(error);
  if (type === ErrorType.STREAM_DELETED) {
    return new StoresApart(`${streamId} was deleted for good in EventStoreDB`, { cause: error });
  }
  if (type !== ErrorType.WRONG_EXPECTED_VERSION) return error;
  const { actualVersion } = error as { readonly actualVersion?: bigint | 'no_stream' };
  const version = typeof actualVersion === 'bigint' ? Number(actualVersion) + 1 : 0;
  if (version < expectedVersion) {
    const message = `${streamId} ends at version ${version} in EventStoreDB, PostgreSQL knows it up to ${expectedVersion}`;
    return new StreamBehind(message, { cause: error });
  }
  return new StoresApart(
    `${streamId} holds other events in EventStoreDB after version ${expectedVersion} than PostgreSQL knows`,
    { cause: error },
  );
}

/** The events in appends the server takes. A reader may see some of them before the others: their head says so. */
function inParts(write: StreamWrite): StreamWrite[] {
  const parts: StreamWrite[] = [];
  let from = 0;
  let weight = 0;
  const cut = (to: number): void => {
    const { expectedVersion, firstPosition } = write;
    const events = write.events.slice(from, to);
    parts.push({ ...write, expectedVersion: expectedVersion + from, firstPosition: firstPosition + from, events });
  };
  write.events.forEach((event, index) => {
    const more = weightOf(event);
    if (index > from && weight + more > APPEND_BYTES_MAX) {
      cut(index);
      from = index;
      weight = 0;
    }
    weight += more;
  });
  cut(write.events.length);
  return parts;
}
