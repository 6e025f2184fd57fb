import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface SpecDatabase {
  readonly url: string;
  /** Drops the database, with whoever is still connected to it. */
  drop(): Promise<void>;
}

/**
 * An empty database of its own for one spec file, on the server of the test run. Fails, never skips, when the run has none.
 *
 * Usage: `beforeAll(async () => { database = await createDatabaseForSpec(); }); afterAll(() => database.drop());`
 */
export async function createDatabaseForSpec(): Promise<SpecDatabase> {
  const server = process.env['RETENTION_TEST_DATABASE_URL'];
  if (server === undefined) {
    throw new Error(
      'No PostgreSQL in this run: a spec that needs it is named *.int.spec.ts, for which Jest starts one',
    );
  }
  const name = `spec_${randomBytes(6).toString('hex')}`;
  // template0 is never connected to, so copies of it do not wait for each other's sessions.
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'retention specs' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
