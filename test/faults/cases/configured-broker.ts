import { afterAll, beforeAll, describe } from '@jest/globals';
import { openKafkaTools, startKafkaBroker, whyThereIsNoKafka } from '@retention/testing';
import type { KafkaBroker, KafkaTools } from '@retention/testing';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/processes.js';

interface ConfiguredBroker {
  readonly broker: KafkaBroker;
  /** Where clients have to log in, as user `retention`, beside the plain listener of `broker`. */
  readonly guardedAddress: string;
  /** Starts the broker anew with another password, which is how one that is kept in its settings is changed. */
  changePassword(password: string): Promise<void>;
  stop(): Promise<void>;
}

/** The broker of one spec file and what is done to it from outside, there from `beforeAll` to `afterAll`. */
export interface BrokerForCases {
  readonly configured: ConfiguredBroker;
  readonly tools: KafkaTools;
}

/** As `describeWithKafka`, with settings no running broker has: one that KAFKA_BROKERS names cannot stand in. */
export function describeWithConfiguredBroker(
  name: string,
  password: string,
  body: (kafka: BrokerForCases) => void,
): void {
  const reason = process.env['KAFKA_BROKERS'] ? 'KAFKA_BROKERS names a running broker' : whyThereIsNoKafka();
  if (reason !== null) {
    if (process.env['CI'] === 'true') throw new Error(`"${name}" needs a broker of its own: ${reason}.`);
    console.warn(`\n!!! "${name}" IS SKIPPED: ${reason}. Nothing of it is tested on this machine.\n`);
  }
  const given: { configured?: ConfiguredBroker; tools?: KafkaTools } = {};
  const block = (): void => {
    beforeAll(async () => {
      given.configured = await startConfiguredBroker(password);
      given.tools = await openKafkaTools(given.configured.broker.brokers);
    });
    afterAll(async () => {
      await given.tools?.close();
      await given.configured?.stop();
    });
    body({
      get configured() {
        return given.configured!;
      },
      get tools() {
        return given.tools!;
      },
    });
  };
  if (reason === null) describe(name, block);
  else describe.skip(`${name} [skipped: ${reason}]`, block);
}

/**
 * A broker with a second listener that asks for a password every other second, and with a log cleaner and sessions that are quick: none of it
 * can be had from one that is shared. It is started twice, because its settings can be changed only once they are written.
 */
async function startConfiguredBroker(password: string): Promise<ConfiguredBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'retention-kafka-'));
  const broker = await startKafkaBroker({ dataFolder: folder });
  const file = join(folder, 'server.properties');
  const settings = readFileSync(file, 'utf8');
  const valueOf = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(settings)?.[1] ?? '';
  const guardedAddress = `127.0.0.1:${await freePort()}`;
  const changePassword = (now: string): Promise<void> => {
    // Of a setting that stands twice in the file the later one holds.
    writeFileSync(
      file,
      `${settings}
listeners=${valueOf('listeners')},GUARDED://${guardedAddress}
advertised.listeners=${valueOf('advertised.listeners')},GUARDED://${guardedAddress}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,GUARDED:SASL_PLAINTEXT
listener.name.guarded.sasl.enabled.mechanisms=PLAIN
listener.name.guarded.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_retention="${now}";
listener.name.guarded.plain.connections.max.reauth.ms=2000
group.min.session.timeout.ms=500
log.cleaner.backoff.ms=100
log.cleaner.dedupe.buffer.size=4194304
`,
    );
    return broker.restart();
  };
  await changePassword(password);
  return {
    broker,
    guardedAddress,
    changePassword,
    stop: async () => {
      await broker.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
