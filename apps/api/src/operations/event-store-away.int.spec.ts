import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEventStoreDouble } from '@retention/testing';
import type { EventStoreDouble } from '@retention/testing';
import { registered, RunningApi } from '../running-api.spec-support.js';

describe('an API whose EventStoreDB went away', () => {
  let double: EventStoreDouble;
  let api: RunningApi;

  beforeAll(async () => {
    double = await startEventStoreDouble();
    const events = { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: double.url, EVENTSTORE_PREFIX: 'away.' };
    api = await RunningApi.start(events);
    await api.worker.start();
    expect((await api.post([registered('C1')])).status).toBe(200);
    await api.caughtUp();
    await api.http.get('/health/ready').expect(200);
    await double.stop();
  });
  afterAll(async () => {
    await api.stop();
    await double.stop();
  });

  it('is unready and names it, and is alive', async () => {
    const { body } = await api.http.get('/health/ready').expect(503);
    expect(body.checks).toMatchObject({ 'event-store': { status: 'down' }, database: { status: 'up' } });
    await api.http.get('/health/live').expect(200);
  });

  it('answers what the read models know', async () => {
    expect((await api.http.get('/v1/customers/C1').expect(200)).body).toMatchObject({ customerId: 'C1' });
  });

  it('says when to come back where the events themselves are asked for', async () => {
    const { headers, body } = await api.http.get('/v1/customers/C1/timeline').expect(503);
    expect(headers).toMatchObject({ 'retry-after': '5', 'content-type': 'application/problem+json' });
    expect(body).toMatchObject({ type: '/problems/event-store-unavailable', status: 503 });
    expect(JSON.stringify(body)).not.toContain('127.0.0.1');
  });

  it('answers them, and takes facts, as soon as it is back', async () => {
    await double.start();
    expect((await api.post([registered('C2')])).status).toBe(200);
    const { body } = await api.http.get('/v1/customers/C1/timeline').expect(200);
    const { items } = body as { items: readonly { type: string }[] };
    expect(items.map(({ type }) => type)).toContain('customer-registered');
    await api.http.get('/health/ready').expect(200);
  });
});
