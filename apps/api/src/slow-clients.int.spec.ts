import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { registered, RunningApi } from './running-api.spec-support.js';

/** More than the requests that may be on their way to the writer at once. */
const SLOW_CLIENTS = 700;

describe('clients that never finish what they send', () => {
  let api: RunningApi;
  const slow: Socket[] = [];

  beforeAll(async () => {
    api = await RunningApi.start();
    const { port } = api.app.getHttpServer().address() as AddressInfo;
    const starts = Array.from({ length: SLOW_CLIENTS }, async (_, number) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      slow.push(socket);
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      // Some stop in the middle of their headers, most in the middle of a body.
      const begun =
        number % 10 === 0
          ? 'GET /v1/customers HTTP/1.1\r\nHost: x\r\nX-Slow: '
          : 'POST /v1/facts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[';
      await new Promise<void>((resolve) => socket.write(begun, () => resolve()));
    });
    await Promise.all(starts);
  });
  afterAll(async () => {
    for (const socket of slow) socket.destroy();
    await api.stop();
  });

  it('keep nobody else from being answered', async () => {
    await api.http.get('/health/live').expect(200);
    await api.http.get('/v1/customers').expect(200);
  });

  it('do not keep the facts of others out', async () => {
    const answer = await api.post([registered('C1')]);
    expect(answer.status).toBe(200);
    expect(answer.body.counts).toMatchObject({ accepted: 1 });
  });

  it('are sent away when their time is over: ten seconds for headers, a minute for a request', () => {
    const server = api.app.getHttpServer();
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(60_000);
    expect(server.headersTimeout).toBeGreaterThan(0);
    expect(server.requestTimeout).toBeGreaterThan(0);
  });
});
