import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type AddressInfo, connect } from 'node:net';
import { registered, RunningApi } from './running-api.spec-support.js';

describe('the API to those who run it', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await RunningApi.start({ PROJECTION_LAG_READY_EVENTS: '3' });
  });
  afterAll(() => api.stop());

  it('is not ready while the read models are too far behind, says how far, and is once they have caught up', async () => {
    await api.http.get('/health/ready').expect(200);
    await api.post(Array.from({ length: 5 }, (_, no) => registered(`C${no}`)));
    const events = (await api.http.get('/v1/status').expect(200)).body.events as number;
    expect(events).toBeGreaterThan(5);
    const behind = await api.http.get('/health/ready').expect(503);
    expect(behind.body).toMatchObject({
      status: 'down',
      checks: {
        database: { status: 'up' },
        'read-models': {
          status: 'down',
          lagEventsMax: 3,
          readModels: [
            { projection: 'customers', lagEvents: events },
            { projection: 'ledger', lagEvents: events },
          ],
        },
      },
    });
    expect(behind.body.checks['read-models'].readModels[0].lagSeconds).toBeGreaterThan(0);
    await api.http.get('/health/live').expect(200);
    await api.worker.start();
    await api.caughtUp();
    const ready = await api.http.get('/health/ready').expect(200);
    expect(ready.body.checks['read-models'].readModels[0]).toMatchObject({ lagEvents: 0, parkedStreams: 0 });
  });

  it('is measured: facts by outcome, batches, lag, and requests by route but never by id', async () => {
    const before = await metricsOf(api);
    await api.post([registered('C70'), registered('C71'), registered('C70'), 7]);
    await api.http.get('/v1/customers/C77/ledger');
    await api.http.get('/v1/customers/a%20secret');
    await api.http.get('/wp-admin/C77');
    const after = await metricsOf(api);
    const rise = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
      after.figure(name, labels) - (before.figure(name, labels) || 0);
    const facts = (outcome: string): number => rise('retention_facts_total', { door: 'http', outcome });
    expect(['accepted', 'duplicate', 'refused', 'parked', 'conflicting-duplicate'].map(facts)).toEqual([2, 1, 1, 0, 0]);
    expect(rise('retention_writer_batches_total')).toBe(1);
    expect(after.figure('retention_writer_conflicts_total')).toBe(0);
    for (const projection of ['customers', 'ledger']) {
      expect(after.figure('retention_projection_lag_seconds', { projection })).toBeGreaterThanOrEqual(0);
      expect(after.figure('retention_projection_parked_streams', { projection })).toBe(0);
    }
    const answered = (method: string, route: string, status: string): number =>
      rise('retention_http_request_duration_seconds_count', { method, route, status });
    expect(answered('POST', '/v1/facts', '200')).toBe(1);
    expect(answered('GET', '/v1/customers/:customerId', '404')).toBe(1);
    expect(answered('GET', '/v1/customers/:customerId/ledger', '404')).toBe(1);
    expect(answered('GET', 'unmatched', '404')).toBe(1);
    expect(after.text).not.toMatch(/C7\d|secret|wp-admin/);
  });

  it('shows its OpenAPI page, which loads nothing from elsewhere and nothing over a protocol it was not asked by', async () => {
    const page = await api.http.get('/docs').redirects(1).expect(200).expect('content-type', /html/);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    const policy = page.headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    const { body } = await api.http.get('/docs/openapi.json').expect(200);
    expect(Object.keys(body.paths as object)).toContain('/v1/customers');
  });

  it('names itself to nobody and lets nothing be kept on the way', async () => {
    const { headers } = await api.http.get('/v1/customers').expect(200);
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

interface Metrics {
  readonly text: string;
  /** NaN for a series that is not there. */
  figure(name: string, labels?: Readonly<Record<string, string>>): number;
}

async function metricsOf(api: RunningApi): Promise<Metrics> {
  const { text } = await api.http.get('/metrics').expect(200);
  const series = text.split('\n').map((line) => /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? []);
  return {
    text,
    figure(name, labels = {}) {
      const wanted = Object.entries({ ...labels, app: 'spec' }).map(([label, value]) => `${label}="${value}"`);
      const isWanted = (given: string): boolean => given.split(',').sort().join() === wanted.sort().join();
      return Number(series.find(([, itsName, given]) => itsName === name && isWanted(given ?? ''))?.[3]);
    },
  };
}

describe('the page of a closed installation', () => {
  it('is not served', async () => {
    const api = await RunningApi.start({ PUBLIC_DOCS: 'off' });
    try {
      await api.http.get('/docs').expect(404);
      await api.http.get('/docs/openapi.json').expect(404);
    } finally {
      await api.stop();
    }
  });
});

describe('an API whose database went away', () => {
  let api: RunningApi;
  beforeAll(async () => {
    api = await RunningApi.start();
    await api.database.drop();
  });
  afterAll(() => api.stop());

  it.each(['/v1/customers', '/v1/customers/C1', '/v1/customers/C1/timeline', '/v1/dead-letters', '/v1/status'])(
    'says when to come back: %s',
    async (path) => {
      const answer = await api.http.get(path).expect(503);
      expect(answer.headers).toMatchObject({ 'retry-after': '5', 'content-type': 'application/problem+json' });
      expect(answer.body).toEqual({
        type: '/problems/database-unavailable',
        title: expect.stringMatching(/send the same again/),
        status: 503,
        correlationId: answer.headers['x-request-id'],
      });
    },
  );

  it('claims nothing of facts', async () => {
    const answer = await api.post([registered('C1')]);
    expect(answer.status).toBe(503);
    expect(answer.body).not.toHaveProperty('outcomes');
    expect(answer.headers['retry-after']).toBe('5');
  });

  it('is unready and alive, and still measured', async () => {
    expect((await api.http.get('/health/ready').expect(503)).body.checks.database).toMatchObject({ status: 'down' });
    await api.http.get('/health/live').expect(200);
    const { text } = await api.http.get('/metrics').expect(200);
    expect(text).not.toMatch(/^retention_projection_lag_events\{/m);
  });
});

describe('an API that is told to stop', () => {
  let api: RunningApi;
  afterEach(() => api.database.drop());

  it('ends in time though somebody holds a connection open', async () => {
    api = await RunningApi.start();
    const { port } = api.app.getHttpServer().address() as AddressInfo;
    const slow = connect(port, '127.0.0.1');
    slow.on('error', () => undefined);
    slow.write('POST /v1/facts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const began = performance.now();
    await api.app.close();
    expect(performance.now() - began).toBeLessThan(9_000);
    slow.destroy();
  });
});
