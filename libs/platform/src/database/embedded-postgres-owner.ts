import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres-binaries.js';

/** Found in pg_locks of the database `postgres` as objid. */
const OWNER_LOCK = 7_234_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A backend needs a moment to notice that the process it served was killed; only then is its lock free. */
const LINGERING_LOCK_MS = 1_500;
const RETRY_EVERY_MS = 50;
/** One backend that crashes makes the server drop every session and recover; the owner asks again for as long as this. */
const RECLAIM_MS = 30_000;

export interface ServerWatch {
  /** Whether the server process is there at all; it is while it recovers from the crash of one backend. */
  isAlive(): boolean;
  onLost(reason: string): void;
}

/**
 * The one process that owns the embedded server holds an advisory lock in it through an idle session. That tells an orphan
 * from a server in use without files to go stale: when the owner dies, by whatever signal, the kernel closes the session and
 * the lock is free; a reused process id cannot pretend to hold it.
 */
export class OwnerSession {
  private released = false;

  private constructor(
    private client: pg.Client,
    private readonly url: string,
    private readonly server: ServerWatch,
  ) {
    this.watch(client);
  }

  /**
   * Takes the lock, or returns null while the server is not answering (starting, stopping). Throws EmbeddedPostgresError
   * when another process holds the lock.
   */
  static async claim(url: string, dataFolder: string, server: ServerWatch): Promise<OwnerSession | null> {
    const client = await connect(url);
    if (client === null) return null;
    try {
      const deadline = performance.now() + LINGERING_LOCK_MS;
      while (!(await tryLock(client))) {
        if (performance.now() > deadline) throw await inUse(client, dataFolder);
        await delay(RETRY_EVERY_MS);
      }
      return new OwnerSession(client, url, server);
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof EmbeddedPostgresError) throw error;
      return null;
    }
  }

  /** Runs one statement on the owner's own session. */
  async query(text: string): Promise<readonly unknown[]> {
    const { rows } = await this.client.query<Record<string, unknown>>(text);
    return rows;
  }

  async release(): Promise<void> {
    this.released = true;
    await this.client.end().catch(() => undefined);
  }

  /** A method, because release() may come during any await. */
  private isWanted(): boolean {
    return !this.released;
  }

  private watch(client: pg.Client): void {
    client.on('error', () => undefined);
    client.once('end', () => {
      if (!this.released) void this.reclaim();
    });
  }

  private async reclaim(): Promise<void> {
    const deadline = performance.now() + RECLAIM_MS;
    while (this.isWanted() && this.server.isAlive() && performance.now() < deadline) {
      const client = await connect(this.url).catch(() => null);
      if (client !== null && this.isWanted() && (await tryLock(client).catch(() => false))) {
        this.client = client;
        this.watch(client);
        if (!this.isWanted()) await this.release();
        return;
      }
      await client?.end().catch(() => undefined);
      await delay(RETRY_EVERY_MS * 5);
    }
    if (this.isWanted()) this.server.onLost('The embedded PostgreSQL stopped and did not come back');
  }
}

/** Whether a live process owns the server and has made `database` in it; waits a moment for one that is just doing so. */
export async function isOwnedWith(database: string, url: string): Promise<boolean> {
  const client = await connect(url);
  if (client === null) return false;
  try {
    const deadline = performance.now() + LINGERING_LOCK_MS;
    for (;;) {
      const { rows } = await client.query<{ owned: boolean; made: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = $1) AS owned,
           EXISTS (SELECT 1 FROM pg_database WHERE datname = $2) AS made`,
        [OWNER_LOCK, database],
      );
      const { owned, made } = rows[0] ?? { owned: false, made: false };
      if (!owned || made) return owned;
      if (performance.now() > deadline) return false;
      await delay(RETRY_EVERY_MS);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Null when nobody listens yet, or the server says it is starting or stopping; other failures (a wrong password) throw. */
async function connect(url: string): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `retention owner, process ${process.pid}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const { code, message } = error as { code?: string; message: string };
    if (code === '28P01' || code === '28000') {
      throw new EmbeddedPostgresError(`The embedded PostgreSQL refuses its own password: ${message}`);
    }
    return null;
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [OWNER_LOCK]);
  return rows[0]?.held === true;
}

async function inUse(client: pg.Client, dataFolder: string): Promise<EmbeddedPostgresError> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND objid = $1`,
    [OWNER_LOCK],
  );
  const holder = /process \d+/.exec(rows[0]?.name ?? '')?.[0] ?? 'another process';
  return new EmbeddedPostgresError(
    `The data folder ${dataFolder} is in use by ${holder}: stop it first, or use a folder of its own (RETENTION_DATA)`,
  );
}
