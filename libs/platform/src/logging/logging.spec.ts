import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logging.js';

function logged(write: (logger: ReturnType<typeof createLogger>) => void, level: 'info' | 'silent' = 'info'): string[] {
  const lines: string[] = [];
  write(createLogger({ level, app: 'spec', destination: { write: (line: string) => void lines.push(line) } }));
  return lines;
}

describe('the log', () => {
  it('is one JSON object a line with the level as a word and the time in UTC', () => {
    const [line] = logged((logger) => logger.info({ facts: 20_240 }, 'batch stored'));
    const { time, ...rest } = JSON.parse(line as string) as Record<string, unknown>;
    expect(rest).toEqual({ level: 'info', app: 'spec', pid: process.pid, facts: 20_240, msg: 'batch stored' });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  class RegisterCustomer {
    readonly customerId = 'c1';
    readonly name = '张三';
    readonly birth_date = '1990-01-02';
  }

  it.each([
    ['an entry', { name: '张三', customerId: 'c1' }],
    ['a fact within a list', { facts: [{ data: { phone: '13800000000', address: '张三路' } }] }],
    ['an instance of a class', { command: new RegisterCustomer() }],
    ['headers', { headers: { Authorization: 'Bearer 13800000000', 'set-cookie': '张三' } }],
    ['a body', { request: { body: '{"x":"张三"}' } }],
    ['bytes', { bytes: Buffer.from('张三') }],
    ['an error of the database', { err: Object.assign(new Error('refused'), { detail: 'Key (phone)=(13800000000)' }) }],
    ['an error under another key', { failure: Object.assign(new Error('refused'), { parameters: ['张三'] }) }],
    ['an error that is the cause of another', { err: new Error('a', { cause: { password: '张三' } }) }],
  ])('has no personal data of %s', (_, entry) => {
    const [line] = logged((logger) => logger.info(entry));
    expect(line).not.toMatch(/张三|13800000000|1990-01-02|229,188/);
    expect(Object.keys(JSON.parse(line as string) as object)).toEqual(expect.arrayContaining(Object.keys(entry)));
  });

  it('has no personal data in what a child logger carries along', () => {
    const [line] = logged((logger) => logger.child({ customer: { phone: '13800000000', id: 'c1' } }).info('x'));
    expect(JSON.parse(line as string)).toMatchObject({ customer: { phone: '[redacted]', id: 'c1' } });
  });

  it('keeps type, code, stack and causes of an error', () => {
    const cause = Object.assign(new RangeError('too far'), { code: '22003' });
    const [line] = logged((logger) => logger.error({ err: new Error('append failed', { cause }) }));
    expect(JSON.parse(line as string)).toMatchObject({
      err: {
        type: 'Error',
        message: 'append failed',
        stack: expect.stringContaining('logging.spec') as unknown,
        cause: { type: 'RangeError', message: 'too far', code: '22003' },
      },
    });
  });

  it('survives cycles and large integers', () => {
    const customer: Record<string, unknown> = { balanceMinor: 12n };
    customer['self'] = customer;
    expect(logged((logger) => logger.info({ customer }))[0]).toContain('"balanceMinor":"12"');
  });

  it('is empty when silent', () => {
    expect(logged((logger) => logger.fatal('x'), 'silent')).toEqual([]);
  });
});
