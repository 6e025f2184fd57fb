import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError, type PostgresBinaries } from './embedded-postgres-binaries.js';
import {
  type ClusterFolder,
  createStagingFolder,
  existsProcess,
  hasCluster,
  reason,
} from './embedded-postgres-folder.js';

export const SUPERUSER = 'retention';

const POLL_EVERY_MS = 15;
/** Replaying the log after a crash comes before the server is ready; two gigabytes of it take a minute or two. */
const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_SECONDS = 120;
const LOG_KEEP_BYTES = 10 * 1024 * 1024;

const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // No Unix socket: its path may have 107 bytes at most, and a data folder somewhere below a home easily has more.
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'off',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The log is not to hold customers' data: no statements with their values, no "Key (phone)=(…)" details.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

export type LaunchOutcome =
  | { readonly kind: 'ready'; readonly pid: number }
  /** Another start of the same folder was faster, or its last backends are still ending. */
  | { readonly kind: 'folder-busy' }
  | { readonly kind: 'port-taken' }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Makes the cluster when the folder has none, on the disk before it returns unless `durable` is false. Two starts at once both
 * end with the one whose rename came first.
 */
export async function initialiseCluster(
  folder: ClusterFolder,
  binaries: PostgresBinaries,
  durable: boolean,
): Promise<void> {
  if (hasCluster(folder)) return;
  const staging = createStagingFolder(folder);
  try {
    const passwordFile = join(staging, 'password');
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (folder.user !== null) chownSync(passwordFile, folder.user.uid, folder.user.gid);
    // The builtin locale is the same on every operating system, so texts sort alike everywhere.
    const flags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = ['--username', SUPERUSER, '--auth=scram-sha-256', '--pwfile', passwordFile, '--no-instructions'];
    if (!durable) access.push('--no-sync');
    const { code, output } = await run(binaries.initdb, ['-D', join(staging, 'data'), ...flags, ...access], folder);
    if (code !== 0) throw new EmbeddedPostgresError(`initdb failed in ${folder.dataFolder}: ${lastLine(output)}`);
    renameSync(staging, folder.home);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    if (!hasCluster(folder)) throw error;
  }
}

/** `port` and `pid` of the server that runs on this cluster, or null. A pid file left by a killed server does not count. */
export function findRunningServer(folder: ClusterFolder): { readonly pid: number; readonly port: number } | null {
  const file = readPidFile(folder);
  if (file === null) return null;
  if (isServerOf(folder, file.pid)) return { pid: file.pid, port: file.port };
  // PostgreSQL itself refuses to start when that id now belongs to any other process of the same account.
  rmSync(join(folder.data, 'postmaster.pid'), { force: true });
  return null;
}

/** Starts the server and waits until it accepts connections. It is in a process group of its own: Ctrl-C is not for it. */
export async function launchServer(
  folder: ClusterFolder,
  binaries: PostgresBinaries,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<LaunchOutcome> {
  const log = openLog(folder);
  const values = Object.entries({ ...DEFAULT_SETTINGS, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn(binaries.postgres, ['-D', folder.data, '-p', String(port), ...values], {
    ...spawnOptions(folder),
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(reason(error)));
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  closeSync(log.descriptor);
  child.unref();

  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const end = await Promise.race([ended, delay(POLL_EVERY_MS, null)]);
    if (end !== null) return classifyFailure(log.since(), end);
    const file = readPidFile(folder);
    if (child.pid !== undefined && file?.pid === child.pid && file.ready) return { kind: 'ready', pid: child.pid };
  }
  return { kind: 'failed', reason: `it was not ready after ${START_TIMEOUT_MS / 1000} s; see ${folder.logFile}` };
}

/** Fast shutdown: open transactions are rolled back, everything committed is written, and the server is gone on return. */
export async function stopServer(folder: ClusterFolder, binaries: PostgresBinaries): Promise<void> {
  if (findRunningServer(folder) === null) return;
  const flags = ['stop', '-D', folder.data, '-m', 'fast', '-w', '-t', String(STOP_TIMEOUT_SECONDS), '-s'];
  const { code, output } = await run(binaries.pgCtl, flags, folder);
  if (code !== 0 && findRunningServer(folder) !== null) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL of ${folder.dataFolder} did not stop: ${lastLine(output)}`,
    );
  }
}

function readPidFile(folder: ClusterFolder): { pid: number; port: number; ready: boolean } | null {
  try {
    // Lines: pid, data folder, start time, port, socket folder, address, shared memory, status (src/include/utils/pidfile.h).
    const lines = readFileSync(join(folder.data, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    if (!Number.isSafeInteger(pid) || pid <= 0) return null;
    return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new EmbeddedPostgresError(`The folder ${folder.data} cannot be read: ${reason(error)}`);
  }
}

function isServerOf(folder: ClusterFolder, pid: number): boolean {
  if (!existsProcess(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder.data);
  } catch (error) {
    // A zombie has no folder (ENOENT). One that may not be looked at is judged by its name.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  }
}

function classifyFailure(log: string, end: string): LaunchOutcome {
  if (/lock file "postmaster\.pid" already exists|pre-existing shared memory block/.test(log))
    return { kind: 'folder-busy' };
  if (/could not bind .*: Address already in use|could not create any TCP\/IP sockets/.test(log))
    return { kind: 'port-taken' };
  return { kind: 'failed', reason: lastLine(log) || end };
}

function openLog(folder: ClusterFolder): { descriptor: number; since: () => string } {
  const size = statSync(folder.logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_KEEP_BYTES) renameSync(folder.logFile, `${folder.logFile}.1`);
  const start = size > LOG_KEEP_BYTES ? 0 : size;
  try {
    const descriptor = openSync(folder.logFile, 'a', 0o600);
    return { descriptor, since: () => readFileSync(folder.logFile).subarray(start).toString('utf8') };
  } catch (error) {
    throw new EmbeddedPostgresError(`The folder ${folder.home} cannot be written to: ${reason(error)}`);
  }
}

/** A clean environment: a PGPORT or PGDATA meant for another server must not reach this one. */
function spawnOptions({ user }: ClusterFolder): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } {
  // eslint-disable-next-line no-restricted-properties -- handed on to a child, not read
  const { PATH, SystemRoot, TEMP, TMP } = process.env;
  return { cwd: '/', env: { PATH, SystemRoot, TEMP, TMP, LC_ALL: 'C', TZ: 'UTC' }, ...(user ?? {}) };
}

function run(
  program: string,
  parameters: readonly string[],
  folder: ClusterFolder,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { ...spawnOptions(folder), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve({ code: null, output: reason(error) }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** The line that says why: the last FATAL or error of what the program wrote. */
function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => /FATAL|PANIC|error:/.test(line)) ?? lines.at(-1) ?? '';
  return fatal.replace(/^.*?(?:FATAL|PANIC|error):\s*/, '').trim();
}
