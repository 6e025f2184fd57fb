import { describe, expect, it } from '@jest/globals';
import {
  append,
  cleanUpAfterEach,
  connect,
  connectAgain,
  errorOf,
  event,
  events,
  revisionsOf,
  started,
} from './double.spec-support.js';
import { startEventStoreDoubleProcess } from './start-event-store.js';

cleanUpAfterEach();

describe('a double in a process of its own', () => {
  it('serves, misbehaves and is looked at as one in this process', async () => {
    const double = await started(startEventStoreDoubleProcess({ maxAppendBytes: 1000 }));
    expect(double.pid).not.toBe(process.pid);
    const client = connect(double.url);
    await append(client, 's', events(2), 'no_stream');
    await double.faults.next('append', { kind: 'error-before' }, 's');
    expect(await errorOf(append(client, 's', event(), 1n))).toMatchObject({ type: 'unavailable' });
    expect(await double.faults.counts()).toEqual({ 'append:error-before': 1 });
    expect(await double.all()).toHaveLength(2);
    expect((await double.calls()).get('Streams/Append')).toBe(2);
    const tooLarge = append(client, 's', event('large', { text: 'x'.repeat(1000) }));
    expect(await errorOf(tooLarge)).toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: 1000 });
    await double.restart();
    expect(await revisionsOf((await connectAgain(double.url)).readStream('s'))).toEqual([0, 1]);
  });

  it('misbehaves by chance from the start', async () => {
    const randomFaults = { seed: 1, rates: { append: { 'error-before': 1 } } };
    const double = await started(startEventStoreDoubleProcess({ randomFaults }));
    const client = connect(double.url);
    expect(await errorOf(append(client, 's', event()))).toBeDefined();
    await double.faults.stop();
    expect(await append(client, 's', event())).toMatchObject({ success: true });
  });

  it('says so when it cannot do what it is told', async () => {
    const double = await started(startEventStoreDoubleProcess());
    await double.faults.next('append', { kind: 'not-replicated' });
    const silent = append(connect(double.url), 's', event()).catch(() => undefined);
    while ((await double.all()).length === 0);
    await expect(double.scavenge()).rejects.toThrow('Only replicated events can be scavenged.');
    await double.replicate();
    await silent;
    await double.stop();
    await expect(double.all()).rejects.toThrow();
  });
});
