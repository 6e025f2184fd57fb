import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError, locateBinaries } from './embedded-postgres-binaries.js';
import { type ClusterFolder, clusterFolderIn, prepareFolder, reason } from './embedded-postgres-folder.js';
import { isOwnedWith, OwnerSession } from './embedded-postgres-owner.js';
import {
  findRunningServer,
  initialiseCluster,
  launchServer,
  stopServer,
  SUPERUSER,
} from './embedded-postgres-server.js';

const DATABASE = 'retention';
/** A free port can be taken by somebody else before the server binds it. */
const PORT_ATTEMPTS = 5;
/** How long a server that runs on the folder may be unreachable (recovering, or just stopping) before that is an error. */
const UNREACHABLE_MS = 60_000;
const RETRY_EVERY_MS = 100;

export interface EmbeddedPostgresOptions {
  /** Created when absent. Holds the cluster, its generated password and the server's log. */
  readonly dataFolder: string;
  /** Default: any free port. */
  readonly port?: number;
  /** PostgreSQL settings over the defaults of this launcher. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told when the server ended without `stop()` and did not come back; the process can do little but say so and end. */
  readonly onLost?: (reason: string) => void;
}

export interface EmbeddedPostgres {
  /** Address of the product's database, the generated password included: not for a log. */
  readonly url: string;
  /** Fast shutdown; resolves when the server is gone. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on the folder, making the cluster the first time. Durable: fsync and synchronous_commit stay on.
 *
 * A server left behind by a killed process is stopped and started anew, so that it runs with the settings of this release
 * and without sessions of the dead one. A second process on the same folder is refused. No exit hooks are installed: whoever
 * starts it stops it, at the point of its own shutdown where nothing needs the database any more.
 *
 * Throws EmbeddedPostgresError (one line: what and where).
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await locateBinaries();
  const folder = prepareFolder(resolve(options.dataFolder), dirname(binaries.postgres));
  await initialiseCluster(folder, binaries, options.settings?.['fsync'] !== 'off');
  const urlOf = addressesOf(folder);
  const server = {
    isAlive: () => findRunningServer(folder) !== null,
    onLost: (reason: string) => options.onLost?.(reason),
  };
  const claim = (port: number): Promise<OwnerSession | null> =>
    OwnerSession.claim(urlOf(port, 'postgres'), folder.dataFolder, server);

  let deadline = performance.now() + UNREACHABLE_MS;
  let portsLeft = PORT_ATTEMPTS;
  for (;;) {
    const running = findRunningServer(folder);
    if (running !== null) {
      const orphan = await claim(running.port);
      if (orphan !== null) {
        await orphan.release();
        await stopServer(folder, binaries);
        deadline = performance.now() + UNREACHABLE_MS;
      }
    } else {
      const port = options.port ?? (await freePort());
      const outcome = await launchServer(folder, binaries, port, options.settings ?? {});
      if (outcome.kind === 'ready') {
        const owner = await claim(port);
        if (owner !== null) {
          await createDatabase(owner);
          return { url: urlOf(port, DATABASE), stop: () => stopOwned(owner, () => stopServer(folder, binaries)) };
        }
      } else if (outcome.kind === 'port-taken') {
        portsLeft -= options.port === undefined ? 1 : PORT_ATTEMPTS;
        if (portsLeft <= 0) throw new EmbeddedPostgresError(`Port ${port} for the embedded PostgreSQL is taken`);
      } else if (outcome.kind === 'failed') {
        throw new EmbeddedPostgresError(
          `The embedded PostgreSQL of ${folder.dataFolder} did not start: ${outcome.reason}`,
        );
      }
    }
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        `A PostgreSQL server runs on ${folder.dataFolder} and does not answer (${folder.data}/postmaster.pid)`,
      );
    }
    await delay(RETRY_EVERY_MS);
  }
}

/**
 * Address of the product's database on the server that another live process has running on the folder, or null when there
 * is none: for a short visit. The visitor does not own the server, which may stop at any time.
 *
 * Throws EmbeddedPostgresError when the folder may not be read.
 */
export async function runningEmbeddedPostgres(dataFolder: string): Promise<string | null> {
  const folder = clusterFolderIn(resolve(dataFolder), null);
  const running = findRunningServer(folder);
  if (running === null) return null;
  const urlOf = addressesOf(folder);
  return (await isOwnedWith(DATABASE, urlOf(running.port, 'postgres'))) ? urlOf(running.port, DATABASE) : null;
}

function addressesOf(folder: ClusterFolder): (port: number, database: string) => string {
  const password = readPassword(folder);
  return (port, database) => `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

async function stopOwned(owner: OwnerSession, stop: () => Promise<void>): Promise<void> {
  await owner.release();
  await stop();
}

async function createDatabase(owner: OwnerSession): Promise<void> {
  const found = await owner.query(`SELECT 1 FROM pg_database WHERE datname = '${DATABASE}'`);
  if (found.length === 0) await owner.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`);
}

function readPassword(folder: ClusterFolder): string {
  try {
    return readFileSync(folder.passwordFile, 'utf8').trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The data folder ${folder.dataFolder} belongs to another account or is damaged: ${folder.passwordFile}: ${reason(error)}`,
    );
  }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
