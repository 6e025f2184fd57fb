import type { Request, Response } from 'express';
import { BODY_BYTES_MAX, carriesFacts } from '../facts/facts-body.js';

/** Of everything but facts: what express takes by itself. */
const OTHER_BODY_BYTES_MAX = 100 * 1024;
/** A body of 10 MB in the minute a request may take. */
const SLOWEST_BYTES_PER_SECOND = BODY_BYTES_MAX / 60;
/** A small body is here with its headers; a client on a bad line may take this long before anybody counts. */
const SLOW_AFTER_MS = 1_000;

const READING_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** A request that is on its way to the writer. */
export class Write {
  /** Known once the body is read. */
  facts = 1;
  private readonly bytesReadBefore: number;

  constructor(
    readonly request: Request,
    readonly response: Response,
    /** What its body can come to. */
    readonly bytes: number,
    readonly since: number,
  ) {
    this.bytesReadBefore = request.socket.bytesRead;
  }

  /** Whether it holds its place with a body that hardly comes. */
  isTrickling(now: number): boolean {
    const ageMs = now - this.since;
    if (this.request.complete || ageMs < SLOW_AFTER_MS) return false;
    return this.bytesRead < ((ageMs - SLOW_AFTER_MS) / 1000) * SLOWEST_BYTES_PER_SECOND;
  }

  /** Whether more has come than is read of any body: the rest is only thrown away. */
  isEndless(): boolean {
    return !this.request.complete && this.bytesRead > bodyBytesMax(this.request);
  }

  private get bytesRead(): number {
    return this.request.socket.bytesRead - this.bytesReadBefore;
  }
}

/** Whether a request may change something, or has a body that is held in memory whatever it is for. */
export function isWrite({ method, headers }: Request): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody || !READING_METHODS.includes(method);
}

/** What the body can come to: its length is known only when it is neither packed nor sent in chunks. */
export function bodyBytesAtMost(request: Request): number {
  const { headers } = request;
  const length = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : NaN;
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
  const most = bodyBytesMax(request);
  return isPlain && Number.isSafeInteger(length) ? Math.min(length, most) : most;
}

/** Whether it says itself that it has more than is read of any. */
export function isTooLarge(request: Request): boolean {
  return Number(request.headers['content-length']) > bodyBytesMax(request);
}

function bodyBytesMax(request: Request): number {
  return carriesFacts(request) ? BODY_BYTES_MAX : OTHER_BODY_BYTES_MAX;
}
