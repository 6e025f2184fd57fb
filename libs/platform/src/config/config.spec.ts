import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, configurationTable, loadConfig } from './config.js';

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('is complete without a single variable', () => {
    expect(loadConfig({})).toEqual({
      database: { url: null, dataFolder: resolve('.retention') },
      events: { keptIn: 'postgres', eventStoreDb: null },
      http: { host: '127.0.0.1', port: 3000, publicDocs: true },
      business: { timeZone: 'Asia/Shanghai', closesDays: false },
      logging: { level: 'info' },
      kafka: null,
      ingest: { batchFacts: 2000, aggregateCacheCustomers: 50_000 },
      projections: { batchEvents: 4000, lagReadyEventsMax: 100_000, leaseTtlMs: 10_000 },
      demoFeed: true,
    });
  });

  it('takes an empty variable for an absent one, as compose files pass it', () => {
    expect(loadConfig({ KAFKA_BROKERS: '', HTTP_PORT: ' ', DATABASE_URL: '' })).toEqual(loadConfig({}));
  });

  it('reads every variable', () => {
    const config = loadConfig({
      DATABASE_URL: 'postgres://app:p%40ss@db:5432/retention',
      RETENTION_DATA: '/var/lib/retention',
      EVENT_STORE: 'eventstoredb',
      EVENTSTORE_URL: 'esdb://app:p%40ss@one:2113,two:2113?nodePreference=leader',
      EVENTSTORE_PREFIX: 'lender-7.',
      HTTP_PORT: '0',
      HTTP_HOST: '::1',
      PUBLIC_DOCS: 'off',
      BUSINESS_TIME_ZONE: 'Europe/Prague',
      LOG_LEVEL: 'silent',
      KAFKA_BROKERS: 'one:9092, [::1]:9093',
      KAFKA_TOPICS: 'loans.a,loans.b',
      PUBLISH_DECISIONS: 'on',
      KAFKA_DECISIONS_TOPIC: 'decisions',
      PUBLISH_DECISIONS_FROM: 'now',
      KAFKA_GROUP: 'group',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      KAFKA_CLIENT_ID: 'client',
      KAFKA_SSL: 'true',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256',
      KAFKA_SASL_USERNAME: 'user',
      KAFKA_SASL_PASSWORD: 'password',
      INGEST_BATCH_FACTS: '10000',
      AGGREGATE_CACHE_CUSTOMERS: '10',
      PROJECTION_BATCH_EVENTS: '100',
      PROJECTION_LAG_READY_EVENTS: '500',
      LEASE_TTL_MS: '1000',
      DEMO_FEED: 'off',
    });
    expect(config).toEqual({
      database: { url: 'postgres://app:p%40ss@db:5432/retention', dataFolder: resolve('/var/lib/retention') },
      events: {
        keptIn: 'eventstoredb',
        eventStoreDb: { url: 'esdb://app:p%40ss@one:2113,two:2113?nodePreference=leader', prefix: 'lender-7.' },
      },
      http: { host: '::1', port: 0, publicDocs: false },
      business: { timeZone: 'Europe/Prague', closesDays: false },
      logging: { level: 'silent' },
      kafka: {
        brokers: ['one:9092', '[::1]:9093'],
        topics: ['loans.a', 'loans.b'],
        deadLetterTopic: 'loans.a.dead',
        decisions: { topic: 'decisions', from: 'now' },
        group: 'group',
        sessionTimeoutMs: 6000,
        clientId: 'client',
        ssl: true,
        sasl: { mechanism: 'scram-sha-256', username: 'user', password: 'password' },
      },
      ingest: { batchFacts: 10_000, aggregateCacheCustomers: 10 },
      projections: { batchEvents: 100, lagReadyEventsMax: 500, leaseTtlMs: 1000 },
      demoFeed: false,
    });
  });

  it('reports all faults at once, one line each, saying what is wrong and what is expected', () => {
    const env = {
      HTTP_PORT: '65536',
      BUSINESS_TIME_ZONE: 'Asia/Atlantis',
      LOG_LEVEL: 'loud',
      KAFKA_BROKERS: 'localhost',
      KAFKA_SSL: 'yes',
      INGEST_BATCH_FACTS: '1e3',
      DEMO_FEED: 'true',
    };
    expect(faultsOf(env)).toEqual([
      'HTTP_PORT: "65536" is not valid; expected a whole number from 0 to 65535',
      'BUSINESS_TIME_ZONE: "Asia/Atlantis" is not valid; expected an IANA time zone such as Asia/Shanghai',
      'LOG_LEVEL: "loud" is not valid; expected one of fatal, error, warn, info, debug, trace, silent',
      'KAFKA_BROKERS: "localhost" is not valid; expected host:port, several separated by commas',
      'KAFKA_SSL: "yes" is not valid; expected true or false',
      'INGEST_BATCH_FACTS: "1e3" is not valid; expected a whole number from 1 to 10000',
      'DEMO_FEED: "true" is not valid; expected on or off',
    ]);
    expect(() => loadConfig(env)).toThrow(
      /^The configuration is not valid:\n {2}HTTP_PORT: .*\n {2}BUSINESS_TIME_ZONE: /,
    );
  });

  it('never prints a secret', () => {
    const faults = faultsOf({ DATABASE_URL: 'mysql://app:s3cret@db/x', KAFKA_SASL_PASSWORD: 's3cret' });
    expect(faults).toEqual([
      'DATABASE_URL: its value (not shown) is not valid; expected postgresql://user:password@host:port/database',
      'KAFKA_SASL_MECHANISM: is missing; expected together with KAFKA_SASL_PASSWORD',
      'KAFKA_SASL_USERNAME: is missing; expected together with KAFKA_SASL_PASSWORD',
    ]);
  });

  it('publishes decisions only when told, and from the beginning', () => {
    expect(loadConfig({ KAFKA_BROKERS: 'a:1' }).kafka?.decisions).toBeNull();
    expect(loadConfig({ KAFKA_BROKERS: 'a:1', PUBLISH_DECISIONS: 'on' }).kafka?.decisions).toEqual({
      topic: 'retention.decisions.v1',
      from: 'beginning',
    });
  });

  it('does not publish decisions without brokers, and names both variables', () => {
    expect(faultsOf({ PUBLISH_DECISIONS: 'on' })).toEqual([
      'KAFKA_BROKERS: is missing; expected together with PUBLISH_DECISIONS=on',
    ]);
  });

  it('does not keep events in an EventStoreDB nobody names', () => {
    expect(faultsOf({ EVENT_STORE: 'eventstoredb' })).toEqual([
      'EVENTSTORE_URL: is missing; expected together with EVENT_STORE=eventstoredb',
    ]);
  });

  it.each([
    'esdb://127.0.0.1:2113?tls=false',
    'esdb://127.0.0.1:2113/?keepAliveInterval=10000&tls=false',
    'esdb+discover://app:secret@cluster.example:2113?tlsCAFile=/etc/ca.pem',
    'esdb://app:secret@one:2113,two:2113,three:2113',
  ])('takes %s for an EventStoreDB', (url) => {
    expect(loadConfig({ EVENTSTORE_URL: url }).events.eventStoreDb).toEqual({ url, prefix: 'retention.' });
  });

  it.each([
    [
      'a dead-letter topic that is consumed',
      { KAFKA_TOPICS: 'a,b', KAFKA_DEAD_LETTER_TOPIC: 'b' },
      'KAFKA_DEAD_LETTER_TOPIC',
    ],
    ['a default dead-letter topic that is consumed', { KAFKA_TOPICS: 'a,a.dead' }, 'KAFKA_DEAD_LETTER_TOPIC'],
    [
      'a decisions topic that is consumed',
      { PUBLISH_DECISIONS: 'on', KAFKA_BROKERS: 'a:1', KAFKA_TOPICS: 'a,retention.decisions.v1' },
      'KAFKA_DECISIONS_TOPIC',
    ],
    [
      'a decisions topic that is the dead-letter topic',
      { PUBLISH_DECISIONS: 'on', KAFKA_BROKERS: 'a:1', KAFKA_TOPICS: 'a', KAFKA_DECISIONS_TOPIC: 'a.dead' },
      'KAFKA_DECISIONS_TOPIC',
    ],
    ['a beginning that is neither', { PUBLISH_DECISIONS_FROM: 'earliest' }, 'PUBLISH_DECISIONS_FROM'],
    ['a topic named twice', { KAFKA_TOPICS: 'a,a' }, 'KAFKA_TOPICS'],
    ['a topic name Kafka refuses', { KAFKA_TOPICS: 'a b' }, 'KAFKA_TOPICS'],
    ['a store that is neither', { EVENT_STORE: 'kurrent' }, 'EVENT_STORE'],
    ['another protocol for EventStoreDB', { EVENTSTORE_URL: 'http://a:2113?tls=false' }, 'EVENTSTORE_URL'],
    ['an EventStoreDB with TLS and no login', { EVENTSTORE_URL: 'esdb://a:2113' }, 'EVENTSTORE_URL'],
    ['an EventStoreDB without a host', { EVENTSTORE_URL: 'esdb://?tls=false' }, 'EVENTSTORE_URL'],
    ['a prefix of streams that could begin another', { EVENTSTORE_PREFIX: 'retention' }, 'EVENTSTORE_PREFIX'],
    ['a prefix of streams that another could begin', { EVENTSTORE_PREFIX: 'bank.retention.' }, 'EVENTSTORE_PREFIX'],
    ['a prefix of nothing', { EVENTSTORE_PREFIX: '.' }, 'EVENTSTORE_PREFIX'],
    ['a list of brokers with nothing in it', { KAFKA_BROKERS: ',' }, 'KAFKA_BROKERS'],
    ['a broker port beyond 65535', { KAFKA_BROKERS: 'a:65536' }, 'KAFKA_BROKERS'],
    ['a negative port', { HTTP_PORT: '-1' }, 'HTTP_PORT'],
    ['a batch of nothing', { INGEST_BATCH_FACTS: '0' }, 'INGEST_BATCH_FACTS'],
    ['the name of a property every object has', { PUBLIC_DOCS: 'constructor' }, 'PUBLIC_DOCS'],
  ])('refuses %s', (_, env, name) => {
    expect(faultsOf(env).map((fault) => fault.split(':')[0])).toEqual([name]);
  });

  it('cannot be changed after the start', () => {
    const { kafka, http } = loadConfig({ KAFKA_BROKERS: 'a:1' });
    expect(Object.isFrozen(http) && Object.isFrozen(kafka) && Object.isFrozen(kafka?.topics)).toBe(true);
  });

  it('documents every variable for the README', () => {
    const table = configurationTable();
    expect(table.find((row) => row.name === 'HTTP_PORT')).toEqual({
      name: 'HTTP_PORT',
      default: '3000',
      meaning: 'port of the HTTP API, its pages, health and metrics; 0 takes any free one',
    });
    expect(table).toHaveLength(30);
    expect(table.filter((row) => row.meaning === '')).toEqual([]);
  });
});
