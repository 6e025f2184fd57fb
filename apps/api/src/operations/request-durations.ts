import type { NextFunction, Request, Response } from 'express';
import { Histogram, type Registry } from 'prom-client';

/** From a point read to a batch of 10,000 facts. */
const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Measures every request by method, template of the route and status. Ids never become labels, and paths that lead
 * nowhere share one: otherwise anybody could fill the memory with time series.
 */
export function measureRequests(metrics: Registry): (request: Request, response: Response, next: NextFunction) => void {
  const durations = new Histogram({
    name: 'retention_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [metrics],
  });
  return (request, response, next) => {
    const end = durations.startTimer();
    response.once('close', () => {
      const { path } = (request.route ?? {}) as { readonly path?: unknown };
      const status = response.writableFinished ? String(response.statusCode) : 'aborted';
      // Nest's own middleware is a route with a wildcard: a request that got no further matched nothing.
      const isMatched = typeof path === 'string' && !path.includes('*');
      end({ method: request.method, route: isMatched ? path : 'unmatched', status });
    });
    next();
  };
}
