import { ErrorType } from '@eventstore/db-client';
import type { Credentials, EventStoreDBClient, StreamingRead } from '@eventstore/db-client';
import { credentialsOf, letGoWhenGivenUp, openClient } from './client.js';
import type { OpenClient } from './client.js';
import type { Timing } from './timing.js';

const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 1000;
const PAUSE_MS_FOR_LEADER = 100;
const UNAUTHENTICATED = 16;

/** Errors that another try will not change. */
const FINAL_ERRORS = new Set<string>([
  ErrorType.WRONG_EXPECTED_VERSION,
  ErrorType.STREAM_DELETED,
  ErrorType.STREAM_NOT_FOUND,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
]);

/** EventStoreDB and PostgreSQL no longer belong together: one of them was changed or restored without the other. */
export class StoresApart extends Error {
  override readonly name: string = 'StoresApart';
}

/** EventStoreDB did not do what was asked of it for as long as it was asked. */
export class EventStoreDbUnavailable extends Error {
  override readonly name = 'EventStoreDbUnavailable';
}

/** EventStoreDB does not know the login, or does not let it do what the product does. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
}

export class StoreClosed extends Error {
  override readonly name = 'StoreClosed';
  constructor() {
    super('the event store is closed');
  }
}

/** One client for the whole process, with time limits and second tries the client does not have. */
export class EventStoreDbConnection {
  readonly client: EventStoreDBClient;
  /**
   * Given with each append, they make the client send it as a call of its own. Its default sends all appends of a process
   * over one stream, where a failed connection rejects the appends of every other, and a late answer ends the process.
   */
  readonly credentials: Credentials;
  private readonly opened: OpenClient;
  /** Ends of what is waited for at the moment. */
  private readonly waiting = new Set<(reason: Error) => void>();
  private isClosed = false;

  constructor(
    url: string,
    readonly timing: Timing,
  ) {
    this.opened = openClient(url);
    this.client = this.opened.client;
    this.credentials = credentialsOf(url);
  }

  /**
   * Makes the call until it answers. Only for calls that may be made twice, and that end by themselves.
   * @throws EventStoreDbUnavailable when it never does; the error itself where a second try will not help.
   */
  async insist<T>(what: string, patienceMs: number, call: () => Promise<T>): Promise<T> {
    const giveUpAt = Date.now() + patienceMs;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
      this.checkOpen();
      try {
        return await call();
      } catch (error) {
        if (isFinal(error)) throw asRefusal(error, what);
        if (Date.now() + pauseMs > giveUpAt) throw unavailable(what, error);
        // The client knows the leader now: nothing has to recover first, and a long pause may miss it again.
        if (errorType(error) === ErrorType.NOT_LEADER) pauseMs = Math.min(pauseMs, PAUSE_MS_FOR_LEADER);
        await this.pause(pauseMs * (0.5 + Math.random()));
      }
    }
  }

  /** Gives work up that has not ended in time: the client waits without limit for a node to be found. */
  async withinTime<T>(work: Promise<T>): Promise<T> {
    // Whoever loses the race must not fail unheard.
    work.catch(() => undefined);
    let end: (() => void) | undefined;
    const late = new Promise<never>((_, reject) => ({ end } = this.whenLate(this.timing.callMs, reject)));
    try {
      return await Promise.race([work, late]);
    } finally {
      end?.();
    }
  }

  /** Takes everything a read gives, to its end. It fails when nothing more comes for too long: the client sets no limit. */
  async readToEnd<T>(reading: StreamingRead<T>, take: (item: T) => void): Promise<void> {
    // A call that was given up may fail later on, with nobody left to hear it.
    reading.on('error', () => undefined);
    letGoWhenGivenUp(reading);
    const late = this.whenLate(this.timing.callMs, (reason) => reading.destroy(reason));
    let isOver = false;
    try {
      for await (const item of reading) {
        late.refresh();
        take(item);
      }
      isOver = true;
    } finally {
      late.end();
      // The client would leave the call open, and the server go on sending.
      if (!isOver) void reading.cancel().catch(() => undefined);
    }
  }

  /** Resolves after so long, or as soon as the connection is closed. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { end } = this.whenLate(ms, () => {
        end();
        resolve();
      });
    });
  }

  /** @throws StoreClosed */
  checkOpen(): void {
    if (this.isClosed) throw new StoreClosed();
  }

  /** Ends every call and the connection, at once. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const end of this.waiting) end(new StoreClosed());
    await this.opened.close();
  }

  private whenLate(ms: number, giveUp: (reason: Error) => void): { refresh: () => void; end: () => void } {
    const timer = setTimeout(() => {
      giveUp(new Error(`no answer within ${ms} ms`));
    }, ms);
    this.waiting.add(giveUp);
    return {
      refresh: () => timer.refresh(),
      end: () => {
        clearTimeout(timer);
        this.waiting.delete(giveUp);
      },
    };
  }
}

export function errorType(error: unknown): string | null {
  const { type } = (error ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type : null;
}

export function unavailable(what: string, error: unknown): EventStoreDbUnavailable {
  const reason = error instanceof Error ? error.message : String(error);
  return new EventStoreDbUnavailable(`EventStoreDB does not ${what}: ${reason}`, { cause: error });
}

export function isFinal(error: unknown): boolean {
  if (error instanceof StoresApart || error instanceof StoreClosed || isRefusal(error)) return true;
  const type = errorType(error);
  return type !== null && FINAL_ERRORS.has(type);
}

function isRefusal(error: unknown): boolean {
  if (error instanceof LoginRefused || errorType(error) === ErrorType.ACCESS_DENIED) return true;
  return ((error ?? {}) as { code?: unknown }).code === UNAUTHENTICATED;
}

/** The error itself unless it is about the login. */
export function asRefusal(error: unknown, what: string): unknown {
  if (!isRefusal(error) || error instanceof LoginRefused) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new LoginRefused(`EventStoreDB does not ${what} for the login of EVENTSTORE_URL: ${reason}`, { cause: error });
}
