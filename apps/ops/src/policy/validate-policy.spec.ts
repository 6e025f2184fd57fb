import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsFailure } from '../terminal/failure.js';
import { Output } from '../terminal/output.js';
import { validatePolicy } from './validate-policy.js';

class KeptOutput extends Output {
  readonly lines: string[] = [];
  object: object = {};

  override async result(object: object, lines: () => readonly string[]): Promise<void> {
    this.object = object;
    this.lines.push(...lines());
  }
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'retention-policy-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function validated(content: string | Buffer): Promise<{ output: KeptOutput; failure: unknown; path: string }> {
  const path = join(folder, 'policy.yaml');
  writeFileSync(path, content);
  const output = new KeptOutput(false);
  const failure = await validatePolicy(path, output).catch((error: unknown) => error);
  return { output, failure, path };
}

describe('a policy document that is looked at', () => {
  it('is said to be good, with what it changes', async () => {
    const { output, failure, path } = await validated(
      'version: lender-2\neffectiveFrom: 2025-01-01\ntiers: { stable: 25 }',
    );
    expect(failure).toBeUndefined();
    expect(output.lines).toEqual([
      `${path} is a policy: lender-2, effective from 2025-01-01.`,
      'Against credit-points-1:',
      '  tiers.stable 20 → 25',
    ]);
    expect(output.object).toMatchObject({ isValid: true, changes: [{ path: 'tiers.stable', from: 20, to: 25 }] });
  });

  it('is said to change nothing when it does not', async () => {
    const { output } = await validated('version: lender-2\neffectiveFrom: 2025-01-01');
    expect(output.lines.at(-1)).toBe('Against credit-points-1: the same numbers');
  });

  it('has a line for each fault, in which nothing obeys the terminal or hides from it', async () => {
    const { output, failure, path } = await validated('version: a\nchurn: { gracedays: 60 }\n"\\u202e": 1');
    expect(failure).toEqual(new OpsFailure(`${path} has 3 faults.`));
    expect(output.lines).toEqual([
      expect.stringMatching(/^"\\u\{202e\}": is not known; there are version, /),
      'effectiveFrom: is required',
      'churn.gracedays: is not known; did you mean graceDays?',
    ]);
    expect(output.object).toMatchObject({ isValid: false, faults: [{}, { path: 'effectiveFrom' }, {}] });
  });

  it.each([
    ['no text', Buffer.from([0xff, 0xfe, 0x00]), 'is not UTF-8'],
    ['a million bytes', Buffer.alloc(1_000_000, '#'), 'is larger than 100 kB'],
    ['cut within a letter where it is too large', Buffer.from(`#${'é'.repeat(60_000)}`), 'is larger than 100 kB'],
    ['no YAML', Buffer.from('a: "1'), 'line 1, column 6: Missing closing "quote'],
  ])('is named when it is %s', async (_, content, reason) => {
    const { output, failure, path } = await validated(content);
    expect(output.lines).toEqual([`${path}: ${reason}`]);
    expect(failure).toEqual(new OpsFailure(`${path} has a fault.`));
  });

  it('has to be there', async () => {
    await expect(validatePolicy(join(folder, 'none.yaml'), new KeptOutput(false))).rejects.toThrow(
      /^There is no file /,
    );
  });
});
