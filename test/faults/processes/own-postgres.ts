import { startEmbeddedPostgres } from '@retention/platform';
import type { EmbeddedPostgres } from '@retention/platform';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Connections for five processes and, for a while, for what killed ones have left behind. A short log, so that a server
 * that was stopped without warning is back in seconds. All else is as the product runs it, fsync on.
 */
const SETTINGS = { max_connections: '250', max_wal_size: '256MB' };

interface Running {
  readonly server: EmbeddedPostgres;
  /** Resolves when the server is gone without having been told to stop in order. */
  readonly lost: Promise<void>;
}

/** A PostgreSQL server from the product's own programs that can be stopped without warning and started again. */
export class OwnPostgres {
  private constructor(
    private readonly folder: string,
    private running: Running,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'retention-faults-'));
    chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server's account has to get in when we are root.
    return new OwnPostgres(folder, await launch(folder));
  }

  /** Address of the database the processes work on; the same after a restart. */
  get url(): string {
    return this.running.server.url;
  }

  /** What `pg_ctl stop -m immediate` does: SIGQUIT to the server, which aborts every session and writes nothing more. */
  async stopImmediately(): Promise<void> {
    const pidFile = readFileSync(join(this.folder, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    process.kill(Number(pidFile.split('\n')[0]), 'SIGQUIT');
    await this.running.lost;
  }

  /** Recovers from its log and resolves when it takes connections. */
  async startAgain(): Promise<void> {
    this.running = await launch(this.folder, Number(new URL(this.url).port));
  }

  /** Ends some of the sessions of the product and says how many they were. `choose` is given their process ids. */
  async terminateBackends(choose: (backends: readonly number[]) => readonly number[]): Promise<number> {
    return withClient(this.url, async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'retention-%' ORDER BY pid`,
      );
      const chosen = choose(rows.map(({ pid }) => pid));
      await client.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [chosen]);
      return chosen.length;
    });
  }

  /** Address of an empty database beside. */
  async createDatabase(name: string): Promise<string> {
    await withClient(this.url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`));
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async remove(): Promise<void> {
    await this.running.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function launch(dataFolder: string, port?: number): Promise<Running> {
  let onLost = (): void => undefined;
  const lost = new Promise<void>((resolve) => {
    onLost = resolve;
  });
  const options = { dataFolder, settings: SETTINGS, onLost: () => onLost(), ...(port === undefined ? {} : { port }) };
  return { server: await startEmbeddedPostgres(options), lost };
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'faults' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
