import { resolve } from 'node:path';
import { validateSync } from 'class-validator';
import {
  Environment,
  type EVENT_STORES,
  type LOG_LEVELS,
  type PUBLISH_FROM,
  type SASL_MECHANISMS,
} from './environment.js';
import { type DeclaredVariable, variablesOf } from './variable.js';

export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  readonly deadLetterTopic: string;
  /** Null: decisions are not published. */
  readonly decisions: DecisionsConfig | null;
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly clientId: string;
  readonly ssl: boolean;
  readonly sasl: {
    readonly mechanism: (typeof SASL_MECHANISMS)[number];
    readonly username: string;
    readonly password: string;
  } | null;
}

export interface DecisionsConfig {
  readonly topic: string;
  /** Where publishing to the topic begins when nothing was ever published to it. */
  readonly from: (typeof PUBLISH_FROM)[number];
}

export interface EventStoreDbConfig {
  readonly url: string;
  /** What the names of all its streams begin with. */
  readonly prefix: string;
}

export interface Config {
  readonly database: {
    /** Null: start the embedded PostgreSQL on `dataFolder`. */
    readonly url: string | null;
    /** Absolute. */
    readonly dataFolder: string;
  };
  readonly events: {
    readonly keptIn: (typeof EVENT_STORES)[number];
    /** Null: no EventStoreDB is named; never null where events are kept in it. */
    readonly eventStoreDb: EventStoreDbConfig | null;
  };
  readonly http: { readonly host: string; readonly port: number; readonly publicDocs: boolean };
  readonly business: {
    readonly timeZone: string;
    /** Whether the product closes business days itself. */
    readonly closesDays: boolean;
  };
  readonly logging: { readonly level: (typeof LOG_LEVELS)[number] };
  /** Null: Kafka is off. */
  readonly kafka: KafkaConfig | null;
  readonly ingest: { readonly batchFacts: number; readonly aggregateCacheCustomers: number };
  readonly projections: {
    readonly batchEvents: number;
    readonly lagReadyEventsMax: number;
    readonly leaseTtlMs: number;
  };
  readonly demoFeed: boolean;
}

/** Everything that is wrong with the environment, one line per variable. Holds no secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly faults: readonly string[]) {
    super(['The configuration is not valid:', ...faults].join('\n  '));
  }
}

/**
 * Reads the configuration, once, at the start of a process; nothing else looks at process.env. The result is frozen all the
 * way down. Throws ConfigurationError with every fault at once.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const environment = new Environment();
  for (const { name, parse, default: standard } of variablesOf(Environment)) {
    const text = env[name]?.trim() ?? '';
    Object.assign(environment, { [name]: text === '' ? standard : parse === undefined ? text : parse(text) });
  }
  const refused = new Set(validateSync(environment).map((error) => error.property));
  const faults = variablesOf(Environment)
    .filter(({ name }) => refused.has(name))
    .map((variable) => faultOf(variable, env[variable.name] ?? ''));
  faults.push(...faultsBetween(environment, refused));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return freeze(toConfig(environment));
}

/** The README's table: one row per variable, in the order they are documented. */
export function configurationTable(): { name: string; default: string; meaning: string }[] {
  return variablesOf(Environment).map(({ name, default: standard, defaultText, meaning }) => ({
    name,
    default: defaultText ?? String(standard),
    meaning,
  }));
}

function faultOf({ name, secret, expected }: DeclaredVariable, text: string): string {
  return `${name}: ${secret === true ? 'its value (not shown)' : JSON.stringify(text)} is not valid; expected ${expected}`;
}

/** What no single variable can tell. Skips what already has a fault of its own. */
function faultsBetween(environment: Environment, refused: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const login = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
  const given = login.filter((name) => environment[name] !== null);
  if (given.length > 0) {
    for (const name of login.filter((name) => environment[name] === null)) {
      faults.push(`${name}: is missing; expected together with ${given.join(' and ')}`);
    }
  }
  if (environment.EVENT_STORE === 'eventstoredb' && environment.EVENTSTORE_URL === null) {
    faults.push('EVENTSTORE_URL: is missing; expected together with EVENT_STORE=eventstoredb');
  }
  const topics = refused.has('KAFKA_TOPICS') ? [] : environment.KAFKA_TOPICS;
  const deadLetterTopic = environment.KAFKA_DEAD_LETTER_TOPIC ?? deadLetterTopicOf(topics);
  // A dead letter that is consumed again would be refused again, for ever.
  if (!refused.has('KAFKA_DEAD_LETTER_TOPIC') && topics.includes(deadLetterTopic)) {
    faults.push(
      `KAFKA_DEAD_LETTER_TOPIC: "${deadLetterTopic}" is consumed; expected a topic that is not among KAFKA_TOPICS`,
    );
  }
  if (environment.PUBLISH_DECISIONS) faults.push(...faultsOfPublishing(environment, refused, topics, deadLetterTopic));
  return faults;
}

function faultsOfPublishing(
  environment: Environment,
  refused: ReadonlySet<string>,
  topics: readonly string[],
  deadLetterTopic: string,
): string[] {
  const faults: string[] = [];
  if (environment.KAFKA_BROKERS === null) {
    faults.push('KAFKA_BROKERS: is missing; expected together with PUBLISH_DECISIONS=on');
  }
  const { KAFKA_DECISIONS_TOPIC: topic } = environment;
  // Decisions that are consumed would come back as dead letters, one for each.
  if (!refused.has('KAFKA_DECISIONS_TOPIC') && [...topics, deadLetterTopic].includes(topic)) {
    const taken = topics.includes(topic) ? 'is consumed' : 'is the dead-letter topic';
    faults.push(`KAFKA_DECISIONS_TOPIC: "${topic}" ${taken}; expected a topic of its own`);
  }
  return faults;
}

const deadLetterTopicOf = (topics: readonly string[]): string => `${topics[0] ?? ''}.dead`;

function toConfig(environment: Environment): Config {
  return {
    database: { url: environment.DATABASE_URL, dataFolder: resolve(environment.RETENTION_DATA) },
    events: {
      keptIn: environment.EVENT_STORE,
      eventStoreDb:
        environment.EVENTSTORE_URL === null
          ? null
          : { url: environment.EVENTSTORE_URL, prefix: environment.EVENTSTORE_PREFIX },
    },
    http: { host: environment.HTTP_HOST, port: environment.HTTP_PORT, publicDocs: environment.PUBLIC_DOCS },
    business: { timeZone: environment.BUSINESS_TIME_ZONE, closesDays: environment.CLOSE_DAYS === 'auto' },
    logging: { level: environment.LOG_LEVEL },
    kafka: environment.KAFKA_BROKERS === null ? null : toKafkaConfig(environment, environment.KAFKA_BROKERS),
    ingest: {
      batchFacts: environment.INGEST_BATCH_FACTS,
      aggregateCacheCustomers: environment.AGGREGATE_CACHE_CUSTOMERS,
    },
    projections: {
      batchEvents: environment.PROJECTION_BATCH_EVENTS,
      lagReadyEventsMax: environment.PROJECTION_LAG_READY_EVENTS,
      leaseTtlMs: environment.LEASE_TTL_MS,
    },
    demoFeed: environment.DEMO_FEED,
  };
}

function toKafkaConfig(environment: Environment, brokers: readonly string[]): KafkaConfig {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = environment;
  return {
    brokers,
    topics: [...environment.KAFKA_TOPICS],
    deadLetterTopic: environment.KAFKA_DEAD_LETTER_TOPIC ?? deadLetterTopicOf(environment.KAFKA_TOPICS),
    decisions: environment.PUBLISH_DECISIONS
      ? { topic: environment.KAFKA_DECISIONS_TOPIC, from: environment.PUBLISH_DECISIONS_FROM }
      : null,
    group: environment.KAFKA_GROUP,
    sessionTimeoutMs: environment.KAFKA_SESSION_TIMEOUT_MS,
    clientId: environment.KAFKA_CLIENT_ID,
    ssl: environment.KAFKA_SSL,
    sasl: mechanism === null || username === null || password === null ? null : { mechanism, username, password },
  };
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freeze(inner as object);
  return Object.freeze(value);
}
