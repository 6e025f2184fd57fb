import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const PATCHED = Symbol.for('retention.quiet-request-queue');

/**
 * kafkajs 2.2.4 arms a timer with a negative delay after every answer, and the timer arms itself again: 1,700 calls a
 * second on an idle connection, and a TimeoutNegativeWarning from Node 24 on. (tulios/kafkajs#1751; the repairs were
 * never released.) With nothing pending there is nothing to check: `push` arms the timer when it adds to the queue.
 */
export function quietRequestQueue(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { [PATCHED]?: true };
  };
  if (prototype[PATCHED]) return;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its queue below
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) original.call(this);
  };
  prototype[PATCHED] = true;
}
