import { Problem } from '@retention/platform';
import type { NextFunction, Request, Response } from 'express';
import { DrainRate } from './drain-rate.js';
import { bodyBytesAtMost, isTooLarge, isWrite, Write } from './write.js';

/** What may be on its way to the writer at once, over all routes that write. */
export interface WriteBounds {
  readonly requests: number;
  /** Of bodies, unpacked, as they can come to; a request itself holds some 30 KB beside. */
  readonly bytes: number;
  readonly facts: number;
}

/** Forty thousand facts are five seconds of the writer; a dozen of the largest bodies are all that may be held. */
export const WRITE_BOUNDS: WriteBounds = { requests: 512, bytes: 128 * 1024 * 1024, facts: 40_000 };
const RETRY_AFTER_SECONDS_MAX = 60;
const LOOK_AT_BODIES_EVERY_MS = 200;

/**
 * Lets requests that write in while there is room for them, and answers the others before their body is read: 429 with
 * the time in which what is under way will be done, or 503 once the process is to stop. Of a request refused here
 * nothing is taken.
 */
export class WriteAdmission {
  private readonly writes = new Map<Request, Write>();
  private readonly held = { bytes: 0, facts: 0 };
  private readonly rates = { bytes: new DrainRate(), facts: new DrainRate() };
  private readonly waitingForNone: (() => void)[] = [];
  private refused = 0;
  private isClosed = false;

  constructor(
    private readonly bounds: WriteBounds = WRITE_BOUNDS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The middleware; to stand before whatever reads bodies. */
  readonly admit = (request: Request, response: Response, next: NextFunction): void => {
    const problem = isWrite(request) ? this.enter(request, response) : null;
    if (request.headers.expect !== undefined) {
      if (problem === null) response.writeContinue();
      // Its body will not come, and the next request of the connection would be taken for it.
      else response.setHeader('connection', 'close');
    }
    // An answer of this kind would be logged as an error by what answers the others.
    if (problem !== null && this.isClosed) sendAway(response, problem);
    else next(problem ?? undefined);
  };

  /**
   * Counts the facts of a request, once they are known.
   * @throws Problem 429 when they are more than there is room for beside the others.
   */
  countFacts(request: Request, facts: number): void {
    const write = this.writes.get(request);
    if (write === undefined) return;
    const others = this.held.facts - write.facts;
    if (others > 0 && others + facts > this.bounds.facts) throw this.tooMany('facts');
    this.held.facts = others + facts;
    write.facts = facts;
  }

  /** Lets nothing in any more. Resolves when all that was let in has its answer; does not wait for bodies that hardly come. */
  async close(): Promise<void> {
    this.isClosed = true;
    const timer = setInterval(() => this.sendIdlersAway(stopping), LOOK_AT_BODIES_EVERY_MS);
    await new Promise<void>((resolve) => {
      this.waitingForNone.push(resolve);
      this.tellIfNone();
    });
    clearInterval(timer);
  }

  statistics(): WriteBounds & { readonly refused: number } {
    return { requests: this.writes.size, ...this.held, refused: this.refused };
  }

  private enter(request: Request, response: Response): Problem | null {
    // Who reads the body would read all of it before saying so.
    if (isTooLarge(request)) return tooLarge();
    if (this.isClosed) return stopping();
    const bytes = bodyBytesAtMost(request);
    if (!this.hasRoomFor(bytes) && !this.makeRoomFor(bytes)) return this.tooMany(this.scarceFor(bytes));
    const now = this.now();
    const write = new Write(request, response, bytes, now);
    if (this.writes.size === 0) for (const rate of Object.values(this.rates)) rate.begin(now);
    this.writes.set(request, write);
    this.held.bytes += write.bytes;
    this.held.facts += write.facts;
    // Not when the answer has gone out: who does not read it would hold the place.
    response.once('prefinish', () => this.leave(write));
    response.once('close', () => this.leave(write));
    return null;
  }

  private leave(write: Write): void {
    if (!this.writes.delete(write.request)) return;
    // What counts as left has to be gone: the request stays as long as the answer is not read.
    write.request.body = undefined;
    this.held.bytes -= write.bytes;
    this.held.facts -= write.facts;
    if (write.response.writableEnded && write.response.statusCode < 400) {
      const now = this.now();
      this.rates.bytes.note(write.bytes, now);
      this.rates.facts.note(write.facts, now);
    }
    this.tellIfNone();
  }

  private hasRoomFor(bytes: number): boolean {
    const { requests, bytes: bytesMax, facts } = this.bounds;
    return this.writes.size < requests && this.held.facts < facts && this.held.bytes + bytes <= bytesMax;
  }

  private scarceFor(bytes: number): 'bytes' | 'facts' {
    return this.held.bytes + bytes > this.bounds.bytes ? 'bytes' : 'facts';
  }

  private makeRoomFor(bytes: number): boolean {
    const scarce = this.scarceFor(bytes);
    this.sendIdlersAway(() => this.tooMany(scarce));
    return this.hasRoomFor(bytes);
  }

  /** Those whose bodies hardly come, or never end. */
  private sendIdlersAway(why: () => Problem): void {
    const now = this.now();
    for (const write of [...this.writes.values()]) {
      const isEndless = write.isEndless();
      if (!isEndless && !write.isTrickling(now)) continue;
      this.leave(write);
      sendAway(write.response, isEndless ? tooLarge() : why());
    }
  }

  private tooMany(scarce: 'bytes' | 'facts'): Problem {
    this.refused += 1;
    return new Problem({
      slug: 'too-many-facts',
      title: 'Too many facts are on their way: send the same again later',
      status: 429,
      headers: { 'retry-after': String(this.retryAfterSeconds(scarce)) },
    });
  }

  /** How long what is under way will take at the pace of late. While nothing leaves: as long as it has stood still. */
  private retryAfterSeconds(scarce: 'bytes' | 'facts'): number {
    const now = this.now();
    const [oldest] = this.writes.values();
    const stoodStill = oldest === undefined ? 0 : (now - oldest.since) / 1000;
    const seconds = this.rates[scarce].secondsFor(this.held[scarce], now) ?? stoodStill;
    return Math.min(RETRY_AFTER_SECONDS_MAX, Math.max(1, Math.ceil(seconds)));
  }

  private tellIfNone(): void {
    if (this.writes.size > 0) return;
    for (const resolve of this.waitingForNone.splice(0)) resolve();
  }
}

/** Answers in the middle of a body, and ends the connection: nothing that comes after it can be told from its rest. */
function sendAway(response: Response, { details, headers }: Problem): void {
  response.writeHead(details.status, {
    ...headers,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(JSON.stringify(details));
}

function tooLarge(): Problem {
  return new Problem({ slug: 'body-too-large', title: 'The body of the request is too large', status: 413 });
}

function stopping(): Problem {
  return new Problem({
    slug: 'stopping',
    title: 'This process is about to stop: send the same again, to another or when it is back',
    status: 503,
    headers: { 'retry-after': '1' },
  });
}
