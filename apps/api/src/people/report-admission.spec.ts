import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { Runtime } from '@retention/runtime';
import { QUEUED_REQUESTS_MAX } from '../facts/facts-admission.js';
import { ReportAdmission } from './report-admission.js';

function admit(queued: number, isJson = true): boolean {
  const writer = { statistics: () => ({ queued }) };
  const request = { is: (type: string) => isJson && type === 'application/json' };
  const context = { switchToHttp: () => ({ getRequest: () => request }) };
  return new ReportAdmission({ writer } as unknown as Runtime).canActivate(context as unknown as ExecutionContext);
}

describe('a report', () => {
  it('is let in while the writer has room', () => {
    expect(admit(QUEUED_REQUESTS_MAX - 1)).toBe(true);
  });

  it('is sent away while as many requests wait for the writer as facts may', () => {
    const details = expect.objectContaining({ type: '/problems/too-many-facts', status: 429 });
    const problem = { details, headers: { 'retry-after': '2' } };
    expect(() => admit(QUEUED_REQUESTS_MAX)).toThrow(expect.objectContaining(problem));
  });

  it('is sent away when it is no JSON, since a page of anybody could send a form', () => {
    const problem = { details: expect.objectContaining({ type: '/problems/unsupported-media-type', status: 415 }) };
    expect(() => admit(0, false)).toThrow(expect.objectContaining(problem));
  });
});
