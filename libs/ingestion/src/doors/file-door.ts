import { setTimeout as delay } from 'node:timers/promises';
import { OUTCOME_STATUSES } from '../message.js';
import type { Outcome, OutcomeStatus, Submission } from '../message.js';
import type { FactWriter } from '../writer/fact-writer.js';
import { openSource } from './byte-source.js';
import type { ByteSource } from './byte-source.js';
import { FileDoorError } from './file-report.js';
import type { FileOptions, FileReport, RefusedLine } from './file-report.js';
import { LineCutter } from './line-cutter.js';
import type { Line } from './line-cutter.js';
import { DamagedGzip, unpacked } from './unpacked.js';

const BATCH_LINES = 2000;
/** Lines near the message limit: so much is collected and no more. */
const BATCH_BYTES = 16 * 1024 * 1024;
/** While one batch commits the next is prepared, and one more is read: more in flight would only take memory. */
const IN_FLIGHT_MAX = 3;
/** Far beyond the contract's limit for a message: such a line is refused for its size whatever follows. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;
const REFUSALS_SHOWN = 10;
/** Waits of 0.25, 0.5, 1, 2, 4, 5, 5 s: longer than a restart of the database takes. */
const ATTEMPTS_MAX = 8;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 5_000;
const SIGNAL_LATENCY_MS = 50;
/** What trying again cannot mend: a broken protocol, bad data, broken constraints, no permission, no such table. */
const FINAL_SQL_STATES = /^(08P01|0A|22|23|28|3D|42)/;

/**
 * Takes in a file line by line, at the pace of the database and in bounded memory. Feeding the same file again is safe at
 * any time: known lines are duplicates.
 *
 * Gzip data tells by its checksum, at its end, that it was damaged. A line that the damage changed has been taken in by
 * then; it is a dead letter, or becomes a conflicting duplicate when the whole file is fed again.
 * @throws FileDoorError when the file cannot be read, its gzip data is damaged, or the database stays away.
 */
export async function ingestFile(writer: FactWriter, options: FileOptions): Promise<FileReport> {
  return ingestSource(writer, await openSource(options.path), options);
}

/** The same from a source that is open already; closes it. */
export async function ingestSource(
  writer: FactWriter,
  source: ByteSource,
  options: Omit<FileOptions, 'path'>,
): Promise<FileReport> {
  const intake = new Intake(writer, source, options);
  const stop = (): void => source.close();
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();
  try {
    return await intake.run();
  } finally {
    options.signal?.removeEventListener('abort', stop);
    source.close();
  }
}

/** One file on its way in. */
class Intake {
  private readonly startedAt = performance.now();
  private readonly outcomes = Object.fromEntries(OUTCOME_STATUSES.map((status) => [status, 0])) as Record<
    OutcomeStatus,
    number
  >;
  private readonly refusals: RefusedLine[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  private failure: unknown = null;
  private facts = 0;
  private bytes = 0;
  private lastLine = 0;
  private isComplete = false;

  constructor(
    private readonly writer: FactWriter,
    private readonly source: ByteSource,
    private readonly options: Omit<FileOptions, 'path'>,
  ) {}

  async run(): Promise<FileReport> {
    let broken: unknown = null;
    try {
      await this.readAll();
    } catch (error) {
      if (!this.isStopped()) broken = error;
    }
    // Whatever ended the reading, what was submitted comes to its end before anything is said of it.
    await Promise.all(this.inFlight);
    if (this.failure !== null) throw this.unavailable(this.failure);
    await this.writer.drain();
    if (broken !== null) throw this.unreadable(broken);
    this.isComplete = !this.isStopped();
    return this.report();
  }

  private async readAll(): Promise<void> {
    const cutter = new LineCutter(LINE_BYTES_MAX);
    let batch: Line[] = [];
    let batchBytes = 0;
    const take = async (lines: readonly Line[]): Promise<void> => {
      for (const line of lines) {
        batch.push(line);
        batchBytes += line.bytes.length;
        if (batch.length < (this.options.batchLines ?? BATCH_LINES) && batchBytes < BATCH_BYTES) continue;
        const full = batch;
        batch = [];
        batchBytes = 0;
        await this.submit(full);
      }
    };
    try {
      for await (const chunk of unpacked(this.counted())) {
        await take(cutter.cut(chunk));
        if (this.isStopped() || this.failure !== null) return;
      }
      await this.takeLast(cutter.end(), take);
    } finally {
      if (batch.length > 0 && !this.isStopped()) await this.submit(batch);
    }
  }

  /**
   * The Ctrl-C that stops us also ends whoever writes to our standard input, in the middle of a line; the news of it may reach
   * us after the end of their output.
   */
  private async takeLast(lines: readonly Line[], take: (lines: readonly Line[]) => Promise<void>): Promise<void> {
    if (lines.length > 0) await delay(SIGNAL_LATENCY_MS);
    if (!this.isStopped()) await take(lines);
  }

  private async *counted(): AsyncGenerator<Buffer> {
    for await (const chunk of this.source.chunks) {
      this.bytes += chunk.length;
      yield chunk;
    }
  }

  /** Hands a batch over and waits until there is room for the next. */
  private async submit(lines: readonly Line[]): Promise<void> {
    if (this.failure !== null) return;
    this.lastLine = lines.at(-1)?.no ?? this.lastLine;
    const submission: Submission = {
      items: lines.map(({ no, bytes }) => ({
        kind: 'message',
        bytes,
        origin: { door: 'file', file: this.source.name, line: no },
      })),
      advances: [],
    };
    const settled = this.persist(submission).then(
      (outcomes) => this.count(lines, outcomes),
      (error: unknown) => {
        this.failure ??= error;
      },
    );
    const tracked = settled.finally(() => this.inFlight.delete(tracked));
    this.inFlight.add(tracked);
    while (this.inFlight.size >= IN_FLIGHT_MAX) await Promise.race(this.inFlight);
  }

  private async persist(submission: Submission): Promise<readonly Outcome[]> {
    let pauseMs = RETRY_MS_MIN;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.writer.submit(submission);
      } catch (error) {
        if (isFinal(error) || attempt >= ATTEMPTS_MAX || this.isStopped() || this.failure !== null) throw error;
        await delay(pauseMs, undefined, { signal: this.options.signal }).catch(() => undefined);
        pauseMs = Math.min(RETRY_MS_MAX, pauseMs * 2);
      }
    }
  }

  private count(lines: readonly Line[], outcomes: readonly Outcome[]): void {
    for (const [index, outcome] of outcomes.entries()) {
      this.outcomes[outcome.status] += 1;
      if (!('code' in outcome) || this.refusals.length >= REFUSALS_SHOWN) continue;
      const { code, field, reason, factId } = outcome;
      this.refusals.push({ line: lines[index]?.no ?? 0, code, field, reason, factId });
    }
    this.facts += outcomes.length;
    const { bytes, facts, source } = this;
    this.options.onProgress?.({ facts, bytes, totalBytes: source.totalBytes, outcomes: { ...this.outcomes } });
  }

  private isStopped(): boolean {
    return this.options.signal?.aborted === true;
  }

  private report(): FileReport {
    return {
      file: this.source.name,
      lines: this.facts,
      outcomes: this.outcomes,
      refusals: this.refusals.toSorted((one, other) => one.line - other.line),
      seconds: Math.round(performance.now() - this.startedAt) / 1000,
      isComplete: this.isComplete,
    };
  }

  private unavailable(cause: unknown): FileDoorError {
    return new FileDoorError(
      `${this.source.name}: the database does not take more: ${reasonOf(cause)}. ${this.facts} lines are in; ` +
        'feeding the file again is safe.',
      this.report(),
      { cause },
    );
  }

  private unreadable(cause: unknown): FileDoorError {
    const { name } = this.source;
    const what =
      cause instanceof DamagedGzip
        ? `the gzip data is damaged or cut off after line ${this.lastLine}`
        : `it cannot be read on after line ${this.lastLine}`;
    return new FileDoorError(
      `${name}: ${what} (${reasonOf(cause)}). ${this.facts} lines are in; feeding the whole file again is safe.`,
      this.report(),
      { cause },
    );
  }
}

function isFinal(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) return true;
  return FINAL_SQL_STATES.test((error as { code?: string } | null)?.code ?? '');
}

/** "localhost refused on ::1 and on 127.0.0.1" is one error with an empty message and these parts. */
function reasonOf(error: unknown): string {
  const { message, errors } = error as { message?: string; errors?: readonly { readonly message: string }[] };
  return message || errors?.[0]?.message || String(error);
}
