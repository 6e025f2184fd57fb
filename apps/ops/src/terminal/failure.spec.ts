import { describe, expect, it } from '@jest/globals';
import { exitCodeOf, Interrupted, OpsFailure, UsageError } from './failure.js';

function ended(error: unknown): { code: number; said: string[] } {
  const said: string[] = [];
  return { code: exitCodeOf(error, (line) => said.push(line)), said };
}

describe('the end of a command', () => {
  it('is one line and 1 for what a person can mend', () => {
    expect(ended(new OpsFailure('There is no file x.'))).toEqual({ code: 1, said: ['There is no file x.'] });
  });

  it('is 2 for a command that is not understood', () => {
    expect(ended(new UsageError('no such format'))).toEqual({ code: 2, said: ['error: no such format'] });
    const unknownOption = Object.assign(new Error(), { code: 'commander.unknownOption', exitCode: 1 });
    expect(ended(unknownOption)).toEqual({ code: 2, said: [] });
  });

  it('is 0 when help was asked for', () => {
    expect(ended(Object.assign(new Error(), { code: 'commander.helpDisplayed', exitCode: 0 })).code).toBe(0);
  });

  it('is the exit code of the signal, without a word, when it was interrupted', () => {
    expect(ended(new Interrupted(130))).toEqual({ code: 130, said: [] });
  });

  it('is one line when the database went away', () => {
    const error = Object.assign(new Error('terminating connection due to administrator command'), {
      severity: 'FATAL',
    });
    expect(ended(error)).toEqual({
      code: 1,
      said: ['The database failed: terminating connection due to administrator command.'],
    });
    expect(ended(new Error('Connection terminated unexpectedly')).said).toEqual([
      'The database failed: Connection terminated unexpectedly.',
    ]);
  });

  it('shows where a fault of the product is', () => {
    const { code, said } = ended(new TypeError('undefined is no function'));
    expect(code).toBe(1);
    expect(said.join()).toMatch(/TypeError: undefined is no function\n +at .*failure\.spec/);
  });
});
