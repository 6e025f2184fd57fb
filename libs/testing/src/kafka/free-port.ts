import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChildJvm } from './child-jvm.js';

const POLL_MS = 50;

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when somebody listens on the port; rejects with what the JVM wrote when it ends or the time is over. */
export async function untilListening(port: number, timeoutMs: number, jvm: ChildJvm): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await accepts(port))) {
    if (jvm.hasEnded()) throw new Error(`The broker ended before it listened on ${port}. ${jvm.errors()}`);
    if (Date.now() > deadline) throw new Error(`The broker does not listen on ${port}. ${jvm.errors()}`);
    await pause(POLL_MS);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
