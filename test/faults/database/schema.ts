import type { SqlType } from './column-types.js';
import type { TableDefinition } from './table.js';

/*
 * The tables as the migrations of the product leave them. A spec compares them with a migrated database.
 */

const SHARDS = 16;

type Columns = Readonly<Record<string, SqlType>>;

/** Columns of one type, named in one text. */
function columns(type: SqlType, names: string): Columns {
  return Object.fromEntries(names.split(' ').map((name) => [name, type]));
}

const STORE: readonly TableDefinition[] = [
  {
    name: 'store.feed_shard',
    columns: { shard: 'int2', head: 'int8', kept_in: 'text' },
    unique: [{ constraint: 'feed_shard_pkey', columns: ['shard'] }],
    defaults: { kept_in: { value: 'postgres' } },
    rows: Array.from({ length: SHARDS }, (_, shard) => ({ shard, head: 0, kept_in: 'postgres' })),
  },
  {
    name: 'store.event',
    columns: {
      shard: 'int2',
      position: 'int8',
      stream_id: 'text',
      version: 'int4',
      type: 'text',
      payload: 'json',
      origin: 'json',
      recorded_at: 'timestamptz',
    },
    nullable: ['origin'],
    unique: [
      { constraint: 'event_pkey', columns: ['shard', 'position'] },
      { constraint: 'event_stream_version', columns: ['stream_id', 'version'] },
    ],
    ordered: [
      { group: 'shard', by: 'position' },
      { group: 'stream_id', by: 'version' },
    ],
    defaults: { recorded_at: 'now' },
    appendOnly: { code: 'RT001', message: 'events are never changed: % on store.event refused' },
  },
  {
    name: 'store.snapshot',
    columns: { stream_id: 'text', version: 'int4', form: 'int4', state: 'text' },
    unique: [{ constraint: 'snapshot_pkey', columns: ['stream_id'] }],
  },
  {
    name: 'store.consumer_offset',
    columns: { consumer: 'text', source: 'text', next: 'int8' },
    unique: [{ constraint: 'consumer_offset_pkey', columns: ['consumer', 'source'] }],
  },
];

const INGESTION: readonly TableDefinition[] = [
  {
    name: 'ingestion.fact_identity',
    columns: { key: 'uuid', content: 'uuid' },
    unique: [{ constraint: 'fact_identity_pkey', columns: ['key'] }],
  },
  {
    name: 'ingestion.loan_owner',
    columns: { loan_id: 'text', customer_id: 'text' },
    unique: [{ constraint: 'loan_owner_pkey', columns: ['loan_id'] }],
  },
  {
    name: 'ingestion.pending_fact',
    columns: {
      key: 'uuid',
      loan_id: 'text',
      fact_id: 'text',
      type: 'text',
      fact: 'json',
      origin: 'json',
      recorded_at: 'timestamptz',
    },
    unique: [{ constraint: 'pending_fact_pkey', columns: ['key'] }],
    defaults: { recorded_at: 'now' },
  },
  {
    name: 'ingestion.dead_letter',
    columns: {
      id: 'int8',
      digest: 'uuid',
      ...columns('text', 'code field reason fact_id door'),
      origin: 'json',
      headers: 'json',
      body: 'bytea',
      seen: 'int4',
      recorded_at: 'timestamptz',
      published_at: 'timestamptz',
      customer_id: 'text',
      fact: 'json',
      resolution: 'text',
      resolved_at: 'timestamptz',
      ...columns('text', 'resolved_by resolved_because'),
    },
    nullable: [
      ...['field', 'fact_id', 'body', 'published_at', 'customer_id', 'fact'],
      ...['resolution', 'resolved_at', 'resolved_by', 'resolved_because'],
    ],
    unique: [
      { constraint: 'dead_letter_pkey', columns: ['id'] },
      { constraint: 'dead_letter_digest', columns: ['digest'] },
    ],
    defaults: { id: 'identity', seen: { value: 1 }, recorded_at: 'now' },
  },
  {
    name: 'ingestion.personal_data',
    columns: {
      key: 'uuid',
      customer_id: 'text',
      occurred_at: 'timestamptz',
      ...columns('text', 'name phone address birth_date'),
    },
    nullable: ['name', 'phone', 'address', 'birth_date'],
    unique: [{ constraint: 'personal_data_pkey', columns: ['key'] }],
  },
  {
    name: 'ingestion.governing',
    columns: { one: 'bool', closed_day: 'date', policy_revision: 'int4', parked_revision: 'int4' },
    nullable: ['closed_day'],
    unique: [{ constraint: 'governing_pkey', columns: ['one'] }],
    defaults: { one: { value: true }, policy_revision: { value: 0 }, parked_revision: { value: 0 } },
    rows: [{ one: true, closed_day: null, policy_revision: 0, parked_revision: 0 }],
  },
  {
    name: 'ingestion.customer_deadline',
    columns: { customer_id: 'text', due_on: 'date' },
    nullable: ['due_on'],
    unique: [{ constraint: 'customer_deadline_pkey', columns: ['customer_id'] }],
  },
  {
    name: 'ingestion.report_time',
    columns: { key: 'text', made_at: 'timestamptz' },
    unique: [{ constraint: 'report_time_pkey', columns: ['key'] }],
  },
  {
    name: 'ingestion.parked_customer',
    columns: {
      customer_id: 'text',
      since: 'timestamptz',
      error: 'text',
      failures: 'int4',
      fact_id: 'text',
      origin: 'json',
    },
    nullable: ['fact_id', 'origin'],
    unique: [{ constraint: 'parked_customer_pkey', columns: ['customer_id'] }],
    defaults: { since: 'now', failures: { value: 1 } },
  },
];

const PROJECTION: readonly TableDefinition[] = [
  {
    name: 'projection.checkpoint',
    columns: { projection: 'text', version: 'int4', shard: 'int2', position: 'int8', revision: 'int4' },
    unique: [{ constraint: 'checkpoint_pkey', columns: ['projection', 'version', 'shard'] }],
    defaults: { revision: { value: 0 } },
  },
  {
    name: 'projection.worker',
    columns: { worker: 'text', alive_until: 'timestamptz' },
    unique: [{ constraint: 'worker_pkey', columns: ['worker'] }],
  },
  {
    name: 'projection.shard_lease',
    columns: { shard: 'int2', worker: 'text', held_until: 'timestamptz' },
    nullable: ['worker'],
    unique: [{ constraint: 'shard_lease_pkey', columns: ['shard'] }],
    defaults: { held_until: 'now' },
    rows: Array.from({ length: SHARDS }, (_, shard) => ({ shard, worker: null, held_until: 0 })),
  },
  {
    name: 'projection.parked_stream',
    columns: {
      projection: 'text',
      projection_version: 'int4',
      stream_id: 'text',
      shard: 'int2',
      position: 'int8',
      error: 'text',
      recorded_at: 'timestamptz',
    },
    unique: [{ constraint: 'parked_stream_pkey', columns: ['projection', 'projection_version', 'stream_id'] }],
    defaults: { recorded_at: 'now' },
  },
  {
    name: 'projection.stream_retry',
    columns: {
      id: 'int8',
      projection: 'text',
      projection_version: 'int4',
      stream_id: 'text',
      retried_at: 'timestamptz',
      retried_by: 'text',
      because: 'text',
      parked_since: 'timestamptz',
      parked_error: 'text',
      events: 'int4',
      error: 'text',
    },
    nullable: ['error'],
    unique: [{ constraint: 'stream_retry_pkey', columns: ['id'] }],
    defaults: { id: 'identity', retried_at: 'now' },
  },
];

const READ: readonly TableDefinition[] = [
  {
    name: 'read.customer',
    columns: {
      customer_id: 'text',
      registered_on: 'date',
      ...columns('text', 'kind branch_id officer_id region industry channel referrer_id'),
      points: 'int4',
      tier: 'text',
      benefits: 'text[]',
      loans: 'jsonb',
      ...columns('int4', 'loans_disbursed loans_active parked_facts set_aside_facts'),
      state: 'text',
      churned_on: 'date',
      ...columns('text', 'churn_kind churn_reason'),
      churn_reason_unknown: 'bool',
      won_back_on: 'date',
      churns: 'jsonb',
      ...columns('text', 'phase warning_level'),
      warning_score: 'int4',
      warning_signals: 'jsonb',
      gifts_owed: 'int4',
    },
    nullable: [
      ...['registered_on', 'kind', 'branch_id', 'officer_id', 'region', 'industry', 'channel', 'referrer_id'],
      ...['churned_on', 'churn_kind', 'churn_reason', 'won_back_on'],
    ],
    unique: [{ constraint: 'customer_pkey', columns: ['customer_id'] }],
  },
  {
    name: 'read.tier_distribution',
    columns: { branch_id: 'text', tier: 'text', shard: 'int2', customers: 'int8', points: 'int8' },
    unique: [{ constraint: 'tier_distribution_pkey', columns: ['branch_id', 'tier', 'shard'] }],
  },
  {
    name: 'read.ledger_entry',
    columns: {
      customer_id: 'text',
      version: 'int4',
      ...columns('text', 'rule about'),
      points: 'int4',
      balance: 'int4',
      counts_on: 'date',
      ...columns('text', 'taken_back_because policy_version'),
      causes: 'jsonb',
      uncapped: 'int4',
      ...columns('text', 'given_by given_because'),
      lots: 'jsonb',
    },
    nullable: ['taken_back_because', 'uncapped', 'given_by', 'given_because', 'lots'],
    unique: [{ constraint: 'ledger_entry_pkey', columns: ['customer_id', 'version'] }],
  },
];

export const SCHEMA: readonly TableDefinition[] = [...STORE, ...INGESTION, ...PROJECTION, ...READ];
