import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** A fresh cluster takes 60 of them. */
const DISK_MEGABYTES = 96;

/**
 * A program that runs with a disk of its own mounted on `folder`: a memory file system of limited size, in a name space that
 * ends with it, so nothing is left to unmount. Root needs nothing for that, others a kernel that lets them have a user name
 * space; there they are root, which PostgreSQL refuses to be, so the program gets its own account back.
 */
function onSmallDisk(folder: string, program: readonly string[]): readonly [string, readonly string[]] {
  const mount = `mount -t tmpfs -o size=${DISK_MEGABYTES}m,mode=0755 tmpfs "$0"`;
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid === 0) return ['unshare', ['--mount', 'sh', '-c', `${mount} && exec "$@"`, folder, ...program]];
  const back = `unshare --user --map-user=${uid} --map-group=${gid}`;
  const flags = ['--user', '--map-root-user', '--mount'];
  return ['unshare', [...flags, 'sh', '-c', `${mount} && exec ${back} "$@"`, folder, ...program]];
}

/** Null where a small disk can be had. */
export function whyThereIsNoSmallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'retention-small-disk-'));
  try {
    const [command, parameters] = onSmallDisk(folder, ['true']);
    const { status, error, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
    if (status === 0) return null;
    return `a disk of limited size cannot be mounted here (${error?.message ?? stderr.trim()})`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A PostgreSQL server on a disk that can be filled to the last page. */
export class PostgresOnSmallDisk {
  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    readonly url: string,
  ) {}

  static async start(): Promise<PostgresOnSmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'retention-small-disk-'));
    chmodSync(folder, 0o755);
    const main = 'test/faults/cases/small-disk-process.ts';
    const program = [process.execPath, '--import', './test/support/typescript.mjs', main, folder];
    const [command, parameters] = onSmallDisk(folder, program);
    const child = spawn(command, parameters, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return new PostgresOnSmallDisk(folder, child, lines, await nextOf(lines));
  }

  /** Takes every byte that is left. */
  fill(): Promise<void> {
    return this.tell('fill');
  }

  free(): Promise<void> {
    return this.tell('free');
  }

  /** Resolves when a server that crashed answers again, at the same address. */
  comeBack(): Promise<void> {
    return this.tell('come back');
  }

  async remove(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin?.end();
    await ended;
    rmSync(this.folder, { recursive: true });
  }

  private async tell(order: string): Promise<void> {
    this.child.stdin?.write(`${order}\n`);
    const answer = await nextOf(this.lines);
    if (answer !== order) throw new Error(`the small disk answers ${answer}, not ${order}`);
  }
}

async function nextOf(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the process on the small disk has ended');
  return value;
}
