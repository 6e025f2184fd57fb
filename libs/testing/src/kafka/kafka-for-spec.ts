import { spawnSync } from 'node:child_process';
import type { KafkaBroker } from './kafka-broker.js';
import { startKafkaBroker } from './kafka-broker.js';
import { kafkaJarsAreCached } from './kafka-jars.js';
import type { KafkaTools } from './kafka-tools.js';
import { openKafkaTools } from './kafka-tools.js';

/** The first spec on a machine also fetches the jars. */
const START_TIMEOUT_MS = 360_000;

/** The broker of one spec file, there from `beforeAll` to `afterAll`. */
export interface KafkaForSpec {
  readonly broker: KafkaBroker;
  readonly tools: KafkaTools;
}

/**
 * Describes what needs a Kafka broker: one broker is started for the block and stopped after it.
 *
 * Jest's globals are not imported here: what runs outside Jest imports this library too, and @jest/globals throws there.
 *
 * On a machine without JDK and Maven (and without `KAFKA_BROKERS`) the block is skipped, loudly and with the reason in
 * its name; with `CI=true` that is a failure, because a pipeline that skips them tests nothing.
 */
export function describeWithKafka(name: string, body: (kafka: KafkaForSpec) => void): void {
  const reason = whyThereIsNoKafka();
  if (reason !== null) {
    if (process.env['CI'] === 'true') throw new Error(`"${name}" needs Kafka: ${reason}.`);
    console.warn(`\n!!! "${name}" IS SKIPPED: ${reason}. Nothing of it is tested on this machine.\n`);
    describe.skip(`${name} [skipped: ${reason}]`, () => body(NOT_STARTED));
    return;
  }
  describe(name, () => {
    let broker: KafkaBroker | undefined;
    let tools: KafkaTools | undefined;
    beforeAll(async () => {
      broker = await startKafkaBroker();
      tools = await openKafkaTools(broker.brokers);
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await tools?.close();
      await broker?.stop();
    });
    body({
      get broker() {
        return started(broker);
      },
      get tools() {
        return started(tools);
      },
    });
  });
}

/** Null when a broker can be had on this machine. */
export function whyThereIsNoKafka(): string | null {
  if (process.env['KAFKA_BROKERS']) return null;
  if (!runs('java')) return 'there is no JDK on this machine, and KAFKA_BROKERS names no running broker';
  if (kafkaJarsAreCached() || runs('mvn')) return null;
  return 'there is no Maven on this machine to fetch Kafka with, and KAFKA_BROKERS names no running broker';
}

function runs(command: string): boolean {
  return spawnSync(command, ['-version'], { stdio: 'ignore' }).status === 0;
}

function started<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('The broker of a spec is there inside its tests and hooks only.');
  return thing;
}

const NOT_STARTED: KafkaForSpec = {
  get broker() {
    return started<KafkaBroker>(undefined);
  },
  get tools() {
    return started<KafkaTools>(undefined);
  },
};
