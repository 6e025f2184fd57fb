import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';

/** Requests that are under way when the process is told to stop have this long; the container gives it ten seconds. */
const FINISH_WITHIN_MS = 6_000;

/** Nest waits for every open connection before it goes on stopping: one that never ends must not hold up all others. */
@Injectable()
export class GracefulEnd implements BeforeApplicationShutdown {
  constructor(private readonly host: HttpAdapterHost) {}

  beforeApplicationShutdown(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    setTimeout(() => {
      server.closeAllConnections();
    }, FINISH_WITHIN_MS).unref();
  }
}
