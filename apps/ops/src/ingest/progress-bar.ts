import type { FileProgress } from '@retention/ingestion';

export interface ProgressBar {
  update(progress: FileProgress): void;
  stop(): void;
}

const INVISIBLE: ProgressBar = { update: () => undefined, stop: () => undefined };
const REDRAWS_PER_SECOND = 8;

/** A bar with rate and time left on standard error, where that is a terminal; nothing elsewhere. */
export async function progressBar(file: string): Promise<ProgressBar> {
  if (!process.stderr.isTTY) return INVISIBLE;
  const { default: cliProgress } = await import('cli-progress');
  const known = `${file} [{bar}] {percentage}% | {facts} facts | {rate} facts/s | {left} left`;
  const unknown = `${file} | {facts} facts | {rate} facts/s | {duration_formatted}`;
  const options = { stream: process.stderr, hideCursor: true, fps: REDRAWS_PER_SECOND, clearOnComplete: false };
  let bar: InstanceType<typeof cliProgress.SingleBar> | null = null;
  const startedAt = performance.now();
  return {
    update({ facts, bytes, totalBytes }) {
      const seconds = (performance.now() - startedAt) / 1000;
      const rate = Math.round(facts / seconds);
      // From the whole way so far: that of the library follows the last few batches, and jumps.
      const left = totalBytes === null ? '' : duration((seconds * (totalBytes - bytes)) / bytes);
      if (bar === null) {
        bar = new cliProgress.SingleBar({ ...options, format: totalBytes === null ? unknown : known });
        bar.start(totalBytes ?? bytes, bytes, { facts, rate, left });
      }
      if (totalBytes === null) bar.setTotal(bytes);
      bar.update(bytes, { facts, rate, left });
    },
    stop: () => bar?.stop(),
  };
}

/** `41 s`, `3 min`, `2 h`: no finer than it can be known. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
