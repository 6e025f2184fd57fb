import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BODY_BYTES_MAX } from '../facts/facts-body.js';
import { message, registered, RunningApi } from '../running-api.spec-support.js';
import { WRITE_BOUNDS, WriteAdmission } from './write-admission.js';

let api: RunningApi;
beforeAll(async () => {
  api = await RunningApi.start();
});
afterAll(() => api.stop());

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Keeps the writer from committing until the returned function is called. */
async function holdWriter(): Promise<() => Promise<void>> {
  const client = await api.runtime.database.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE store.feed_shard IN ACCESS EXCLUSIVE MODE');
  return async () => {
    await client.query('COMMIT');
    client.release();
  };
}

/** A connection that says what it is told to and keeps what it hears; without an end to it on our side. */
function speak(text: string): { readonly socket: Socket; heard(): string; readonly closed: Promise<void> } {
  const socket = connect((api.app.getHttpServer().address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(text);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, heard: () => Buffer.concat(chunks).toString(), closed };
}

function headers(length: number, more = ''): string {
  const head = `POST /v1/facts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n`;
  return `${head}${more}\r\n`;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
    await delay(10);
  }
}

interface Reply {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: { readonly type?: string };
}

async function post(path: string, body: unknown, more: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const { port } = api.app.getHttpServer().address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more },
    body: JSON.stringify(body),
  });
  const retryAfter = answer.headers.get('retry-after');
  return { status: answer.status, retryAfter, body: (await answer.json()) as Reply['body'] };
}

/** Sends as a client should: the same again after the time it was told, until it is taken. */
async function postUntilTaken(send: () => Promise<Reply>, onRefused: (reply: Reply) => void): Promise<Reply> {
  for (;;) {
    const reply = await send();
    if (reply.status !== 429) return reply;
    onRefused(reply);
    await delay(Number(reply.retryAfter) * 1_000);
  }
}

function inFlight(): { readonly requests: number; readonly bytes: number; readonly facts: number } {
  return api.app.get(WriteAdmission).statistics();
}

const contact = (no: number) => ({ madeOn: '2024-02-01', channel: 'phone', by: `O${no}` });

describe('more clients than there is room for', () => {
  it('are told to come back, and each that does is taken exactly once, whichever route it came by', async () => {
    expect((await post('/v1/facts', registered('C-known'))).status).toBe(200);
    const release = await holdWriter();
    const refusals: Reply[] = [];
    const clients = WRITE_BOUNDS.requests + 150;
    const sends = Array.from({ length: clients }, (_, no) => () => {
      if (no % 10 > 0) return post('/v1/facts', registered(`W${no}`));
      return post('/v1/customers/C-known/contacts', contact(no), { 'idempotency-key': `key-${no}` });
    });
    const replies = Promise.all(
      sends.map((send) =>
        postUntilTaken(send, (reply) => {
          refusals.push(reply);
        }),
      ),
    );
    await until('all others are sent away', () => refusals.length >= 150);
    expect(inFlight().requests).toBe(WRITE_BOUNDS.requests);
    await release();

    for (const { body, retryAfter } of refusals) {
      expect(body).toMatchObject({ type: '/problems/too-many-facts', status: 429 });
      expect(retryAfter).toMatch(/^([1-9]|[1-5]\d|60)$/);
    }
    const statuses = (await replies).map(({ status }, no) => [no % 10 > 0 ? 200 : 201, status]);
    for (const [expected, status] of statuses) expect(status).toBe(expected);
    const counts = await api.runtime.database.query<{ type: string; events: number; streams: number }>(
      `SELECT type, count(*)::int AS events, count(DISTINCT payload ->> 'factId')::int AS streams FROM store.event
       WHERE stream_id LIKE 'customer-W%' OR stream_id = 'customer-C-known' GROUP BY type`,
    );
    const of = (type: string) => counts.rows.find((row) => row.type === type);
    const contacts = Math.ceil(clients / 10);
    expect(of('customer-registered')).toEqual({
      type: 'customer-registered',
      events: clients - contacts + 1,
      streams: clients - contacts + 1,
    });
    expect(of('contact-made')).toEqual({ type: 'contact-made', events: contacts, streams: contacts });
    expect(inFlight()).toMatchObject({ requests: 0, bytes: 0, facts: 0 });
  });

  it('are sent away by the number of their facts, of which nothing is taken', async () => {
    const release = await holdWriter();
    const crowd = (first: number, of: number) => Array.from({ length: of }, (_, no) => registered(`N${first + no}`));
    const taken = [0, 1, 2, 3].map((no) => post('/v1/facts', crowd(no * 10_000, 9_900)));
    await until('they wait', () => inFlight().facts === 4 * 9_900);
    const refused = await post('/v1/facts', crowd(70_000, 500));
    expect(refused).toMatchObject({ status: 429, body: { type: '/problems/too-many-facts' } });
    const small = post('/v1/facts', crowd(80_000, 300));
    await release();
    expect((await Promise.all([...taken, small])).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const { rows } = await api.runtime.database.query<{ events: number }>(
      `SELECT count(*)::int AS events FROM store.event WHERE stream_id LIKE 'customer-N7%' AND length(stream_id) = 15`,
    );
    expect(rows).toEqual([{ events: 0 }]);
  });

  it('are sent away before their bodies come, when those together would be too large', async () => {
    const length = BODY_BYTES_MAX - 1;
    const holders = Math.floor(WRITE_BOUNDS.bytes / length);
    const held = Array.from({ length: holders }, () => speak(headers(length)));
    await until('all have a place', () => inFlight().requests === holders);
    const refused = speak(headers(length));
    await until('it is sent away', () => refused.heard().includes('too-many-facts'));
    expect(refused.heard()).toMatch(/^HTTP\/1\.1 429 [\s\S]*content-type: application\/problem\+json/i);
    expect(refused.heard()).toMatch(/retry-after: \d+\r\n/i);
    expect(held.map(({ heard }) => heard())).toEqual(held.map(() => ''));
  });
});

describe('a client', () => {
  it('whose body is too large hears so before it has sent any of it', async () => {
    const large = speak(headers(50_000_000));
    await until('it hears', () => large.heard().includes('body-too-large'));
    expect(large.heard()).toMatch(/^HTTP\/1\.1 413 /);
    expect(inFlight().requests).toBe(0);
  });

  it('whose body is longer than it said it would be at most hears so when it is', async () => {
    const chunked = speak(headers(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked'));
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    for (let sent = 0; sent <= BODY_BYTES_MAX; sent += chunk.length) {
      chunked.socket.write(`${chunk.length.toString(16)}\r\n`);
      chunked.socket.write(chunk);
      chunked.socket.write('\r\n');
    }
    chunked.socket.write('0\r\n\r\n');
    await until('it hears', () => chunked.heard().includes('body-too-large'));
    await until('its place is free', () => inFlight().requests === 0);
  });

  it('that asks before it sends is asked for the body when there is room, and else only told', async () => {
    const body = JSON.stringify(registered('C-asked'));
    const small = speak(headers(body.length, 'Expect: 100-continue\r\n'));
    await until('it is asked', () => small.heard().startsWith('HTTP/1.1 100 Continue'));
    small.socket.write(body);
    await until('it is taken', () => small.heard().includes('"accepted":1'));
    const large = speak(headers(50_000_000, 'Expect: 100-continue\r\n'));
    await large.closed;
    expect(large.heard()).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('clients that send slowly', () => {
  it('lose their places to one that does not, as soon as there is no other', async () => {
    const length = BODY_BYTES_MAX - 1;
    const holders = Math.floor(WRITE_BOUNDS.bytes / length);
    const slow = Array.from({ length: holders }, () => speak(headers(length)));
    await until('all have a place', () => inFlight().requests === holders);
    for (let passed = 0; passed < 1_300; passed += 100) {
      for (const { socket } of slow) socket.write(' ');
      await delay(100);
    }
    expect(inFlight().requests).toBe(holders);
    const quick = await post('/v1/facts', [registered('C-quick'), message('x', 'y'.repeat(9_000_000), {})]);
    expect(quick.status).toBe(200);
    await Promise.all(slow.map(({ closed }) => closed));
    for (const { heard } of slow) expect(heard()).toMatch(/^HTTP\/1\.1 429 [\s\S]*"\/problems\/too-many-facts"/);
  });

  it('are cut off in the middle of their headers', async () => {
    const server = api.app.getHttpServer();
    const { headersTimeout } = server;
    expect(headersTimeout).toBe(10_000);
    // Ten seconds pass like one.
    server.headersTimeout = 1_000;
    const began = Date.now();
    const slow = speak('POST /v1/facts HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await slow.closed;
    server.headersTimeout = headersTimeout;
    expect(slow.heard()).toMatch(/^HTTP\/1\.1 408 /);
    expect(Date.now() - began).toBeLessThan(6_000);
  });

  it('do not hold a place by not reading their answers', async () => {
    const before = inFlight();
    expect(before.requests).toBe(0);
    const body = JSON.stringify(Array.from({ length: 10_000 }, () => 7));
    const deaf = speak(headers(body.length));
    deaf.socket.pause();
    deaf.socket.write(body);
    await until('it has a place', () => inFlight().requests === 1);
    await until('it has lost it', () => inFlight().requests === 0);
  });
});
