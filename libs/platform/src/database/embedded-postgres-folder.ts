import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, parse, relative, sep } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-binaries.js';

/** The account the server runs as. Null: the account of this process. */
export type ServerUser = { readonly uid: number; readonly gid: number } | null;

/**
 * Where a cluster lives: `<data folder>/postgres/{data, password, server.log}`. Everything of the server is under one folder,
 * so that a new cluster appears in one rename, password and all.
 */
export interface ClusterFolder {
  readonly dataFolder: string;
  readonly home: string;
  readonly data: string;
  readonly passwordFile: string;
  readonly logFile: string;
  readonly user: ServerUser;
}

const NOBODY = 65_534;

/**
 * Creates the data folder when it is new and finds the account for the server: PostgreSQL refuses to run as root, so root
 * hands an existing cluster to its owner and a new one to `nobody` (a uid without a passwd entry is refused as well).
 *
 * Throws EmbeddedPostgresError naming the folder that cannot be written or, for that account, not be entered.
 */
export function prepareFolder(dataFolder: string, binariesFolder: string): ClusterFolder {
  const isRoot = process.getuid?.() === 0;
  makeFolder(dataFolder, isRoot);
  const home = join(dataFolder, 'postgres');
  const user = isRoot ? (ownerOf(home) ?? nobody()) : null;
  if (user !== null) {
    requireWayFor(user, dataFolder, 'Use another data folder (RETENTION_DATA)');
    requireWayFor(user, binariesFolder, 'Install the product in another folder');
  }
  removeAbandoned(dataFolder);
  return clusterFolderIn(dataFolder, user);
}

/** The places of a cluster; touches nothing. */
export function clusterFolderIn(dataFolder: string, user: ServerUser): ClusterFolder {
  const home = join(dataFolder, 'postgres');
  return {
    dataFolder,
    home,
    data: join(home, 'data'),
    passwordFile: join(home, 'password'),
    logFile: join(home, 'server.log'),
    user,
  };
}

/** A folder for initdb to work in; it becomes `home` by a rename, so a start that is killed leaves no half-made cluster. */
export function createStagingFolder(folder: ClusterFolder): string {
  const staging = join(folder.dataFolder, `initdb-${process.pid}`);
  try {
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { mode: 0o700 });
    if (folder.user !== null) chownSync(staging, folder.user.uid, folder.user.gid);
  } catch (error) {
    throw new EmbeddedPostgresError(`The data folder ${folder.dataFolder} cannot be written to: ${reason(error)}`);
  }
  return staging;
}

function makeFolder(dataFolder: string, isRoot: boolean): void {
  try {
    const firstCreated = mkdirSync(dataFolder, { recursive: true });
    if (firstCreated === undefined) {
      if (!statSync(dataFolder).isDirectory()) throw new Error('it is not a folder');
      return;
    }
    // A strict umask of root would shut the server's account out; what needs guarding lies in folders of mode 0700 below.
    if (isRoot) for (const path of pathsBetween(firstCreated, dataFolder)) chmodSync(path, 0o755);
  } catch (error) {
    throw new EmbeddedPostgresError(`The data folder ${dataFolder} cannot be created: ${reason(error)}`);
  }
}

function pathsBetween(first: string, last: string): string[] {
  const paths = [first];
  for (const name of relative(first, last).split(sep).filter(Boolean)) paths.push(join(paths.at(-1) as string, name));
  return paths;
}

function ownerOf(home: string): ServerUser {
  const found = statSync(home, { throwIfNoEntry: false });
  return found === undefined || found.uid === 0 ? null : { uid: found.uid, gid: found.gid };
}

function nobody(): ServerUser {
  const ask = (flag: string): number => {
    const { status, stdout } = spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' });
    return status === 0 ? Number(stdout.trim()) : NOBODY;
  };
  return { uid: ask('-u'), gid: ask('-g') };
}

function requireWayFor(user: { uid: number; gid: number }, target: string, advice: string): void {
  const { root } = parse(target);
  for (let path = target; ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new EmbeddedPostgresError(
        `PostgreSQL does not run as root, and the account it runs as instead (uid ${user.uid}) cannot enter ${path} ` +
          `(mode ${(mode & 0o7777).toString(8).padStart(4, '0')}) on the way to ${target}. ${advice}, ` +
          'run as an ordinary user, or name a server with DATABASE_URL',
      );
    }
    if (path === root) return;
  }
}

/** Staging folders of processes that were killed while initdb ran. */
function removeAbandoned(dataFolder: string): void {
  for (const name of readdirSync(dataFolder)) {
    const pid = /^initdb-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsProcess(Number(pid)))
      rmSync(join(dataFolder, name), { recursive: true, force: true });
  }
}

/** Whether a process of that id exists, whoever it belongs to. */
export function existsProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the cluster was made before; a staging folder of another start does not count. */
export function hasCluster(folder: ClusterFolder): boolean {
  try {
    return existsSync(join(folder.data, 'PG_VERSION')) || readdirSync(folder.home).length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    throw new EmbeddedPostgresError(`The folder ${folder.home} cannot be read: ${reason(error)}`);
  }
}

/** "permission denied", not "EACCES: permission denied, mkdir '/x'": the sentence around it names the folder. */
export function reason(error: unknown): string {
  return (error as Error).message.replace(/^[A-Z]+: /, '').replace(/, \w+ '.*$/, '');
}
