import { createPool, loadConfig } from '@retention/platform';
import { openDatabase } from '@retention/runtime';
import pg from 'pg';
import type { DatabaseServer, DatabaseSession, Statement, StatementResult } from '../world/database-server.js';
import type { World } from '../world/world.js';
import type { Row, Tables } from './tables.js';

const TEMPLATE = 'faults_template';
const SESSIONS_MAX = 90;

/** A real PostgreSQL in place of the simulated one: the same run, with its locks, its constraints and its planner. */
export class RealPostgres {
  private databases = 0;

  private constructor(private readonly url: string) {}

  /** On a server that runs; makes one database with the product's schema, of which each seed gets a copy. */
  static async open(url: string): Promise<RealPostgres> {
    await onServer(url, `DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
    await onServer(url, `CREATE DATABASE ${TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'`);
    const opened = await openDatabase(
      loadConfig({ DATABASE_URL: databaseOf(url, TEMPLATE) }),
      'faults',
      () => undefined,
    );
    await opened.close();
    return new RealPostgres(url);
  }

  async database(): Promise<{ readonly name: string; drop(): Promise<void> }> {
    this.databases += 1;
    const name = `faults_${process.pid}_${this.databases}`;
    await onServer(this.url, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    return { name, drop: () => onServer(this.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
  }

  serve(world: World, name: string): DatabaseServer & Tables & { end(): Promise<void> } {
    return new RealServer(world, databaseOf(this.url, name));
  }
}

class RealServer implements DatabaseServer, Tables {
  private readonly pool: pg.Pool;
  private readonly aside: pg.Pool;
  private readonly open = new Set<() => void>();
  private isUp = true;

  constructor(
    private readonly world: World,
    url: string,
  ) {
    this.pool = createPool(url, { max: SESSIONS_MAX, applicationName: 'faults' });
    this.aside = createPool(url, { max: 1, applicationName: 'faults aside' });
  }

  async connect(): Promise<DatabaseSession> {
    if (!this.isUp) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const client = await this.world.whileOutside(this.pool.connect());
    const close = (): void => {
      if (!this.open.delete(close)) return;
      client.release(true);
    };
    this.open.add(close);
    return { run: (statement) => this.world.whileOutside(runOn(client, statement)), close };
  }

  /** The server serves other runs too: what they would lose by its stop, this one's sessions lose. */
  async crash(): Promise<void> {
    this.isUp = false;
    await this.terminateWhere('true');
  }

  start(): Promise<void> {
    this.isUp = true;
    return Promise.resolve();
  }

  terminate(draw: number): Promise<void> {
    return this.terminateWhere(`place = ${draw} % total`);
  }

  async rows(table: string): Promise<readonly Row[]> {
    const { rows } = await this.world.whileOutside(this.aside.query<Record<string, unknown>>(`SELECT * FROM ${table}`));
    return rows;
  }

  async end(): Promise<void> {
    this.isUp = false;
    // Sessions that wait for a lock of a process nobody will wake again.
    await this.terminateWhere('true');
    for (const close of this.open) close();
    await Promise.all([this.pool.end(), this.aside.end()]);
  }

  private async terminateWhere(condition: string): Promise<void> {
    const found = `SELECT pid, row_number() OVER (ORDER BY backend_start, pid) - 1 AS place, count(*) OVER () AS total
      FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'faults'`;
    await this.world.whileOutside(
      this.aside.query(`SELECT pg_terminate_backend(pid) FROM (${found}) f WHERE ${condition}`),
    );
  }
}

async function runOn(client: pg.PoolClient, { text, values }: Statement): Promise<StatementResult> {
  const { rows, rowCount } = await client.query<Record<string, unknown>>(text, [...values]);
  return { rows, rowCount };
}

function databaseOf(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
