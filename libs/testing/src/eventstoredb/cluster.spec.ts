import { describe, expect, it } from '@jest/globals';
import { FOLLOWER } from '@eventstore/db-client';
import {
  append,
  cleanUpAfterEach,
  connect,
  CREDENTIALS,
  errorOf,
  event,
  events,
  listen,
  revisionsOf,
  started,
} from './double.spec-support.js';
import { startEventStoreCluster, startEventStoreDouble } from './start-event-store.js';

cleanUpAfterEach();

describe('a cluster', () => {
  it('shares its log, and every member tells who the others are', async () => {
    const cluster = await started(startEventStoreCluster());
    expect(cluster.members).toHaveLength(3);
    for (const url of [cluster.url, cluster.discoverUrl]) await append(connect(url), 's', event());
    expect(cluster.leader.calls().get('Streams/Append')).toBe(2);
    const follower = connect(`${cluster.url}&nodePreference=${FOLLOWER}`);
    expect(await revisionsOf(follower.readStream('s'))).toEqual([0, 1]);
    expect(cluster.leader.calls().get('Streams/Read')).toBeUndefined();
  });

  it('sends writes to its leader, and reads that want it', async () => {
    const cluster = await started(startEventStoreCluster());
    await append(connect(cluster.leader.url), 's', event());
    const { port } = cluster.leader;
    const notLeader = { type: 'not-leader', leader: { address: '127.0.0.1', port } };
    const [follower] = cluster.followers;
    const direct = () => connect(follower!.url);
    expect(await errorOf(append(direct(), 's', event()))).toMatchObject(notLeader);
    expect(await errorOf(direct().appendToStream('s', event()))).toMatchObject(notLeader);
    expect(await errorOf(direct().deleteStream('s'))).toMatchObject(notLeader);
    expect(await errorOf(revisionsOf(direct().readStream('s', { requiresLeader: true })))).toMatchObject(notLeader);
    expect(await listen(direct().subscribeToAll({ requiresLeader: true })).over).toMatchObject(notLeader);
    expect(await revisionsOf(direct().readStream('s'))).toEqual([0]);
  });

  it('moves its leader, and the client follows after one call that fails', async () => {
    const cluster = await started(startEventStoreCluster());
    const client = connect(cluster.url);
    await append(client, 's', event());
    const before = cluster.leader;
    cluster.moveLeader();
    expect(cluster.leader).not.toBe(before);
    expect(await errorOf(append(client, 's', event(), 0n))).toMatchObject({ type: 'not-leader' });
    expect(await append(client, 's', event(), 0n)).toMatchObject({ nextExpectedRevision: 1n });
    expect(cluster.leader.stream('s')).toHaveLength(2);
  });

  it('goes on without a leader that has stopped', async () => {
    const cluster = await started(startEventStoreCluster());
    const client = connect(cluster.url);
    const once = events(2);
    await append(client, 's', once, 'no_stream');
    await cluster.leader.stop();
    cluster.moveLeader();
    await errorOf(append(client, 's', once, 'no_stream'));
    expect(await append(client, 's', once, 'no_stream')).toMatchObject({ nextExpectedRevision: 1n });
    expect(await append(client, 's', once, 'any')).toMatchObject({ nextExpectedRevision: 3n });
  });

  it('feeds a subscription on a follower', async () => {
    const cluster = await started(startEventStoreCluster());
    const told = listen(connect(cluster.followers[0]!.url).subscribeToAll());
    await told.until(1);
    await append(connect(cluster.leader.url), 's', event('a'));
    await told.until(2);
    expect(told.what).toEqual(['caughtUp', 'a']);
  });
});

describe('a double with TLS', () => {
  it('is reached by its connection string, credentials included', async () => {
    const double = await started(startEventStoreDouble({ tls: true, credentials: CREDENTIALS }));
    const client = connect(double.url);
    await append(client, 's', events(2));
    await client.appendToStream('s', event());
    expect(await revisionsOf(client.readStream('s'))).toEqual([0, 1, 2]);
  });

  it('refuses other credentials, and none', async () => {
    const double = await started(startEventStoreDouble({ tls: true, credentials: CREDENTIALS }));
    const nobody = connect(double.url.replace(/\/\/.*@/, '//'));
    const somebody = connect(double.url.replace(/\/\/.*@/, '//admin:wrong@'));
    expect(await errorOf(revisionsOf(nobody.readStream('s')))).toMatchObject({ type: 'access-denied' });
    expect(await errorOf(revisionsOf(somebody.readStream('s')))).toMatchObject({ type: 'access-denied' });
    expect(await errorOf(append(connect(double.url), 's', event(), 0n))).toMatchObject({
      type: 'wrong-expected-version',
    });
  });

  it('is not reached without its certificate', async () => {
    const double = await started(startEventStoreDouble({ tls: true }));
    const stranger = connect(double.url.replace(/&tlsCAFile=.*/, ''));
    expect(await errorOf(append(stranger, 's', event(), 'any'))).toMatchObject({ type: 'unavailable' });
  });

  it('is a cluster too', async () => {
    const cluster = await started(startEventStoreCluster(3, { tls: true, credentials: CREDENTIALS }));
    await append(connect(cluster.url), 's', event());
    cluster.moveLeader();
    expect(await append(connect(cluster.discoverUrl), 's', event())).toMatchObject({ nextExpectedRevision: 1n });
  });
});
