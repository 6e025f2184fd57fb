import { createRequire } from 'node:module';

interface Runner {
  readonly running: boolean;
  fetch(nodeId: number): Promise<unknown>;
}

const PATCHED = Symbol.for('retention.stopped-runner');

/**
 * A consumer of kafkajs 2.2.4 that is stopped while its fetchers are made anew, because partitions have gone to other
 * brokers, stops the old ones; the new ones ask a runner that no longer runs, get nothing, and ask again in the same turn
 * of the event loop, for ever. Nothing else of the process runs any more, its end at SIGTERM included. A runner that does
 * not run is only asked in that case: it says so by an error, which ends the fetchers, and then the consumer.
 */
export function endStoppedRunners(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/consumer/runner') as { prototype: Runner & { [PATCHED]?: true } };
  if (prototype[PATCHED]) return;
  const { KafkaJSError } = require('kafkajs/src/errors') as { KafkaJSError: new (message: string) => Error };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its runner below
  const original = prototype.fetch;
  prototype.fetch = function (this: Runner, nodeId: number) {
    if (!this.running) return Promise.reject(new KafkaJSError('the consumer was stopped'));
    return original.call(this, nodeId);
  };
  prototype[PATCHED] = true;
}
