import {
  ArrayNotEmpty,
  ArrayUnique,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsTimeZone,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { choice, list, Variable, wholeNumber } from './variable.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const EVENT_STORES = ['postgres', 'eventstoredb'] as const;
export const CLOSE_DAYS = ['auto', 'off'] as const;
export const PUBLISH_FROM = ['beginning', 'now'] as const;
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** Kafka's own rule for the names of topics; groups and clients keep to it too, so that they can be put in a metric. */
const KAFKA_NAME = /^[A-Za-z0-9._-]{1,249}$/;
const HOST_AND_PORT =
  /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/;

function wholeNumberOf(meaning: string, standard: number, from: number, to: number): PropertyDecorator {
  const declare = Variable({
    meaning,
    default: standard,
    expected: `a whole number from ${from} to ${to}`,
    parse: wholeNumber,
  });
  return (prototype, property) => {
    for (const decorate of [declare, IsInt(), Min(from), Max(to)]) decorate(prototype, property);
  };
}

function IsDatabaseUrl(): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    typeof value === 'string' && /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
  return ValidateBy({ name: 'isDatabaseUrl', validator: { validate } });
}

/** A login is asked for wherever it is not ignored: without one nobody may read the feed of all streams. */
function IsEventStoreUrl(): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    typeof value === 'string' &&
    /^esdb(\+discover)?:\/\/[^\s/@?]+(?:@[^\s/@?]+)?\/?(\?\S*)?$/.test(value) &&
    (/^[^?]*:[^?@]*:[^?@]*@/.test(value) || /[?&]tls=false(&|$)/i.test(value));
  return ValidateBy({ name: 'isEventStoreUrl', validator: { validate } });
}

/**
 * Every variable the processes read, as its property of the same name, in the order of the README's table. Absent and empty
 * mean the same, because compose files pass on what is not set as an empty text.
 */
export class Environment {
  @Variable({
    meaning: 'PostgreSQL to use, with user and password. Without it an embedded PostgreSQL runs on RETENTION_DATA',
    default: null,
    defaultText: 'embedded PostgreSQL',
    expected: 'postgresql://user:password@host:port/database',
    secret: true,
  })
  @IsOptional()
  @IsDatabaseUrl()
  DATABASE_URL!: string | null;

  @Variable({
    meaning: 'folder of the embedded PostgreSQL; created when absent',
    default: '.retention',
    expected: 'the path of a folder',
  })
  @IsString()
  RETENTION_DATA!: string;

  @Variable({
    meaning: 'where events are kept: in PostgreSQL, or in EventStoreDB at EVENTSTORE_URL. All else stays in PostgreSQL',
    default: 'postgres',
    expected: `one of ${EVENT_STORES.join(', ')}`,
  })
  @IsIn(EVENT_STORES)
  EVENT_STORE!: (typeof EVENT_STORES)[number];

  @Variable({
    meaning: 'EventStoreDB 23.10 or newer, with a user who may read $all; several hosts or esdb+discover for a cluster',
    default: null,
    defaultText: 'none',
    expected: 'esdb://user:password@host:port?options, and a user wherever tls is not false',
    secret: true,
  })
  @IsOptional()
  @IsEventStoreUrl()
  EVENTSTORE_URL!: string | null;

  @Variable({
    meaning: 'what the names of all streams in EventStoreDB begin with; another one is another store',
    default: 'retention.',
    expected: '1 to 99 letters, digits, hyphens and underscores, and a point',
  })
  // One point, at the end: so no prefix can begin another, and no feed can hold the events of two stores.
  @Matches(/^[A-Za-z0-9_-]{1,99}\.$/)
  EVENTSTORE_PREFIX!: string;

  @wholeNumberOf('port of the HTTP API, its pages, health and metrics; 0 takes any free one', 3000, 0, 65_535)
  HTTP_PORT!: number;

  @Variable({
    meaning: 'address to listen on; 0.0.0.0 makes the API reachable from other machines',
    default: '127.0.0.1',
    expected: 'an IP address or a host name',
  })
  @Matches(/^[A-Za-z0-9._:-]+$/)
  HTTP_HOST!: string;

  @Variable({
    meaning: 'on: the OpenAPI page is served to everybody who reaches the API',
    default: true,
    defaultText: 'on',
    expected: 'on or off',
    parse: choice({ on: true, off: false }),
  })
  @IsBoolean()
  PUBLIC_DOCS!: boolean;

  @Variable({
    meaning: 'the time zone in which business days begin and end',
    default: 'Asia/Shanghai',
    expected: 'an IANA time zone such as Asia/Shanghai',
  })
  @IsTimeZone()
  BUSINESS_TIME_ZONE!: string;

  @Variable({
    meaning:
      'auto: a business day is closed when it has ended in that time zone; off: the loan system reports closed days, or somebody runs `retention close-day`',
    default: 'off',
    expected: 'auto or off',
  })
  @IsIn(CLOSE_DAYS)
  CLOSE_DAYS!: (typeof CLOSE_DAYS)[number];

  @Variable({
    meaning: 'least severe level of the log on stdout',
    default: 'info',
    expected: `one of ${LOG_LEVELS.join(', ')}`,
  })
  @IsIn(LOG_LEVELS)
  LOG_LEVEL!: (typeof LOG_LEVELS)[number];

  @Variable({
    meaning: 'Kafka brokers to consume from and to publish to. Without them Kafka is off',
    default: null,
    defaultText: 'Kafka off',
    expected: 'host:port, several separated by commas',
    parse: list,
  })
  @IsOptional()
  @ArrayNotEmpty()
  @Matches(HOST_AND_PORT, { each: true })
  KAFKA_BROKERS!: readonly string[] | null;

  @Variable({
    meaning: 'topics of the loan system',
    default: ['lending.facts.v1'],
    defaultText: 'lending.facts.v1',
    expected: 'different topic names, separated by commas',
    parse: list,
  })
  @ArrayNotEmpty()
  @ArrayUnique()
  @Matches(KAFKA_NAME, { each: true })
  KAFKA_TOPICS!: readonly string[];

  @Variable({
    meaning: 'topic for messages that cannot be read or are refused',
    default: null,
    defaultText: '<first topic>.dead',
    expected: 'a topic name that is not among KAFKA_TOPICS',
  })
  @IsOptional()
  @Matches(KAFKA_NAME)
  KAFKA_DEAD_LETTER_TOPIC!: string | null;

  @Variable({
    meaning: 'on: processes that follow the feed publish every decision to KAFKA_DECISIONS_TOPIC',
    default: false,
    defaultText: 'off',
    expected: 'on or off',
    parse: choice({ on: true, off: false }),
  })
  @IsBoolean()
  PUBLISH_DECISIONS!: boolean;

  @Variable({
    meaning: 'topic for decisions; another name is published from PUBLISH_DECISIONS_FROM anew',
    default: 'retention.decisions.v1',
    expected: 'a topic name that is neither consumed nor the dead-letter topic',
  })
  @Matches(KAFKA_NAME)
  KAFKA_DECISIONS_TOPIC!: string;

  @Variable({
    meaning: 'where publishing to a topic begins the first time: at the first decision in the store, or after the last',
    default: 'beginning',
    expected: `one of ${PUBLISH_FROM.join(', ')}`,
  })
  @IsIn(PUBLISH_FROM)
  PUBLISH_DECISIONS_FROM!: (typeof PUBLISH_FROM)[number];

  @Variable({
    meaning: 'consumer group; processes of one group share the partitions',
    default: 'retention-ingest',
    expected: 'letters, digits and . _ -',
  })
  @Matches(KAFKA_NAME)
  KAFKA_GROUP!: string;

  // Brokers refuse less than 6 s and more than half an hour unless they are told otherwise (group.min.session.timeout.ms).
  @wholeNumberOf(
    'milliseconds after which the partitions of a process that fell silent pass to others; until then its group waits for it',
    30_000,
    1000,
    1_800_000,
  )
  KAFKA_SESSION_TIMEOUT_MS!: number;

  @Variable({
    meaning: 'name of this client in the logs and quotas of the brokers',
    default: 'retention',
    expected: 'letters, digits and . _ -',
  })
  @Matches(KAFKA_NAME)
  KAFKA_CLIENT_ID!: string;

  @Variable({
    meaning: 'whether connections to the brokers use TLS',
    default: false,
    expected: 'true or false',
    parse: choice({ true: true, false: false }),
  })
  @IsBoolean()
  KAFKA_SSL!: boolean;

  @Variable({
    meaning: 'how to log in to the brokers; needs user name and password',
    default: null,
    defaultText: 'no login',
    expected: `one of ${SASL_MECHANISMS.join(', ')}`,
    parse: (text) => text.toLowerCase(),
  })
  @IsOptional()
  @IsIn(SASL_MECHANISMS)
  KAFKA_SASL_MECHANISM!: (typeof SASL_MECHANISMS)[number] | null;

  @Variable({
    meaning: 'user name at the brokers',
    default: null,
    expected: 'a user name',
    defaultText: '',
    secret: true,
  })
  @IsOptional()
  @IsString()
  KAFKA_SASL_USERNAME!: string | null;

  @Variable({
    meaning: 'password at the brokers',
    default: null,
    expected: 'a password',
    defaultText: '',
    secret: true,
  })
  @IsOptional()
  @IsString()
  KAFKA_SASL_PASSWORD!: string | null;

  @wholeNumberOf('facts decided and written in one transaction; beyond 5000 batches get slower', 2000, 1, 10_000)
  INGEST_BATCH_FACTS!: number;

  @wholeNumberOf('customers whose state ingest keeps in memory', 50_000, 1, 10_000_000)
  AGGREGATE_CACHE_CUSTOMERS!: number;

  @wholeNumberOf('events a projection takes up in one transaction', 4000, 1, 100_000)
  PROJECTION_BATCH_EVENTS!: number;

  @wholeNumberOf('events a projection may be behind before /health/ready reports it down', 100_000, 1, 1_000_000_000)
  PROJECTION_LAG_READY_EVENTS!: number;

  @wholeNumberOf(
    'milliseconds after which the work of a process that fell silent passes to another',
    10_000,
    1000,
    600_000,
  )
  LEASE_TTL_MS!: number;

  @Variable({
    meaning: 'on: a first start without Kafka takes in the bundled demo feed',
    default: true,
    defaultText: 'on',
    expected: 'on or off',
    parse: choice({ on: true, off: false }),
  })
  @IsBoolean()
  DEMO_FEED!: boolean;
}
