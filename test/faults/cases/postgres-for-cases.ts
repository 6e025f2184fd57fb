import { startEmbeddedPostgres } from '@retention/platform';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from '@retention/platform';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/**
 * A PostgreSQL server that is this spec's alone, so that it may be stopped, filled and set back to an older copy. It
 * comes back at the same address.
 */
export class PostgresForCases {
  private constructor(
    private readonly folder: string,
    private readonly settings: Readonly<Record<string, string>>,
    private running: Running,
  ) {}

  static async start(settings: Readonly<Record<string, string>>): Promise<PostgresForCases> {
    const folder = mkdtempSync(join(tmpdir(), 'retention-cases-postgres-'));
    chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server's account has to get in when we are root.
    const all = { fsync: 'off', full_page_writes: 'off', ...settings };
    return new PostgresForCases(folder, all, await launch({ dataFolder: folder, settings: all }));
  }

  get url(): string {
    return this.running.server.url;
  }

  get ofDatabase(): string {
    return new URL(this.url).pathname.slice(1);
  }

  /** What `pg_ctl stop -m immediate` does: no shutdown, every session ends, and the next start replays the log. */
  async stopImmediately(): Promise<void> {
    const pid = Number(readFileSync(join(this.folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    // Whoever owned it would take the next one for it.
    await this.running.lost;
  }

  /** Starts it again after it was stopped in whatever way. */
  async startAgain(): Promise<void> {
    const port = Number(new URL(this.url).port);
    this.running = await launch({ dataFolder: this.folder, port, settings: this.settings });
  }

  /** A copy of everything, made while the server stands still. */
  async backUp(): Promise<void> {
    await this.running.server.stop();
    this.copy('postgres', 'backup');
    await this.startAgain();
  }

  /** Puts the copy in the place of what there is. Whoever is connected is cut off, and finds the older state. */
  async restore(): Promise<void> {
    await this.running.server.stop();
    this.copy('backup', 'postgres');
    await this.startAgain();
  }

  /** Runs statements one after another on a connection of their own, in a database of this server. */
  async run(statements: readonly string[], database = this.ofDatabase): Promise<void> {
    const client = await this.connect(database);
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  async connect(database = this.ofDatabase): Promise<pg.Client> {
    const url = new URL(this.url);
    url.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: url.href, application_name: 'beside the product' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Ends every session of the product, so that the next statements are of sessions that know the newest settings. */
  async endSessions(): Promise<void> {
    await this.run([
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'retention-%'`,
    ]);
  }

  async remove(): Promise<void> {
    await this.running.server.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private copy(from: string, to: string): void {
    rmSync(join(this.folder, to), { recursive: true, force: true });
    // The copy has to belong to the server's account, as what is copied does.
    execFileSync('cp', ['-a', join(this.folder, from), join(this.folder, to)]);
  }
}

interface Running {
  readonly server: EmbeddedPostgres;
  /** Resolves when the server is gone without having been told to stop in order. */
  readonly lost: Promise<void>;
}

async function launch(options: EmbeddedPostgresOptions): Promise<Running> {
  let onLost = (): void => undefined;
  const lost = new Promise<void>((resolve) => (onLost = resolve));
  return { server: await startEmbeddedPostgres({ ...options, onLost: () => onLost() }), lost };
}
