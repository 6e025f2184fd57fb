import { Problem } from '@retention/platform';
import type { NextFunction, Request, Response } from 'express';
import { BODY_BYTES_MAX, carriesFacts } from './facts-body.js';

/** Requests that wait for the writer. Each commits in some 50 ms, so the last of them waits for three seconds. */
export const QUEUED_REQUESTS_MAX = 64;
/** Bodies held in memory at once: a dozen of the largest. */
const HELD_BYTES_MAX = 128 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 2;

interface Queue {
  statistics(): { readonly queued: number };
}

type Middleware = (request: Request, response: Response, next: NextFunction) => void;

/** Lets facts in while there is room for them, and else answers 429 before their body is read. */
export function admitFacts(writer: Queue, heldBytesMax = HELD_BYTES_MAX): Middleware {
  let heldBytes = 0;
  return (request, response, next) => {
    if (!carriesFacts(request)) {
      next();
      return;
    }
    const bytes = bytesAtMost(request);
    if (isWriterBusy(writer) || heldBytes + bytes > heldBytesMax) {
      next(tooManyFacts());
      return;
    }
    heldBytes += bytes;
    response.once('close', () => {
      heldBytes -= bytes;
    });
    next();
  };
}

/** Whether a request that came now would wait for the writer too long. */
export function isWriterBusy(writer: Queue): boolean {
  return writer.statistics().queued >= QUEUED_REQUESTS_MAX;
}

/** What a body can come to: its length is known only when it is neither compressed nor sent in chunks. */
function bytesAtMost({ headers }: Request): number {
  const length = Number(headers['content-length']);
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
  return isPlain && Number.isSafeInteger(length) ? Math.min(length, BODY_BYTES_MAX) : BODY_BYTES_MAX;
}

export function tooManyFacts(): Problem {
  return new Problem({
    slug: 'too-many-facts',
    title: 'Too many facts are on their way: send the same again later',
    status: 429,
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  });
}
