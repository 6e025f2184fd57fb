import { describe, expect, it } from '@jest/globals';
import { Problem } from '@retention/platform';
import type { Request, Response } from 'express';
import { EventEmitter } from 'node:events';
import { WriteAdmission } from './write-admission.js';
import type { WriteBounds } from './write-admission.js';

const MEBIBYTE = 1024 * 1024;
const BOUNDS: WriteBounds = { requests: 3, bytes: 20 * MEBIBYTE, facts: 100 };

/** An answer as far as it is looked at. */
class FakeResponse extends EventEmitter {
  readonly headers: Record<string, unknown> = {};
  statusCode = 200;
  writableEnded = false;
  isContinued = false;
  body = '';

  setHeader(name: string, value: unknown): void {
    this.headers[name] = value;
  }

  writeHead(status: number, headers: Readonly<Record<string, unknown>>): void {
    this.statusCode = status;
    Object.assign(this.headers, headers);
  }

  writeContinue(): void {
    this.isContinued = true;
  }

  end(body = ''): void {
    this.body = body;
    this.writableEnded = true;
    this.emit('prefinish');
  }
}

/** A request of a client that has sent its headers. */
class Sent {
  readonly response = new FakeResponse();
  readonly request: { readonly socket: { bytesRead: number }; complete: boolean; body?: unknown };
  readonly refusal: Problem | null;

  constructor(
    { admission }: Api,
    headers: Readonly<Record<string, string>> = { 'content-length': '10' },
    { url = '/v1/facts', method = 'POST' } = {},
  ) {
    const all = { 'content-type': 'application/json', ...headers };
    this.request = { url, method, headers: all, complete: false, socket: { bytesRead: 500 } } as Sent['request'];
    let refusal: Problem | null = null;
    admission.admit(this.request as Request, this.response as unknown as Response, (error?: unknown) => {
      if (error instanceof Problem) refusal = error;
    });
    this.refusal = refusal;
  }

  /** Its body has come, and holds so many facts. */
  has(facts: number, { admission }: Api): void {
    this.request.complete = true;
    this.request.body = 'facts';
    admission.countFacts(this.request as Request, facts);
  }
}

/** The admission of an API, and its clock. */
class Api {
  now = 1_000;
  readonly admission: WriteAdmission;

  constructor(bounds: Partial<WriteBounds> = {}) {
    this.admission = new WriteAdmission({ ...BOUNDS, ...bounds }, () => this.now);
  }

  passSeconds(seconds: number): void {
    this.now += seconds * 1_000;
  }
}

const tooMany = (retryAfter: string): object => ({
  details: { type: '/problems/too-many-facts', status: 429 },
  headers: { 'retry-after': retryAfter },
});
const length = (mebibytes: number): Record<string, string> => ({ 'content-length': String(mebibytes * MEBIBYTE) });

describe('requests that write', () => {
  it('are sent away while as many are under way as may be, and let in when one has its answer', () => {
    const api = new Api();
    const sent = [1, 2, 3].map(() => new Sent(api));
    expect(sent.map(({ refusal }) => refusal)).toEqual([null, null, null]);
    expect(new Sent(api).refusal).toMatchObject(tooMany('1'));
    sent[0]?.response.end();
    expect(new Sent(api).refusal).toBeNull();
  });

  it('are sent away while the bodies under way are too large, and let in when one of the clients went away', () => {
    const api = new Api();
    const first = new Sent(api, length(9));
    expect(first.refusal).toBeNull();
    expect(new Sent(api, length(9)).refusal).toBeNull();
    expect(new Sent(api, length(9)).refusal).toMatchObject(tooMany('1'));
    expect(new Sent(api, length(1)).refusal).toBeNull();
    first.response.emit('close');
    expect(new Sent(api, length(9)).refusal).toBeNull();
  });

  it.each([
    ['sent in chunks', { 'transfer-encoding': 'chunked' }],
    ['packed', { 'content-length': '10', 'content-encoding': 'gzip' }],
    ['of a length that is none', { 'content-length': 'many' }],
  ])('count as the largest body when they are %s', (_, headers: Record<string, string>) => {
    const api = new Api({ bytes: 15 * MEBIBYTE });
    expect(new Sent(api, headers).refusal).toBeNull();
    expect(new Sent(api, headers).refusal).toMatchObject(tooMany('1'));
  });

  it('share one bound over all routes, where a report is never larger than a report can be', () => {
    const api = new Api({ requests: 2, bytes: 10 * MEBIBYTE + 150 * 1024 });
    expect(new Sent(api, { 'transfer-encoding': 'chunked' }, { url: '/v1/customers/C1/points' }).refusal).toBeNull();
    expect(new Sent(api, { 'transfer-encoding': 'chunked' }).refusal).toBeNull();
    expect(new Sent(api, {}, { url: '/v1/customers/C1/contacts' }).refusal).toMatchObject(tooMany('1'));
  });

  const problem429 = expect.objectContaining({ details: expect.objectContaining({ status: 429 }) });

  it('are sent away when their facts are too many beside those of others, and never when they are alone', () => {
    const api = new Api();
    const alone = new Sent(api);
    alone.has(300, api);
    expect(new Sent(api).refusal).toMatchObject(tooMany('1'));
    alone.response.end();
    const [one, other] = [new Sent(api), new Sent(api)];
    one.has(60, api);
    expect(() => other.has(60, api)).toThrow(problem429);
    expect(api.admission.statistics()).toMatchObject({ requests: 2, facts: 61, refused: 2 });
  });

  it('do not keep others out, unless those have a body as well', () => {
    const api = new Api({ requests: 1 });
    expect(new Sent(api).refusal).toBeNull();
    expect(new Sent(api, {}, { url: '/v1/customers', method: 'GET' }).refusal).toBeNull();
    const hidden = new Sent(api, length(9), { url: '/v1/facts', method: 'GET' });
    expect(hidden.refusal).toMatchObject(tooMany('1'));
  });

  it('leave no body behind while their clients do not read the answer', () => {
    const api = new Api();
    const sent = new Sent(api);
    sent.has(5, api);
    sent.response.end();
    expect(sent.request.body).toBeUndefined();
    expect(api.admission.statistics()).toMatchObject({ requests: 0, bytes: 0, facts: 0 });
  });
});

describe('when to come back', () => {
  it('is when what is under way will be done at the pace of late', () => {
    const api = new Api({ facts: 2_000 });
    const first = new Sent(api);
    first.has(1_000, api);
    api.passSeconds(4);
    const second = new Sent(api);
    second.has(1_000, api);
    first.response.end();
    // A thousand in four seconds, and a thousand more are under way, with one of this request that does not fit.
    const third = new Sent(api);
    third.has(900, api);
    let refusal: unknown = null;
    try {
      new Sent(api).has(200, api);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject(tooMany('8'));
  });

  it('is in as long as nothing has been done, and never in more than a minute', () => {
    const api = new Api({ requests: 1 });
    new Sent(api).has(1, api);
    api.passSeconds(17);
    expect(new Sent(api).refusal).toMatchObject(tooMany('17'));
    api.passSeconds(500);
    expect(new Sent(api).refusal).toMatchObject(tooMany('60'));
  });

  it('does not rest on what was done long ago', () => {
    const api = new Api({ requests: 1 });
    const first = new Sent(api);
    first.has(90, api);
    first.response.end();
    api.passSeconds(60);
    new Sent(api).has(1, api);
    api.passSeconds(3);
    expect(new Sent(api).refusal).toMatchObject(tooMany('3'));
  });
});

describe('bodies that hardly come', () => {
  it('lose their place to others, and are told so on a connection that ends', () => {
    const api = new Api({ requests: 2 });
    const [slow, steady] = [new Sent(api, length(9)), new Sent(api, length(9))];
    api.passSeconds(3);
    steady.request.socket.bytesRead += 500_000;
    slow.request.socket.bytesRead += 300_000;
    expect(new Sent(api).refusal).toBeNull();
    expect(slow.response).toMatchObject({ statusCode: 429, headers: { connection: 'close', 'retry-after': '3' } });
    expect(JSON.parse(slow.response.body)).toMatchObject({ type: '/problems/too-many-facts', status: 429 });
    expect(steady.response.writableEnded).toBe(false);
    expect(new Sent(api).refusal).toMatchObject(tooMany('3'));
  });

  it('lose it also when they never end', () => {
    const api = new Api({ requests: 1 });
    const endless = new Sent(api, { 'transfer-encoding': 'chunked' });
    endless.request.socket.bytesRead += 11 * MEBIBYTE;
    expect(new Sent(api).refusal).toBeNull();
    expect(endless.response).toMatchObject({ statusCode: 413, headers: { connection: 'close' } });
  });

  it('keep it in their first second, and when they are whole', () => {
    const api = new Api({ requests: 2 });
    const whole = new Sent(api);
    expect(new Sent(api).refusal).toBeNull();
    whole.has(1, api);
    api.passSeconds(0.9);
    expect(new Sent(api).refusal).toMatchObject(tooMany('1'));
    api.passSeconds(9);
    expect(new Sent(api).refusal).toBeNull();
    expect(new Sent(api).refusal).toMatchObject(tooMany('10'));
  });
});

describe('a body that its client holds back', () => {
  const held = { 'content-length': '10', expect: '100-continue' };

  it('is asked for when it is let in, and else never sent on this connection', () => {
    const api = new Api({ requests: 1 });
    expect(new Sent(api, held).response).toMatchObject({ isContinued: true, headers: {} });
    const refused = new Sent(api, held);
    expect(refused.response).toMatchObject({ isContinued: false, headers: { connection: 'close' } });
  });

  it('is not asked for when it is too large, whatever room there is', () => {
    const api = new Api();
    const sent = new Sent(api, { ...held, ...length(50) });
    expect(sent.refusal).toMatchObject({ details: { type: '/problems/body-too-large', status: 413 } });
    expect(sent.response).toMatchObject({ isContinued: false, headers: { connection: 'close' } });
    expect(api.admission.statistics()).toMatchObject({ requests: 0 });
  });
});

describe('a process that is about to stop', () => {
  it('lets nothing in that writes, and is done when all others have their answers', async () => {
    const api = new Api();
    const sent = new Sent(api);
    sent.has(1, api);
    let isDone = false;
    const closed = api.admission.close().then(() => (isDone = true));
    const late = new Sent(api);
    expect(late.response).toMatchObject({ statusCode: 503, headers: { connection: 'close', 'retry-after': '1' } });
    expect(JSON.parse(late.response.body)).toMatchObject({ type: '/problems/stopping', status: 503 });
    expect(new Sent(api, {}, { method: 'GET' }).refusal).toBeNull();
    await Promise.resolve();
    expect(isDone).toBe(false);
    sent.response.end();
    await closed;
    expect(isDone).toBe(true);
  });
});
