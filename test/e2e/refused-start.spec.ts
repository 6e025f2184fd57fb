import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../support/processes.js';

describe('standalone on a port that is taken', () => {
  it('says so in one line, ends with exit code 1, and has not touched its data folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'retention-spec-'));
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const refused = await startApp('standalone', {
        HTTP_PORT: String(port),
        RETENTION_DATA: join(folder, 'data'),
      }).then(
        () => 'started',
        (error: unknown) => String(error),
      );
      expect(refused).toContain('exit code 1');
      expect(refused.split('\n').slice(1).filter(Boolean)).toEqual([
        `Port ${port} is taken by another process; set HTTP_PORT to a free one.`,
      ]);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
      rmSync(folder, { recursive: true });
    }
  });
});
