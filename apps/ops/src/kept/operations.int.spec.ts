import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@retention/platform';
import type { Config } from '@retention/platform';
import { untilCaughtUp } from '@retention/runtime';
import { createDatabaseForSpec, describeWithEventRows, storeVariables, tamperWithEvent } from '@retention/testing';
import type { SpecDatabase } from '@retention/testing';
import { userInfo } from 'node:os';
import pg from 'pg';
import { run } from '../command-line.spec-support.js';
import { following } from '../following.js';
import { Output } from '../terminal/output.js';
import { visitRuntime } from '../visit-runtime.js';
import { listDeadLetters, showDeadLetter } from './dead-letters.js';
import { operateDeadLetter } from './operate-dead-letter.js';
import type { LetterOperation } from './operate-dead-letter.js';
import { listParked } from './parked.js';
import type { ParkedRequest } from './parked.js';
import { retryParked } from './retry-parked.js';
import type { ParkedRetry } from './retry-parked.js';

const message = (type: string, id: string, data: object): string =>
  JSON.stringify({
    specversion: '1.0',
    ...{ id, source: '/core', type: `lending.${type}.v1`, time: '2024-01-15T10:00:00+08:00', data },
  });
const registered = (customerId: string): string =>
  message('customer.registered', `reg-${customerId}`, {
    ...{ customerId, kind: 'personal', registeredOn: '2024-01-02', branchId: 'B1', officerId: 'O1' },
  });
const disbursed = (customerId: string, loanId: string): string =>
  message('loan.disbursed', `dis-${loanId}`, {
    ...{ loanId, customerId, product: 'micro', principal: '70000.50', currency: 'CNY' },
    ...{ disbursedOn: '2024-01-15', maturesOn: '2025-01-15' },
  });

let database: SpecDatabase;
let config: Config;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabaseForSpec();
  config = loadConfig({ DATABASE_URL: database.url, ...storeVariables(database.url) });
  client = new pg.Client(database.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** What a command printed: the object, and the lines. */
class Said extends Output {
  object: unknown = null;
  text = '';

  override result(object: object, lines: () => readonly string[]): Promise<void> {
    this.object = object;
    this.text = lines().join('\n');
    return Promise.resolve();
  }
}

/** What a command said, and the line it failed with, if any. */
async function said(command: (output: Output) => Promise<void>): Promise<Said & { readonly failure: string | null }> {
  const output = new Said(false);
  const failure = await command(output).then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
  return Object.assign(output, { failure });
}

/** Takes messages in and waits until the read models hold them. */
const take = (...lines: string[]): Promise<void> =>
  visitRuntime(config, (runtime) =>
    following(runtime, async () => {
      const items = lines.map((line, index) => {
        const origin = { door: 'file' as const, file: 'feed', line: index + 1 };
        return { kind: 'message' as const, bytes: Buffer.from(line), origin };
      });
      await runtime.writer.submit({ items, advances: [] });
      await untilCaughtUp(runtime, new AbortController().signal);
    }),
  );

const operate = (over: Partial<LetterOperation>) =>
  said((output) =>
    operateDeadLetter(
      config,
      { what: 'requeue', id: '1', by: 'O-07', reason: 'ticket 17', isDryRun: false, ...over },
      output,
    ),
  );

describe('retention dead-letters', () => {
  it('sends a letter again, and fails after it has said that it is refused again', async () => {
    await take(registered('C1'), disbursed('C1', 'L1'), registered('C2'), message('no.such', 'm-1', {}));
    const rehearsed = await operate({ isDryRun: true });
    expect(rehearsed.text).toMatch(/^Dead letter 1 would be refused again, unknown-type: .+\nNothing was done: /);
    expect(rehearsed.failure).toBeNull();
    const again = await operate({});
    expect(again.text).toMatch(/^Dead letter 1 is refused again, unknown-type: .+\nBy O-07: ticket 17$/);
    expect(again.failure).toBe('Dead letter 1 is open: its message was refused again.');
  });

  it('discards a letter once, by the user of the machine unless told, and shows who did', async () => {
    const by = userInfo().username;
    const discarded = await operate({ what: 'discard', by: null });
    expect(discarded).toMatchObject({ text: `Dead letter 1 is discarded.\nBy ${by}: ticket 17`, failure: null });
    expect(discarded.object).toMatchObject({ resolution: 'discarded', isDryRun: false, letter: { seen: 2 } });
    const page = { limit: 5, afterId: null, code: null };
    const list = (state: 'open' | 'resolved') => said((output) => listDeadLetters(config, { ...page, state }, output));
    expect((await list('open')).text).toBe('No dead letters.');
    expect((await list('resolved')).text).toMatch(new RegExp(`\n1 +unknown-type +discarded +\\S+ +${by} +ticket 17$`));
    const shown = await said((output) => showDeadLetter(config, '1', output));
    expect(shown.text).toMatch(new RegExp(`\nended: discarded\nended at: .+\nended by: ${by}\nbecause: ticket 17\n`));
    for (const what of ['requeue', 'discard'] as const) {
      const { failure } = await operate({ what });
      expect(failure).toMatch(/^Dead letter 1 was ended before: discarded, by .+\.$/);
    }
  });

  it('says of a letter that is not there that there is none', async () => {
    expect((await operate({ id: '99' })).failure).toBe('There is no dead letter 99.');
  });

  it.each([
    ['a reason of blanks', { reason: ' ' }, '--reason is not valid; expected 1 to 2000 characters.'],
    ['a reason without end', { reason: 'x'.repeat(2001) }, '--reason is not valid; expected 1 to 2000 characters.'],
    ['a name without end', { by: 'x'.repeat(201) }, '--by is not valid; expected 1 to 200 characters.'],
  ])('wants to know who and why: %s', async (_, over, line) => {
    expect((await operate(over)).failure).toBe(line);
  });

  it.each([
    ['no reason', ['dead-letters', 'discard', '1'], "error: required option '--reason <text>' not specified"],
    ['a place in two lists', ['parked', 'list', '--after', 'C1'], 'error: --after needs either --customers or'],
    [
      'a place of the other list',
      ['parked', 'list', '--customers', '--after', 'ledger/C1'],
      'error: --after "ledger/C1" is not valid; expected the id of a customer.',
    ],
    [
      'a place of the other list again',
      ['parked', 'list', '--streams', '--after', 'C1'],
      'error: --after "C1" is not valid; expected a read model and a customer, such as ledger/C0000001.',
    ],
    [
      'a customer nobody can be',
      ['parked', 'retry', 'C 1', '--reason', 'ticket 17', '--by', 'O-07', '--dry-run'],
      'error: The customer "C 1" is not valid; expected the id of a customer.',
    ],
  ])('is called in a way it does not understand: %s', async (_, parameters, line) => {
    const { code, stdout, stderr } = await run({ DATABASE_URL: database.url }, parameters);
    expect(stderr).toContain(line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

const list = (over: Partial<ParkedRequest> = {}) =>
  said((output) =>
    listParked(
      config,
      { customers: true, streams: true, limit: 50, afterCustomerId: null, afterStream: null, ...over },
      output,
    ),
  );
const retry = (over: Partial<ParkedRetry> = {}) =>
  said((output) =>
    retryParked(
      config,
      {
        ...{ customerId: 'C1', customers: true, streams: true },
        ...{ by: 'O-07', reason: 'ticket 17', isDryRun: false, ...over },
      },
      output,
    ),
  );

describeWithEventRows('retention parked', () => {
  let version: number;
  let payload: string;

  it('lists nobody, and tries nobody again, while everybody can be decided and shown', async () => {
    expect((await list()).text).toBe(
      'No customer is parked: everybody can be decided.\n\nNo read model stands still on a customer.',
    );
    expect((await retry()).failure).toBe('Customer C1 is not parked. No read model stands still on C1.');
  });

  it('lists who cannot be decided, and whom a read model cannot show', async () => {
    const { rows } = await client.query<{ version: number; payload: string }>(
      `SELECT version, payload::text AS payload FROM store.event
       WHERE stream_id = 'customer-C1' AND type = 'loan-status-changed'`,
    );
    ({ version, payload } = rows[0]!);
    await tamperWithEvent(client, 'customer-C1', { version, payload: 'null' });
    // Read models are rebuilt, and meet what was damaged meanwhile.
    await client.query('UPDATE projection.checkpoint SET position = 0, revision = revision + 1');
    await client.query('TRUNCATE read.customer, read.ledger_entry, read.tier_distribution');
    await take(disbursed('C1', 'L2'), disbursed('C2', 'L3'));
    const both = await list();
    expect(both.text).toMatch(/^cannot be decided .+\nC1 +\S+ +1 +1 +feed:1 +TypeError: .+\n\ndoes not show/);
    expect(both.text).toMatch(/\nC1 +customers +\S+ +\d+\/\d+ +TypeError: the payload of .+\nC1 +ledger .+$/);
    expect(await list({ streams: false })).toMatchObject({
      object: { parkedCustomers: [{ customerId: 'C1', letters: 1 }], parkedStreams: [] },
    });
    const afterStream = { projection: 'customers', streamId: 'customer-C1' };
    expect(await list({ customers: false, afterStream, limit: 1 })).toMatchObject({
      object: {
        ...{ parkedCustomers: [], parkedStreams: [{ projection: 'ledger' }] },
        next: { customer: null, stream: 'ledger/C1' },
      },
    });
  });

  it('fails while the customer still fails, after it has said why', async () => {
    const { text, failure } = await retry();
    expect(text).toMatch(
      /^C1 still cannot be decided: .+\nRead model customers: 0 events were applied, and it stands /,
    );
    expect(text).toMatch(/\nBy O-07: ticket 17$/);
    expect(failure).toBe('Something of C1 is parked still.');
  });

  it('tries what decides the customer, then what shows them, and they go on', async () => {
    await tamperWithEvent(client, 'customer-C1', { version, payload });
    const rehearsed = await retry({ isDryRun: true });
    expect(rehearsed.text).toMatch(/^C1 could be decided again, with 1 facts that were kept:\n {2}dead letter \d+: /);
    expect(rehearsed.text).toContain('Nothing was done');
    const retried = await retry();
    expect(retried.failure).toBeNull();
    expect(retried.text).toMatch(
      new RegExp(
        '^C1 is decided again, with 1 facts that were kept:\n {2}dead letter \\d+: accepted, /core#dis-L2\n' +
          'Read model customers: \\d+ events were applied, and it goes on with C1\\.\n' +
          'Read model ledger: \\d+ events were applied, and it goes on with C1\\.\nBy O-07: ticket 17$',
      ),
    );
    expect((await list()).object).toMatchObject({ parkedCustomers: [], parkedStreams: [] });
    const { rows } = await client.query('SELECT retried_by, because, error IS NULL AS ok FROM projection.stream_retry');
    const record = { retried_by: 'O-07', because: 'ticket 17' };
    expect(rows).toEqual([false, false, true, true].map((ok) => ({ ...record, ok })));
    await take(registered('C3'));
    const { rows: points } = await client.query('SELECT points FROM read.customer ORDER BY customer_id');
    expect(points).toEqual([{ points: 20 }, { points: 10 }, { points: 0 }]);
  });
});
