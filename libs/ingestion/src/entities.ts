import { Check, Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** Every message ever taken, by its identity: decides between new, duplicate and conflicting duplicate. */
@Entity({ schema: 'ingestion', name: 'fact_identity' })
export class FactIdentityRow {
  /** First 16 bytes of SHA-256 over source and id. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'fact_identity_pkey' })
  key!: string;

  /** First 16 bytes of SHA-256 over the canonical content. */
  @Column({ type: 'uuid' })
  content!: string;
}

/** Whose loan it is: finds the customer for facts that name only the loan. The first claim stands. */
@Entity({ schema: 'ingestion', name: 'loan_owner' })
export class LoanOwnerRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'loan_owner_pkey' })
  loan_id!: string;

  @Column({ type: 'text' })
  customer_id!: string;
}

/** Facts that name only a loan nobody has claimed yet. They go into the customer's stream when somebody does. */
@Entity({ schema: 'ingestion', name: 'pending_fact' })
@Index('pending_fact_loan', ['loan_id'])
export class PendingFactRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'pending_fact_pkey' })
  key!: string;

  @Column({ type: 'text' })
  loan_id!: string;

  @Column({ type: 'text' })
  fact_id!: string;

  @Column({ type: 'text' })
  type!: string;

  @Column({ type: 'json' })
  fact!: unknown;

  @Column({ type: 'json' })
  origin!: unknown;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  recorded_at!: Date;
}

/** What could not be read or was refused, with its bytes. The same bytes refused again for the same reason are counted. */
@Entity({ schema: 'ingestion', name: 'dead_letter' })
@Index('dead_letter_digest', ['digest'], { unique: true })
@Index('dead_letter_unpublished', ['id'], { where: "((published_at IS NULL) AND (door = 'kafka'::text))" })
@Index('dead_letter_open', ['id'], { where: '(resolution IS NULL)' })
@Index('dead_letter_customer', ['customer_id', 'id'], {
  where: '((customer_id IS NOT NULL) AND (resolution IS NULL))',
})
export class DeadLetterRow {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'dead_letter_pkey',
  })
  id!: string;

  @Column({ type: 'uuid' })
  digest!: string;

  @Column({ type: 'text' })
  code!: string;

  @Column({ type: 'text', nullable: true })
  field!: string | null;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text', nullable: true })
  fact_id!: string | null;

  @Column({ type: 'text' })
  door!: string;

  /** Of the first time it came. */
  @Column({ type: 'json' })
  origin!: unknown;

  @Column({ type: 'json' })
  headers!: unknown;

  /** The original bytes; null for a message without a value, or a fact kept in its customer's stream. */
  @Column({ type: 'bytea', nullable: true })
  body!: Buffer | null;

  @Column({ type: 'integer', default: 1 })
  seen!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  recorded_at!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  published_at!: Date | null;

  /** Whose fact it is, where it could be read and its customer could not be decided. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  customer_id!: string | null;

  /** A fact the product reported itself, which came in no message; else null. */
  @Column({ type: 'json', nullable: true })
  fact!: unknown;

  /** How it ended: what became of it when it was sent again, or `discarded`. Null = open. */
  @Column({ type: 'text', nullable: true })
  resolution!: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  resolved_at!: Date | null;

  @Column({ type: 'text', nullable: true })
  resolved_by!: string | null;

  @Column({ type: 'text', nullable: true })
  resolved_because!: string | null;
}

/**
 * A customer who cannot be decided: a damaged stream, or a fault of the product. Their facts are kept as dead letters
 * until somebody has them tried again; everybody else goes on.
 */
@Entity({ schema: 'ingestion', name: 'parked_customer' })
export class ParkedCustomerRow {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'parked_customer_pkey' })
  customer_id!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  since!: Date;

  /** Of the last time it was tried. */
  @Column({ type: 'text' })
  error!: string;

  @Column({ type: 'integer', default: 1 })
  failures!: number;

  /** The fact that was to be taken in when it failed first; null when a day was to be decided, or there were several. */
  @Column({ type: 'text', nullable: true })
  fact_id!: string | null;

  @Column({ type: 'json', nullable: true })
  origin!: unknown;
}

/** Name, phone, address and birthday, apart from the events so that they can be erased. One row a statement. */
@Entity({ schema: 'ingestion', name: 'personal_data' })
@Index('personal_data_customer', ['customer_id'])
export class PersonalDataRow {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'personal_data_pkey' })
  key!: string;

  @Column({ type: 'text' })
  customer_id!: string;

  @Column({ type: 'timestamptz' })
  occurred_at!: Date;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text', nullable: true })
  phone!: string | null;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  @Column({ type: 'text', nullable: true })
  birth_date!: string | null;
}

/** What everything is decided under: one row. */
@Entity({ schema: 'ingestion', name: 'governing' })
@Check('governing_one', 'one')
export class GoverningRow {
  @PrimaryColumn({ type: 'boolean', default: true, primaryKeyConstraintName: 'governing_pkey' })
  one!: true;

  /** The last business day that was closed; null = none yet. */
  @Column({ type: 'date', nullable: true })
  closed_day!: string | null;

  /** Number of policies ever published. */
  @Column({ type: 'integer', default: 0 })
  policy_revision!: number;

  /** Number of times somebody was parked or taken back: of two readings with the same number, the same are parked. */
  @Column({ type: 'integer', default: 0 })
  parked_revision!: number;
}

/** Every customer with a stream, and a day not after the next one on which something is to be decided for them. */
@Entity({ schema: 'ingestion', name: 'customer_deadline' })
@Index('customer_deadline_due', ['due_on', 'customer_id'], { where: '(due_on IS NOT NULL)' })
export class CustomerDeadlineRow {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'customer_deadline_pkey' })
  customer_id!: string;

  /** Null = nothing waits for a day; `-infinity` = policies have changed. */
  @Column({ type: 'date', nullable: true })
  due_on!: string | null;
}

/** When a person's report was made, by the key under which it was sent: a repeat is of the same time. */
@Entity({ schema: 'ingestion', name: 'report_time' })
export class ReportTimeRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'report_time_pkey' })
  key!: string;

  @Column({ type: 'timestamptz' })
  made_at!: Date;
}

export const INGESTION_ENTITIES = [
  FactIdentityRow,
  LoanOwnerRow,
  PendingFactRow,
  DeadLetterRow,
  PersonalDataRow,
  GoverningRow,
  CustomerDeadlineRow,
  ReportTimeRow,
  ParkedCustomerRow,
];
