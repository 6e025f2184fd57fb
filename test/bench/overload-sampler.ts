/** Loaded before an app, which knows nothing of it: tells the bench every second what memory the process holds. */
const EVERY_MS = 1_000;

export interface MemorySample {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

setInterval(() => {
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external } satisfies MemorySample);
}, EVERY_MS).unref();
process.channel?.unref();
