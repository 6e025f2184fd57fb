import { EventStoreDBClient } from '@eventstore/db-client';
import type { Credentials } from '@eventstore/db-client';
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** How long calls are waited for that were told to end. */
const CLOSE_MS = 1000;

interface Channel {
  close(): void;
  getTarget(): string;
  readonly internalChannel: { readonly credentials: unknown; readonly options: object };
}

/** gRPC lets calls wait for its next try to connect, by default up to two minutes when the server was away for long. */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1000 };

/** What the client has and does not declare. Its last release is the one that is used. */
interface Internals {
  createChannel: () => Promise<Channel>;
  handleError: (client: unknown, error: unknown) => Promise<void>;
  readonly disposableStreams: ReadonlySet<Readable>;
}

export interface OpenClient {
  readonly client: EventStoreDBClient;
  /** Ends every call and the connection, for good. */
  close(): Promise<void>;
}

/** The client for a connection string, without what ends a process or leaves something behind. */
export function openClient(url: string): OpenClient {
  // The login is given with each call: the client prints the whole string where it does not know an option of it.
  const client = EventStoreDBClient.connectionString(url.replace(LOGIN, '$1'));
  const internals = client as unknown as Internals;
  const { createChannel, handleError } = internals;
  let channel: Channel | null = null;
  let closed = false;
  const isClosed = (): boolean => closed;
  // It closes its calls only, and a call that is made again after that opens another channel.
  internals.createChannel = async () => {
    if (isClosed()) throw new Error('the connection is closed');
    const opened = withReconnect(await createChannel());
    channel = opened;
    if (isClosed()) opened.close();
    return opened;
  };
  internals.handleError = async (failed, error) => {
    // A call this process has ended says nothing about the connection, which it would replace.
    if (isOwnCancellation(error)) return;
    // It is awaited by nobody, and fails with the search for another node: that would end the process.
    await handleError(failed, error).catch(() => undefined);
  };
  return {
    client,
    async close() {
      closed = true;
      const streams = [...internals.disposableStreams];
      const disposed = client.dispose();
      // It cancels them, and waits for each to end: one that has ended at the server and is read by nobody never would.
      for (const stream of streams) stream.destroy();
      await Promise.race([disposed, delay(CLOSE_MS, undefined, { ref: false })]);
      channel?.close();
    },
  };
}

/**
 * What the server has sent and nobody takes any more, of a reading or a subscription that is given up, is let go. The client
 * would keep it for ever.
 */
export function letGoWhenGivenUp(reading: object): void {
  (reading as EventEmitter).on('unpipe', (source: Readable) => {
    source.destroy();
  });
}

/** The client gives its channels options of its own only. */
function withReconnect(channel: Channel): Channel {
  const { credentials, options } = channel.internalChannel;
  const Another = channel.constructor as new (target: string, credentials: unknown, options: object) => Channel;
  channel.close();
  return new Another(channel.getTarget(), credentials, { ...options, ...RECONNECT });
}

const LOGIN = /^([^:]+:\/\/)([^:@/?]*):([^?]*)@/;

/** The login of a connection string. Without TLS none is sent, and any will do. */
export function credentialsOf(url: string): Credentials {
  const [, , username = '', password = ''] = LOGIN.exec(url) ?? [];
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function isOwnCancellation(error: unknown): boolean {
  return (error as { details?: unknown } | null)?.details === 'Cancelled on client';
}
