import type { OutcomeStatus, RejectionCode } from '../message.js';

export interface FileOptions {
  /** NDJSON, plain or gzip; `-` reads standard input. */
  readonly path: string;
  /** Lines submitted together; 2000 unless told. */
  readonly batchLines?: number;
  /** Told after every batch. */
  readonly onProgress?: (progress: FileProgress) => void;
  /** When it aborts, no more is read; what is in flight is finished and reported. */
  readonly signal?: AbortSignal;
}

export interface FileProgress {
  /** Lines whose outcome is known. */
  readonly facts: number;
  /** Bytes of the file read so far, as they lie there. */
  readonly bytes: number;
  /** Null where the size is not known in advance. */
  readonly totalBytes: number | null;
  readonly outcomes: Readonly<Record<OutcomeStatus, number>>;
}

export interface RefusedLine {
  readonly line: number;
  readonly code: RejectionCode;
  readonly field: string | null;
  readonly reason: string;
  readonly factId: string | null;
}

export interface FileReport {
  /** Name without folders, as it is kept with the facts. */
  readonly file: string;
  /** Lines with a message; empty ones do not count. */
  readonly lines: number;
  readonly outcomes: Readonly<Record<OutcomeStatus, number>>;
  /** The first few that were refused; all are among the dead letters. */
  readonly refusals: readonly RefusedLine[];
  readonly seconds: number;
  /** False when the signal stopped it before the end of the file. */
  readonly isComplete: boolean;
}

/** Why a file was not, or not wholly, taken in: one line for a person, and what had become of it by then. */
export class FileDoorError extends Error {
  override readonly name = 'FileDoorError';
  constructor(
    message: string,
    readonly report: FileReport | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
