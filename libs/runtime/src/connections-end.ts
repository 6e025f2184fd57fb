import type { Server, ServerResponse } from 'node:http';

/** Requests that are under way when the process is told to stop have this long; containers get ten seconds for all of it. */
const FINISH_WITHIN_MS = 5_000;
const IDLE_CLOSED_EVERY_MS = 50;

/**
 * Lets the connections of a server come to an end. Node, told to close, waits for each of them, and one that is kept alive
 * by a prober or a scraper serves request after request: without this a process ended only when nobody asked for its health.
 */
export function endConnections(server: Server): void {
  // Before the application answers.
  server.prependListener('request', (_request, response: ServerResponse) => {
    response.setHeader('connection', 'close');
  });
  // What was under way then has promised to keep its connection, and closes it only after a minute of silence.
  const closing = setInterval(() => {
    if (!server.listening) server.closeIdleConnections();
  }, IDLE_CLOSED_EVERY_MS).unref();
  const timeIsUp = setTimeout(() => {
    server.closeAllConnections();
  }, FINISH_WITHIN_MS).unref();
  server.once('close', () => {
    clearInterval(closing);
    clearTimeout(timeIsUp);
  });
}
