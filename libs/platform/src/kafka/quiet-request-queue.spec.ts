import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { quietRequestQueue } from './quiet-request-queue.js';

interface Queue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

describe('the request queue of kafkajs', () => {
  quietRequestQueue();
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
    options: object,
  ) => Queue;
  const newQueue = () => new RequestQueue({ maxInFlightRequests: 1, logger: { debug: () => undefined } });

  it('arms no timer while nothing is pending', () => {
    const queue = newQueue();
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('arms its timer while something is pending', () => {
    const queue = newQueue();
    queue.pending = [{}];
    queue.throttledUntil = Date.now() + 60_000;
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });
});
