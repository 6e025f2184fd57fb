import { createLogger } from '@retention/platform';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';

/** Follows the feed while something is done: a projector that runs as well shares the work. Failures go to standard error. */
export async function following<T>(runtime: Runtime, act: () => Promise<T>): Promise<T> {
  const log = createLogger({ level: 'warn', app: 'ops', destination: process.stderr });
  const worker = createFeedWorker(runtime, (follower, error) => {
    log.warn({ err: error, follower }, `${follower} failed and is tried again`);
  });
  await worker.start();
  try {
    return await act();
  } finally {
    await worker.stop();
  }
}
