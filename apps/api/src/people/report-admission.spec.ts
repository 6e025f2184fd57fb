import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { ReportAdmission } from './report-admission.js';

function admit(mediaType: string): boolean {
  const request = { is: (type: string) => type === mediaType };
  const context = { switchToHttp: () => ({ getRequest: () => request }) };
  return new ReportAdmission().canActivate(context as unknown as ExecutionContext);
}

describe('a report', () => {
  it('is let in when it is JSON', () => {
    expect(admit('application/json')).toBe(true);
  });

  it('is sent away when it is no JSON, since a page of anybody could send a form', () => {
    const problem = { details: expect.objectContaining({ type: '/problems/unsupported-media-type', status: 415 }) };
    expect(() => admit('application/x-www-form-urlencoded')).toThrow(expect.objectContaining(problem));
  });
});
