import { rmSync } from 'node:fs';

export default async function tearDown() {
  await globalThis.retentionTestEventStore?.stop();
  const started = globalThis.retentionTestPostgres;
  if (started === undefined) return;
  await started.server.stop();
  rmSync(started.dataFolder, { recursive: true, force: true });
}
