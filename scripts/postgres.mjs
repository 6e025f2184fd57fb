import pg from 'pg';
import { withFolder } from './temporary-folder.mjs';

/**
 * Starts an empty PostgreSQL server of the built product for the time of `use`, which gets `freshDatabase(name)`: it
 * creates a database and returns its address.
 */
export async function withPostgres(use) {
  const { startEmbeddedPostgres } = await import('../dist/libs/platform/src/index.js');
  return withFolder(async (dataFolder) => {
    const server = await startEmbeddedPostgres({ dataFolder, settings: { fsync: 'off' } });
    try {
      return await use({ freshDatabase: (name) => freshDatabase(server.url, name) });
    } finally {
      await server.stop();
    }
  });
}

async function freshDatabase(serverUrl, name) {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE "${name}"`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
