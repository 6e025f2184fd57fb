import { startEmbeddedPostgres } from '@retention/platform';
import type { EmbeddedPostgres } from '@retention/platform';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { AfterUs } from './after-us.js';

/**
 * Connections for five processes and, for a while, for what killed ones have left behind. A short log, so that a server
 * that was stopped without warning is back in seconds. All else is as the product runs it, fsync on.
 */
const SETTINGS = { max_connections: '250', max_wal_size: '256MB' };

interface Running {
  readonly server: EmbeddedPostgres;
  readonly pid: number;
  /** Resolves when the server is gone without having been told to stop in order. */
  readonly lost: Promise<void>;
}

/** A PostgreSQL server from the product's own programs that can be stopped without warning and started again. */
export class OwnPostgres {
  private constructor(
    private readonly folder: string,
    private readonly afterUs: AfterUs,
    private running: Running,
  ) {}

  static async start(afterUs: AfterUs): Promise<OwnPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'retention-processes-'));
    chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server's account has to get in when we are root.
    afterUs.folder(folder);
    return new OwnPostgres(folder, afterUs, await launch(folder, afterUs));
  }

  /** Address of the database the processes work on; the same after a restart. */
  get url(): string {
    return this.running.server.url;
  }

  /** What `pg_ctl stop -m immediate` does: SIGQUIT to the server, which aborts every session and writes nothing more. */
  async stopImmediately(): Promise<void> {
    const { pid, lost } = this.running;
    process.kill(pid, 'SIGQUIT');
    await lost;
    this.afterUs.gone(pid);
  }

  /** Recovers from its log and resolves when it takes connections. */
  async startAgain(): Promise<void> {
    this.running = await launch(this.folder, this.afterUs, Number(new URL(this.url).port));
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

  async remove(): Promise<void> {
    await this.running.server.stop();
    this.afterUs.gone(this.running.pid);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function launch(dataFolder: string, afterUs: AfterUs, port?: number): Promise<Running> {
  let onLost = (): void => undefined;
  const lost = new Promise<void>((resolve) => {
    onLost = resolve;
  });
  const options = { dataFolder, settings: SETTINGS, onLost: () => onLost(), ...(port === undefined ? {} : { port }) };
  const server = await startEmbeddedPostgres(options);
  const pidFile = readFileSync(join(dataFolder, 'postgres', 'data', 'postmaster.pid'), 'utf8');
  const pid = Number(pidFile.split('\n')[0]);
  afterUs.runs(pid, 'QUIT');
  return { server, pid, lost };
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
