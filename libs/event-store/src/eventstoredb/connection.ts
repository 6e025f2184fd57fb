import { ErrorType, EventStoreDBClient } from '@eventstore/db-client';
import type { Credentials, StreamingRead } from '@eventstore/db-client';
import { setTimeout as delay } from 'node:timers/promises';

/** A call that has no answer by then is given up; what it did is not known. */
export const CALL_MS = 5000;
const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 1000;

/** Errors that another try will not change. */
const FINAL_ERRORS = new Set<string>([
  ErrorType.WRONG_EXPECTED_VERSION,
  ErrorType.STREAM_DELETED,
  ErrorType.STREAM_NOT_FOUND,
  ErrorType.ACCESS_DENIED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
]);

/** EventStoreDB and PostgreSQL no longer belong together: one of them was changed or restored without the other. */
export class StoresApart extends Error {
  override readonly name = 'StoresApart';
}

/** EventStoreDB did not do what was asked of it for as long as it was asked. */
export class EventStoreDbUnavailable extends Error {
  override readonly name = 'EventStoreDbUnavailable';
}

/** One client for the whole process, with time limits and second tries the client does not have. */
export class EventStoreDbConnection {
  readonly client: EventStoreDBClient;
  /**
   * Given with each append, they make the client send it as a call of its own. Its default sends all appends of a process
   * over one stream, where a failed connection rejects the appends of every other, and a late answer ends the process.
   */
  readonly credentials: Credentials;

  constructor(
    url: string,
    /** How long a call is tried again and again before it fails. */
    private readonly patienceMs: number,
  ) {
    this.client = EventStoreDBClient.connectionString(url);
    this.credentials = credentialsOf(url);
  }

  /**
   * Makes the call until it answers. Only for calls that may be made twice, and that end by themselves.
   * @throws EventStoreDbUnavailable when it never does; the error itself where a second try will not help.
   */
  async insist<T>(what: string, call: () => Promise<T>): Promise<T> {
    const giveUpAt = Date.now() + this.patienceMs;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
      try {
        return await call();
      } catch (error) {
        if (isFinal(error)) throw error;
        if (Date.now() + pauseMs > giveUpAt) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new EventStoreDbUnavailable(`EventStoreDB does not ${what}: ${reason}`, { cause: error });
        }
        await delay(pauseMs * (0.5 + Math.random()));
      }
    }
  }

  /** Ends every call and the connection. */
  async close(): Promise<void> {
    const { client } = this;
    await client.dispose();
    // The client closes its calls only; an open channel would go on connecting.
    const channel = await (client as unknown as { getChannel(): Promise<{ close(): void }> }).getChannel();
    channel.close();
  }
}

export function errorType(error: unknown): string | null {
  const { type } = (error ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type : null;
}

function isFinal(error: unknown): boolean {
  if (error instanceof StoresApart) return true;
  const type = errorType(error);
  return type !== null && FINAL_ERRORS.has(type);
}

/** Gives work up that has not ended in time: the client waits without limit for a node to be found. */
export async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${CALL_MS} ms`));
    }, CALL_MS);
  });
  // Whoever loses the race must not fail unheard.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Takes everything a read gives, to its end. It fails when nothing more comes for too long: the client sets no limit. */
export async function readToEnd<T>(reading: StreamingRead<T>, take: (item: T) => void): Promise<void> {
  // A call that was given up may fail later on, with nobody left to hear it.
  reading.on('error', () => undefined);
  const silence = setTimeout(() => reading.destroy(new Error(`no answer within ${CALL_MS} ms`)), CALL_MS);
  try {
    for await (const item of reading) {
      silence.refresh();
      take(item);
    }
  } finally {
    clearTimeout(silence);
    reading.destroy();
  }
}

/** The login of a connection string. Without TLS none is sent, and any will do. */
function credentialsOf(url: string): Credentials {
  const [, username = '', password = ''] = /^[^/]+\/\/([^:@/?]*):([^@/?]*)@/.exec(url) ?? [];
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Runs `work` over all items, at most `bound` at a time. Ends when all have ended, with the first failure if there is one. */
export async function inFlight<T>(items: readonly T[], bound: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next] as T;
      next += 1;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(bound, items.length) }, lane));
  if (failures.length > 0) throw failures.find(isFinal) ?? failures[0];
}
