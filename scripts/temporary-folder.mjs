import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes an empty folder for the time of `use`. Other accounts may enter it: PostgreSQL refuses to run as root. */
export async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'retention-check-'));
  chmodSync(folder, 0o755);
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
