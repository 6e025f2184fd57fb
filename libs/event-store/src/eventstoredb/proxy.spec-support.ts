import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** The way to a server, on which connections are counted and everything can get lost. */
export interface Proxy {
  readonly url: string;
  /** Connections of clients that are open. */
  connections(): number;
  /** From now on nothing gets through, and nobody is told. Such a connection stays dead; `restore` is for new ones. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url.replace(/^esdb/, 'http'));
  const clients = new Set<Socket>();
  const dead = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    clients.add(client);
    if (isCut) dead.add(client);
    const pass = (from: Socket, to: Socket): void => {
      from.on('error', () => undefined);
      from.on('data', (chunk) => {
        if (!dead.has(client)) to.write(chunk);
      });
      from.on('close', () => {
        clients.delete(client);
        to.destroy();
      });
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: url.replace(`:${target.port}`, `:${port}`),
    connections: () => clients.size,
    cut: () => {
      isCut = true;
      for (const client of clients) dead.add(client);
    },
    restore: () => {
      isCut = false;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
