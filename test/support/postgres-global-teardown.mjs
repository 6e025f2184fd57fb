import { rmSync } from 'node:fs';

export default async function tearDown() {
  const started = globalThis.retentionTestPostgres;
  if (started === undefined) return;
  await started.server.stop();
  rmSync(started.dataFolder, { recursive: true, force: true });
}
