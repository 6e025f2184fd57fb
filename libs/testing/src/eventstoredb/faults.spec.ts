import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStoreDBClient } from '@eventstore/db-client';
import {
  append,
  cleanUpAfterEach,
  collect,
  connect,
  connectAgain,
  errorOf,
  event,
  events,
  listen,
  revisionsOf,
  started,
} from './double.spec-support.js';
import type { EventStoreDouble } from './event-store-double.js';
import { Faults } from './faults.js';
import { startEventStoreDouble } from './start-event-store.js';

cleanUpAfterEach();
let double: EventStoreDouble;
let client: EventStoreDBClient;

beforeEach(async () => {
  double = await started(startEventStoreDouble());
  client = connect(double.url);
});

const SHORT_MS = 150;
const written = (stream = 's') => double.stream(stream).length;

/** Resolves with "nothing" when there is no answer for a while. */
async function answerTo(work: Promise<unknown>): Promise<unknown> {
  const silence = new Promise((resolve) => setTimeout(() => resolve('nothing'), SHORT_MS));
  return Promise.race([work.catch((error: unknown) => error), silence]);
}

describe('an append whose connection breaks while it is being sent', () => {
  it('is written whole or not at all', async () => {
    let sent = 0;
    let answered = 0;
    let broken = 0;
    let answeredBefore = 0;
    const breaking = setInterval(() => {
      // Some get through between two breaks, however slow the machine is; the others are anywhere on their way.
      if (answered < answeredBefore + 10 || Math.random() < 0.7) return;
      answeredBefore = answered;
      double.dropConnections();
    }, 5);
    const lane = async (): Promise<void> => {
      while (broken < 400) {
        sent += 1;
        await append(client, `s-${sent}`, events(100), 'no_stream').then(
          () => (answered += 1),
          () => (broken += 1),
        );
      }
    };
    await Promise.all(Array.from({ length: 30 }, lane));
    clearInterval(breaking);
    const lengths = double.streamNames().map((stream) => written(stream));
    expect(new Set(lengths)).toEqual(new Set([100]));
    expect(lengths.length).toBeGreaterThanOrEqual(answered);
    expect(answered).toBeGreaterThan(0);
  });
});

describe('an append that fails', () => {
  it.each([
    ['UNAVAILABLE', 'unavailable'],
    ['CANCELLED', 'cancelled'],
    ['UNKNOWN', 'unknown'],
    ['DEADLINE_EXCEEDED', 'deadline-exceeded'],
  ] as const)('before it is written: %s', async (code, type) => {
    double.faults.next('append', { kind: 'error-before', code });
    expect(await errorOf(append(client, 's', event()))).toMatchObject({ type });
    expect(written()).toBe(0);
    expect(double.faults.counts()).toEqual({ 'append:error-before': 1 });
    expect(await append(client, 's', event())).toMatchObject({ success: true });
  });

  it('after it is written, and its repetition is idempotent', async () => {
    double.faults.next('append', { kind: 'error-after', code: 'UNKNOWN' });
    const once = events(2);
    expect(await errorOf(append(client, 's', once, 'no_stream'))).toMatchObject({ type: 'unknown' });
    expect(await append(client, 's', once, 'no_stream')).toMatchObject({ nextExpectedRevision: 1n });
    expect(written()).toBe(2);
  });

  it('takes the others of its batch call with it', async () => {
    double.faults.next('append', { kind: 'never', written: true }, 'silent');
    const silent = errorOf(client.appendToStream('silent', event()));
    while (written('silent') === 0) await new Promise(setImmediate);
    double.faults.next('append', { kind: 'error-before' }, 's');
    expect(await errorOf(client.appendToStream('s', event()))).toMatchObject({ type: 'unavailable' });
    expect(await silent).toMatchObject({ type: 'unavailable' });
    expect([written('silent'), written()]).toEqual([1, 0]);
  });

  it('because another member leads', async () => {
    const leader = { host: '127.0.0.1', port: double.port };
    for (const write of [() => append(client, 's', event()), () => client.appendToStream('s', event())]) {
      double.faults.next('append', { kind: 'not-leader' });
      expect(await errorOf(write())).toMatchObject({
        type: 'not-leader',
        leader: { address: leader.host, port: leader.port },
      });
    }
    expect(written()).toBe(0);
  });
});

describe('an append without an answer', () => {
  it.each([
    ['written', true, 1],
    ['not written', false, 0],
  ])('runs into the deadline of its client, %s', async (_, isWritten, count) => {
    double.faults.next('append', { kind: 'never', written: isWritten });
    const silent = append(client, 's', event(), 'any', SHORT_MS);
    expect(await errorOf(silent)).toMatchObject({ type: 'deadline-exceeded' });
    expect(written()).toBe(count);
  });

  it('is answered late, and others overtake it', async () => {
    double.faults.next('append', { kind: 'late', ms: SHORT_MS });
    const answered: string[] = [];
    const late = append(client, 's', event()).then(() => answered.push('late'));
    while (written() === 0) await new Promise(setImmediate);
    await append(client, 's', event(), 0n).then(() => answered.push('at once'));
    await late;
    expect(answered).toEqual(['at once', 'late']);
  });

  it.each([
    ['written', true, 1],
    ['not written', false, 0],
  ])('breaks all connections, %s', async (_, isWritten, count) => {
    double.faults.next('append', { kind: 'drop-connections', written: isWritten });
    expect(await errorOf(append(client, 's', event()))).toMatchObject({ type: 'unavailable' });
    expect(written()).toBe(count);
    client = await connectAgain(double.url);
    expect(await append(client, 's', event())).toMatchObject({ success: true });
  });
});

describe('an append that is not replicated yet', () => {
  it('is neither readable nor answered, and its repetition never is', async () => {
    await append(client, 's', event('first'), 'no_stream');
    double.faults.next('append', { kind: 'not-replicated' });
    const once = events(2);
    const original = append(client, 's', once, 0n);
    while (written() < 3) await new Promise(setImmediate);
    const repetition = errorOf(append(client, 's', once, 0n, 2 * SHORT_MS));
    expect(await answerTo(original)).toBe('nothing');
    expect(await revisionsOf(client.readStream('s'))).toEqual([0]);
    expect(await collect(client.readAll())).toHaveLength(1);
    double.replicate();
    expect(await original).toMatchObject({ nextExpectedRevision: 2n });
    expect(await repetition).toMatchObject({ type: 'deadline-exceeded' });
    expect(await append(client, 's', once, 0n)).toMatchObject({ nextExpectedRevision: 2n });
    expect(await revisionsOf(client.readStream('s'))).toEqual([0, 1, 2]);
  });

  it('reaches subscriptions when it is replicated, with all that came after it', async () => {
    const told = listen(client.subscribeToAll());
    await told.until(1);
    double.faults.next('append', { kind: 'not-replicated', ms: SHORT_MS });
    await Promise.all([append(client, 's', event('a')), append(client, 't', event('b'))]);
    await told.until(3);
    expect([...told.what].sort()).toEqual(['a', 'b', 'caughtUp']);
  });
});

describe('a read', () => {
  beforeEach(() => append(client, 's', events(10)));

  it('fails before the first event', async () => {
    double.faults.next('read', { kind: 'error-before' });
    expect(await errorOf(revisionsOf(client.readStream('s')))).toMatchObject({ type: 'unavailable' });
  });

  it('fails half way', async () => {
    double.faults.next('read', { kind: 'error-halfway', code: 'UNKNOWN' });
    const read: number[] = [];
    const reading = (async () => {
      for await (const { event: one } of client.readStream('s')) read.push(Number(one?.revision));
    })();
    expect(await errorOf(reading)).toMatchObject({ type: 'unknown' });
    expect(read.length).toBeLessThanOrEqual(5);
  });

  it('is answered late, or never', async () => {
    double.faults.next('read', { kind: 'late', ms: 1 });
    expect(await revisionsOf(client.readStream('s'))).toHaveLength(10);
    double.faults.next('read', { kind: 'never' });
    const reading = client.readStream('s').on('error', () => undefined);
    expect(await answerTo(revisionsOf(reading))).toBe('nothing');
  });

  it('loses its connection, or is sent to the leader', async () => {
    double.faults.next('read', { kind: 'not-leader' }, 's');
    expect(await errorOf(revisionsOf(client.readStream('s')))).toMatchObject({ type: 'not-leader' });
    double.faults.next('read', { kind: 'drop-connections' }, '$all');
    expect(await errorOf(collect(client.readAll()))).toMatchObject({ type: 'unavailable' });
  });
});

describe('a subscription', () => {
  beforeEach(() => append(client, 's', events(10, 'a')));

  it('fails behind so many events', async () => {
    double.faults.next('subscription', { kind: 'error', code: 'CANCELLED', afterEvents: 4 });
    const told = listen(client.subscribeToAll());
    expect(await told.over).toMatchObject({ type: 'cancelled' });
    expect(told.what.length).toBeLessThanOrEqual(4);
  });

  it('is ended as if there were nothing more', async () => {
    double.faults.next('subscription', { kind: 'end', afterEvents: 4 });
    const told = listen(client.subscribeToStream('s'));
    expect(await told.over).toBe('end');
    expect(told.what).toEqual(['a', 'a', 'a', 'a']);
  });

  it('falls silent for good, and its call stays open', async () => {
    double.faults.next('subscription', { kind: 'freeze', afterEvents: 4 });
    const told = listen(client.subscribeToAll());
    await told.until(4);
    await append(client, 's', event('b'));
    expect(await answerTo(told.over)).toBe('nothing');
    expect(told.what).toHaveLength(4);
    expect(double.openSubscriptions()).toBe(1);
  });

  it('falls silent for a while, and loses nothing', async () => {
    double.faults.next('subscription', { kind: 'freeze', afterEvents: 4, ms: 20 });
    const told = listen(client.subscribeToAll());
    await append(client, 's', event('b'));
    await told.until(12);
    expect(told.what.filter((what) => what !== 'caughtUp')).toEqual([...Array<string>(10).fill('a'), 'b']);
  });

  it('loses its connection, or is sent to the leader', async () => {
    double.faults.next('subscription', { kind: 'not-leader' });
    expect(await listen(client.subscribeToAll()).over).toMatchObject({ type: 'not-leader' });
    double.faults.next('subscription', { kind: 'drop-connections', afterEvents: 10 });
    expect(await listen(client.subscribeToAll()).over).toMatchObject({ type: 'unavailable' });
  });
});

describe('the whole double', () => {
  it('freezes, and then does what has waited in order', async () => {
    const told = listen(client.subscribeToStream('s'));
    await append(client, 's', event('a'));
    await told.until(2);
    double.freezeAll(SHORT_MS);
    const waiting = append(client, 's', event('b'));
    expect(await Promise.race([waiting, new Promise((resolve) => setImmediate(() => resolve('nothing')))])).toBe(
      'nothing',
    );
    await waiting;
    await told.until(3);
    expect(told.what.at(-1)).toBe('b');
  });

  it('breaks every connection', async () => {
    const told = listen(client.subscribeToAll());
    await told.until(1);
    double.dropConnections();
    expect(await told.over).toMatchObject({ type: 'unavailable' });
    while (double.openSubscriptions() > 0) await new Promise(setImmediate);
  });

  it('stops while calls are open, and again', async () => {
    const told = listen(client.subscribeToAll());
    await told.until(1);
    await double.stop();
    await double.stop();
    expect(await told.over).toMatchObject({ type: 'unavailable' });
  });
});

describe('chance', () => {
  const rates = { append: { 'error-before': 0.1, late: 0.2, never: 0.1 }, subscription: { end: 0.5 } } as const;
  const struck = (faults: Faults) => Array.from({ length: 200 }, () => faults.strike('append', 's'));

  it('strikes alike for the same seed, about as often as it is told', () => {
    const [one, other, third] = [new Faults(), new Faults(), new Faults()];
    one.randomly({ seed: 7, rates });
    other.randomly({ seed: 7, rates });
    third.randomly({ seed: 8, rates });
    const first = struck(one);
    expect(struck(other)).toEqual(first);
    expect(struck(third)).not.toEqual(first);
    const counts = one.counts();
    expect(Object.keys(counts).sort()).toEqual(['append:error-before', 'append:late', 'append:never']);
    expect(counts['append:late']).toBeGreaterThan(20);
    expect(counts['append:late']).toBeLessThan(60);
    expect(first.filter((fault) => fault === undefined).length).toBeGreaterThan(80);
  });

  it('goes behind the script, and ends', () => {
    const faults = new Faults();
    faults.randomly({ seed: 7, rates: { append: { late: 1 } } });
    faults.next('append', { kind: 'error-before' }, (stream) => stream.startsWith('customer-'));
    expect(faults.strike('append', 'policy')).toMatchObject({ kind: 'late' });
    expect(faults.strike('append', 'customer-1')).toEqual({ kind: 'error-before' });
    expect(faults.strike('read', 'policy')).toBeUndefined();
    faults.stop();
    expect(faults.strike('append', 'policy')).toBeUndefined();
  });

  it('leaves no append lost or doubled that is repeated until it is answered', async () => {
    double.faults.randomly({
      seed: 3,
      rates: {
        append: { 'error-before': 0.1, 'error-after': 0.1, late: 0.1, 'not-replicated': 0.05, 'not-leader': 0.05 },
      },
      longestMs: 10,
    });
    const streams = Array.from({ length: 10 }, (_, index) => `s-${index}`);
    const fill = async (stream: string): Promise<void> => {
      for (let revision = 0; revision < 20; revision += 1) {
        const once = event('noted', { revision: String(revision) });
        const expected = revision === 0 ? 'no_stream' : BigInt(revision - 1);
        while (!(await append(client, stream, once, expected, 1000).catch(() => undefined))?.success);
      }
    };
    await Promise.all(streams.map(fill));
    double.faults.stop();
    expect(streams.map((stream) => written(stream))).toEqual(streams.map(() => 20));
    expect(Object.keys(double.faults.counts())).toHaveLength(5);
  });
});
