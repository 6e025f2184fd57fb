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
  const known = `${file} [{bar}] {percentage}% | {facts} facts | {rate} facts/s | {eta_formatted} left`;
  const unknown = `${file} | {facts} facts | {rate} facts/s | {duration_formatted}`;
  const options = { stream: process.stderr, hideCursor: true, fps: REDRAWS_PER_SECOND, clearOnComplete: false };
  let bar: InstanceType<typeof cliProgress.SingleBar> | null = null;
  const startedAt = performance.now();
  return {
    update({ facts, bytes, totalBytes }) {
      const rate = Math.round(facts / ((performance.now() - startedAt) / 1000));
      if (bar === null) {
        bar = new cliProgress.SingleBar({ ...options, format: totalBytes === null ? unknown : known });
        bar.start(totalBytes ?? bytes, bytes, { facts, rate });
      }
      if (totalBytes === null) bar.setTotal(bytes);
      bar.update(bytes, { facts, rate });
    },
    stop: () => bar?.stop(),
  };
}
