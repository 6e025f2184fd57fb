import { LIMITS, type Refusal, REFUSAL_MEANINGS, splitBatch } from '@retention/contracts';
import { Problem } from '@retention/platform';
import type { Request } from 'express';

/** Of one request. More belongs in a file or in Kafka. */
export const BODY_BYTES_MAX = 10 * 1024 * 1024;

export const SINGLE_FACT = 'application/cloudevents+json';
export const FACT_BATCH = 'application/cloudevents-batch+json';
export const FACT_LINES = 'application/x-ndjson';
export const PLAIN_JSON = 'application/json';
const MEDIA_TYPES: readonly string[] = [SINGLE_FACT, FACT_BATCH, PLAIN_JSON, FACT_LINES];

const ROUTE = /^\/v1\/facts\/?(?:\?|$)/i;
const NEW_LINE = 0x0a;

/** Requests whose bodies are facts: they are kept as the bytes that came, for the reader of the contract to judge. */
export function carriesFacts(request: {
  readonly url?: string | undefined;
  readonly headers: Request['headers'];
}): boolean {
  return ROUTE.test(request.url ?? '') && MEDIA_TYPES.includes(mediaTypeOf(request));
}

/**
 * The bytes of each fact of a request.
 * @throws Problem 415, 400 or 413 when the body cannot be taken apart; what a part is worth is not judged here.
 */
export function factsOf(request: Pick<Request, 'headers' | 'body'>): Buffer[] {
  const mediaType = mediaTypeOf(request);
  if (!MEDIA_TYPES.includes(mediaType)) {
    throw new Problem({
      slug: 'unsupported-media-type',
      title: 'The media type of the request is not supported',
      status: 415,
      detail: `Facts are taken as ${MEDIA_TYPES.join(', ')}.`,
    });
  }
  const body: unknown = request.body;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const parts = mediaType === FACT_LINES ? splitLines(bytes) : splitBatch(bytes);
  if (!Array.isArray(parts)) throw unreadable(parts);
  // A single fact is one whatever its bytes: an array is then a fact of the wrong form, not a batch.
  return mediaType === SINGLE_FACT ? [bytes] : parts;
}

function mediaTypeOf(request: { readonly headers: Request['headers'] }): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function splitLines(bytes: Buffer): Buffer[] | Refusal {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(NEW_LINE, start);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    start = end + 1;
    if (isBlank(line)) continue;
    if (lines.length === LIMITS.batchElements) {
      return refusal('too-many-elements', `A request has at most ${LIMITS.batchElements} facts.`);
    }
    lines.push(line);
  }
  return lines.length > 0 ? lines : refusal('empty-message', 'The body has no line with a fact.');
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function refusal(code: Refusal['code'], reason: string): Refusal {
  return { kind: 'refusal', code, field: null, reason, factId: null };
}

function unreadable({ code, reason }: Refusal): Problem {
  const status = code === 'too-large' || code === 'too-many-elements' ? 413 : 400;
  return new Problem({ slug: code, title: REFUSAL_MEANINGS[code], status, detail: reason });
}
