import { describe, expect, it } from '@jest/globals';
import { QueryRunnerAlreadyReleasedError } from 'typeorm';
import { isDatabaseAway } from './database-away.js';

const error = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);

describe('a database that is away', () => {
  it.each([
    ['nothing listens', error('connect ECONNREFUSED', { code: 'ECONNREFUSED' })],
    ['nothing listens on either address', new AggregateError([error('', { code: 'ECONNREFUSED' })])],
    ['the server was shut down', error('terminating connection', { code: '57P01' })],
    ['the database was dropped', error('database "x" does not exist', { code: '3D000' })],
    ['the login is refused', error('password authentication failed', { code: '28P01' })],
    ['it has no connection left', error('sorry, too many clients already', { code: '53300' })],
    ['its disk is full', error('could not extend file: No space left on device', { code: '53100' })],
    ['it has no memory left', error('out of memory', { code: '53200' })],
    ['it cancels what takes too long', error('canceling statement due to statement timeout', { code: '57014' })],
    ['a lock was waited for too long', error('canceling statement due to lock timeout', { code: '55P03' })],
    ['it is a replica', error('cannot execute UPDATE in a read-only transaction', { code: '25006' })],
    ['its disk fails', error('could not write block', { code: '58030' })],
    ['the connection broke in the middle', error('Connection terminated unexpectedly')],
    ['TypeORM lost it between two statements', new QueryRunnerAlreadyReleasedError()],
    ['it does not answer', error('timeout exceeded when trying to connect')],
    ['TypeORM wrapped it', error('query failed', { driverError: error('', { code: '08006' }) })],
    ['it is the cause of another error', error('append failed', { cause: error('', { code: 'ECONNRESET' }) })],
  ])('is recognised when %s', (_, fault) => {
    expect(isDatabaseAway(fault)).toBe(true);
  });

  it.each([
    ['a unique key that is taken', error('duplicate key', { code: '23505' })],
    ['a fault of the product', new TypeError('x is not a function')],
    ['nothing', undefined],
    ['a text', 'ECONNREFUSED'],
  ])('is not %s', (_, fault) => {
    expect(isDatabaseAway(fault)).toBe(false);
  });

  it('is looked for in a chain of causes that never ends, and the search does', () => {
    const circle = error('circle') as Error & { cause?: unknown };
    circle.cause = circle;
    expect(isDatabaseAway(circle)).toBe(false);
  });
});
