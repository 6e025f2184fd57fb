import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Problem } from '@retention/platform';
import type { Request, Response } from 'express';
import { admitFacts, QUEUED_REQUESTS_MAX } from './facts-admission.js';

const MEBIBYTE = 1024 * 1024;

class Sent {
  private readonly response = new EventEmitter();
  readonly answer: unknown;

  constructor(middleware: ReturnType<typeof admitFacts>, headers: Record<string, string>, url = '/v1/facts') {
    const request = { url, headers: { 'content-type': 'application/json', ...headers } };
    let answer: unknown;
    middleware(request as unknown as Request, this.response as unknown as Response, (error?: unknown) => {
      answer = error instanceof Problem ? error : 'admitted';
    });
    this.answer = answer;
  }

  end(): void {
    this.response.emit('close');
  }
}

const problem429 = { details: { type: '/problems/too-many-facts', status: 429 }, headers: { 'retry-after': '2' } };

describe('facts that want in', () => {
  it('are sent away while too many requests wait for the writer', () => {
    let queued = QUEUED_REQUESTS_MAX;
    const middleware = admitFacts({ statistics: () => ({ queued }) });
    expect(new Sent(middleware, { 'content-length': '10' }).answer).toMatchObject(problem429);
    queued -= 1;
    expect(new Sent(middleware, { 'content-length': '10' }).answer).toBe('admitted');
  });

  it('are sent away while the bodies held are too large, and let in when one of them is gone', () => {
    const middleware = admitFacts({ statistics: () => ({ queued: 0 }) }, 10 * MEBIBYTE);
    const first = new Sent(middleware, { 'content-length': String(6 * MEBIBYTE) });
    expect(first.answer).toBe('admitted');
    expect(new Sent(middleware, { 'content-length': String(6 * MEBIBYTE) }).answer).toMatchObject(problem429);
    first.end();
    expect(new Sent(middleware, { 'content-length': String(6 * MEBIBYTE) }).answer).toBe('admitted');
  });

  it.each([
    ['sent in chunks', { 'transfer-encoding': 'chunked' }],
    ['compressed', { 'content-length': '10', 'content-encoding': 'gzip' }],
    ['of a length that is none', { 'content-length': 'many' }],
  ])('count as the largest body when they are %s', (_, headers: Record<string, string>) => {
    const middleware = admitFacts({ statistics: () => ({ queued: 0 }) }, 15 * MEBIBYTE);
    expect(new Sent(middleware, headers).answer).toBe('admitted');
    expect(new Sent(middleware, headers).answer).toMatchObject(problem429);
  });

  it('do not keep other requests out', () => {
    const middleware = admitFacts({ statistics: () => ({ queued: QUEUED_REQUESTS_MAX }) });
    expect(new Sent(middleware, {}, '/v1/customers').answer).toBe('admitted');
  });
});
