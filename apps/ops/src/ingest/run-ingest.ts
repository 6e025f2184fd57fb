import { FileDoorError, ingestSource, openSource } from '@retention/ingestion';
import type { ByteSource, FileReport } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { untilCaughtUp } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { following } from '../following.js';
import { interruptible } from '../terminal/interruption.js';
import type { Output } from '../terminal/output.js';
import { visitRuntime } from '../visit-runtime.js';
import { describeReport } from './describe-report.js';
import { progressBar } from './progress-bar.js';

export interface IngestRequest {
  /** `-` is standard input. */
  readonly file: string;
  /** Whether to wait until the read models hold it. */
  readonly isFollowed: boolean;
}

/**
 * Takes in a file and reports what became of it, also when it is interrupted or fails on the way. While it runs it follows
 * the feed itself: a projector that runs as well shares the work.
 */
export function runIngest(config: Config, { file, isFollowed }: IngestRequest, output: Output): Promise<void> {
  return interruptible(async (signal) => {
    // A name typed wrong is to be said before a database is started, or even made.
    const source = await openSource(file);
    try {
      await visitRuntime(config, async (runtime) => {
        const ingest = (): Promise<FileReport> => ingestAndReport(runtime, source, signal, output);
        if (isFollowed) await following(runtime, () => ingestAndWait(runtime, ingest, signal, output));
        else await output.result(...resultOf(await ingest(), null));
      });
    } finally {
      source.close();
    }
  });
}

/** Waits for what was taken in to be decided and shown. */
async function ingestAndWait(
  runtime: Runtime,
  ingest: () => Promise<FileReport>,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const report = await ingest();
  if (!report.isComplete) {
    await output.result(...resultOf(report, false));
    return;
  }
  // Facts that another process put into the waiting room just now may belong to a loan of this file.
  await runtime.writer.sweepPending();
  if (process.stderr.isTTY) output.say('Waiting for the read models …');
  const isCaughtUp = await untilCaughtUp(runtime, signal).then(
    () => true,
    (error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    },
  );
  await output.result(...resultOf(report, isCaughtUp));
}

async function ingestAndReport(
  { writer }: Runtime,
  source: ByteSource,
  signal: AbortSignal,
  output: Output,
): Promise<FileReport> {
  const bar = await progressBar(source.name);
  try {
    return await ingestSource(writer, source, { signal, onProgress: (progress) => bar.update(progress) });
  } catch (error) {
    bar.stop();
    if (error instanceof FileDoorError && error.report !== null) await output.result(...resultOf(error.report, false));
    throw error;
  } finally {
    bar.stop();
  }
}

/** `isCaughtUp`: whether the read models hold it; null when that was not waited for. */
function resultOf(report: FileReport, isCaughtUp: boolean | null): [object, () => string[]] {
  return [{ ...report, isCaughtUp }, () => describeReport(report, isCaughtUp)];
}
