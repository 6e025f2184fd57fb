import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { endStoppedRunners } from './stopped-runner.js';

const require = createRequire(import.meta.url);
const logger = { namespace: () => logger, debug: () => undefined, info: () => undefined };

interface FetchManager {
  start(): Promise<void>;
  stop(): Promise<void>;
}

describe('the fetchers of a kafkajs consumer', () => {
  endStoppedRunners();
  const { prototype } = require('kafkajs/src/consumer/runner') as {
    prototype: { fetch(this: object, nodeId: number): Promise<unknown[]> };
  };
  const createFetchManager = require('kafkajs/src/consumer/fetchManager') as (options: object) => FetchManager;

  it('end when it was stopped while they were made anew for other brokers', async () => {
    let asked = 0;
    const runner = { running: true, logger, consumerGroup: {} };
    const manager = createFetchManager({
      logger,
      handler: () => Promise.resolve(),
      // The partitions move on as soon as somebody asks, and the consumer is stopped just then.
      getNodeIds: () => {
        const nodeIds = runner.running ? [1] : [2];
        runner.running = false;
        return nodeIds;
      },
      fetch: (nodeId: number) => {
        asked += 1;
        if (asked > 1000) throw new Error('asks for ever');
        return prototype.fetch.call(runner, nodeId);
      },
    });
    await expect(manager.start()).rejects.toThrow('the consumer was stopped');
  });

  it('are given what the group has while it runs', async () => {
    const fetched = [{ isEmpty: () => true }];
    const runner = {
      running: true,
      instrumentationEmitter: { emit: () => undefined },
      consumerGroup: { fetch: () => Promise.resolve(fetched) },
    };
    await expect(prototype.fetch.call(runner, 1)).resolves.toBe(fetched);
  });
});
