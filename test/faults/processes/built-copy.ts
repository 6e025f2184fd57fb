import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AfterUs } from './after-us.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ENSURE_BUILT = "import('./scripts/build.mjs').then(({ ensureBuilt }) => ensureBuilt())";

export interface BuiltCopy {
  /** The folder that holds `apps` and `libs`. */
  readonly folder: string;
  remove(): void;
}

/**
 * The apps as `npm start` builds them, in a folder of their own: a hundred processes are started from it, and somebody who
 * changes a source meanwhile builds another product.
 */
export async function copyBuilt(afterUs: AfterUs): Promise<BuiltCopy> {
  await promisify(execFile)(process.execPath, ['-e', ENSURE_BUILT], { cwd: ROOT });
  const home = mkdtempSync(join(tmpdir(), 'retention-built-'));
  afterUs.folder(home);
  const folder = join(home, 'dist');
  cpSync(join(ROOT, 'dist'), folder, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  return { folder, remove: () => rmSync(home, { recursive: true, force: true }) };
}
