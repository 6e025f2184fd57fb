import { Server, ServerCredentials } from '@grpc/grpc-js';
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';

/** The server lets events of up to 16 MiB into its log, and something around them. */
const MOST_MESSAGE_BYTES = 17 * 1024 * 1024;

/** Key and certificate in PEM, for a server that speaks TLS. */
export interface KeyPair {
  readonly key: Buffer;
  readonly certificate: Buffer;
}

/** A gRPC server on sockets of its own, so that its connections can be broken as a crash breaks them. */
export class Listener {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly grpc: Server,
    private readonly tcp: TcpServer,
  ) {}

  static async open(port: number, tls: KeyPair | undefined, serve: (server: Server) => void): Promise<Listener> {
    const grpc = new Server({
      'grpc.enable_channelz': 0,
      'grpc.max_receive_message_length': MOST_MESSAGE_BYTES,
      'grpc.max_send_message_length': MOST_MESSAGE_BYTES,
    });
    serve(grpc);
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }]);
    const injector = grpc.createConnectionInjector(credentials);
    const tcp = createServer({ noDelay: true });
    const listener = new Listener(grpc, tcp);
    tcp.on('connection', (socket) => {
      listener.sockets.add(socket);
      socket.once('close', () => listener.sockets.delete(socket));
      // Whoever goes away without a word is nothing to report.
      socket.on('error', () => undefined);
      injector.injectConnection(socket);
    });
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen(port, HOST, resolve);
    });
    return listener;
  }

  get port(): number {
    return (this.tcp.address() as AddressInfo).port;
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.tcp.close(resolve));
    this.dropConnections();
    this.grpc.forceShutdown();
    await closed;
  }
}
