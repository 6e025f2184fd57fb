import { afterEach } from '@jest/globals';
import {
  type AllStreamSubscription,
  type AppendExpectedRevision,
  type AppendResult,
  EventStoreDBClient,
  type JSONEventData,
  jsonEvent,
  type StreamSubscription,
} from '@eventstore/db-client';

/** Given with a call they make the client append by the classic call instead of the batch call. */
export const CREDENTIALS = { username: 'admin', password: 'changeit' };

interface Stoppable {
  stop(): Promise<void>;
}

const clients: EventStoreDBClient[] = [];
const servers: Stoppable[] = [];

/** Whatever a spec started or connected is gone after each test. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.dispose()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });
}

export async function started<Server extends Stoppable>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  servers.push(server);
  return server;
}

export function connect(url: string): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(url);
  clients.push(client);
  return client;
}

/** Clients of one server share the connection, and one that broke is noticed by a call that fails. */
export async function connectAgain(url: string): Promise<EventStoreDBClient> {
  for (;;) {
    const client = connect(url);
    try {
      await collect(client.readAll({ maxCount: 1 }));
      return client;
    } catch (error) {
      if ((error as { type?: string }).type !== 'unavailable') throw error;
    }
  }
}

export function event(type = 'noted', data: Record<string, unknown> = { a: 1 }): JSONEventData {
  return jsonEvent({ type, data: data as Record<string, string> });
}

export function events(count: number, type = 'noted'): JSONEventData[] {
  return Array.from({ length: count }, () => event(type));
}

/** Appends by the classic call. */
export function append(
  client: EventStoreDBClient,
  stream: string,
  toAppend: JSONEventData | JSONEventData[],
  expectedRevision: AppendExpectedRevision = 'any',
  deadline?: number,
): Promise<AppendResult> {
  const options = { expectedRevision, credentials: CREDENTIALS, ...(deadline === undefined ? {} : { deadline }) };
  return client.appendToStream(stream, toAppend, options);
}

/** Resolves with the error something ends with. */
export async function errorOf(work: Promise<unknown>): Promise<{ readonly type: string; readonly message: string }> {
  try {
    await work;
  } catch (error) {
    return error as { type: string; message: string };
  }
  throw new Error('It did not fail.');
}

type Read = ReturnType<EventStoreDBClient['readStream']> | ReturnType<EventStoreDBClient['readAll']>;

export async function collect<Resolved>(reading: AsyncIterable<Resolved>): Promise<Resolved[]> {
  const collected: Resolved[] = [];
  for await (const resolved of reading) collected.push(resolved);
  return collected;
}

/** Revisions of what a read of a stream shows. */
export async function revisionsOf(reading: Read): Promise<number[]> {
  return (await collect(reading)).map(({ event: read }) => Number(read?.revision));
}

/** What a subscription was told, in order: `caughtUp`, or the type of an event. */
export interface Told {
  readonly what: string[];
  /** Resolves when it was told so much. */
  until(count: number): Promise<void>;
  /** Resolves with the error or with `end`. */
  readonly over: Promise<unknown>;
}

export function listen(subscription: StreamSubscription | AllStreamSubscription): Told {
  const what: string[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  const tell = (told: string): void => {
    what.push(told);
    for (const one of waiting) {
      if (what.length < one.count) continue;
      waiting.delete(one);
      one.resolve();
    }
  };
  subscription.on('caughtUp', () => tell('caughtUp'));
  subscription.on('data', ({ event: received }) => tell(received?.type ?? 'nothing'));
  const over = new Promise((resolve) => {
    subscription.on('error', resolve);
    subscription.on('end', () => resolve('end'));
  });
  return {
    what,
    until: (count) =>
      new Promise((resolve) => {
        if (what.length >= count) resolve();
        else waiting.add({ count, resolve });
      }),
    over,
  };
}
