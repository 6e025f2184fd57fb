import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_EVERY_MS = 100;

/** date and date[] are read as text and text[]. */
const READ_AS: ReadonlyMap<number, number> = new Map([
  [1082, 25],
  [1182, 1009],
]);

/** Failures that waiting cannot mend: wrong password, no such role or database, no permission to connect. */
const FINAL_CODES = new Set(['28000', '28P01', '3D000', '42501']);

// A date of the trade has no time of day: as a JavaScript Date it would move with the zone of the process. int8 and numeric
// are strings already. Set per connection, because pg's own setter changes every library in the process.
const types: pg.CustomTypesConfig = {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the typings' enum has no array types
  getTypeParser: (oid, format): unknown => pg.types.getTypeParser(READ_AS.get(oid) ?? oid, format),
};

export interface PoolOptions {
  /** Most connections held at once. */
  readonly max: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** The server cancels a statement that runs longer; without it there is no limit. */
  readonly statementTimeoutMs?: number;
  /** Told of a connection that broke while idle; the pool has dropped it already and opens another when needed. */
  readonly onIdleError?: (error: Error) => void;
}

export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

/** A pool whose rows hold int8, numeric and date as strings, exactly as the server wrote them. */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types,
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
  });
  // Without a listener the first restart of the server would end the process.
  pool.on('error', (error) => options.onIdleError?.(error));
  // A connection that is lost rejects its query and emits an error as well. While a client is out of the pool, or on its
  // way from one borrower to the next, nobody else hears that, and the process would end.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * Resolves once the server answers a query. Throws DatabaseUnavailable (host, port and database, never the password) when
 * `timeoutMs` is over, and at once when the server refuses the login.
 */
export async function waitForDatabase(url: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const fault = await tryConnect(url);
    if (fault === null) return;
    if (FINAL_CODES.has(fault.code ?? '') || performance.now() >= deadline) {
      const reason = fault.message || fault.errors?.[0]?.message || fault.code;
      throw new DatabaseUnavailable(`${describeDatabase(url)} cannot be used: ${reason}`);
    }
    await delay(RETRY_EVERY_MS);
  }
}

/** `PostgreSQL at host:port/database`, for messages: the user and the password are left out. */
export function describeDatabase(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `PostgreSQL at ${hostname || 'localhost'}:${port || '5432'}${decodeURIComponent(pathname)}`;
  } catch {
    return 'PostgreSQL at an unreadable address';
  }
}

interface ConnectFault {
  readonly message: string;
  readonly code?: string;
  /** Node reports "localhost refused on ::1 and on 127.0.0.1" as one error with an empty message and these parts. */
  readonly errors?: readonly { readonly message: string }[];
}

async function tryConnect(url: string): Promise<ConnectFault | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    return error as ConnectFault;
  } finally {
    await client.end().catch(() => undefined);
  }
}
