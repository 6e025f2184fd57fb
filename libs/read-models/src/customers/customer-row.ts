import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Benefit, LoanStatus, Tier } from '@retention/customer';

/** Who the customers are and where they stand: one row a customer. */
@Entity({ schema: 'read', name: 'customer' })
@Index('customer_branch', ['branch_id', 'customer_id'])
@Index('customer_tier', ['tier', 'customer_id'])
export class CustomerRow {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'customer_pkey' })
  customer_id!: string;

  /** Null while facts wait for the registration. */
  @Column({ type: 'date', nullable: true })
  registered_on!: string | null;

  @Column({ type: 'text', nullable: true })
  kind!: string | null;

  @Column({ type: 'text', nullable: true })
  branch_id!: string | null;

  @Column({ type: 'text', nullable: true })
  officer_id!: string | null;

  @Column({ type: 'text', nullable: true })
  region!: string | null;

  @Column({ type: 'text', nullable: true })
  industry!: string | null;

  @Column({ type: 'text', nullable: true })
  channel!: string | null;

  @Column({ type: 'text', nullable: true })
  referrer_id!: string | null;

  @Column({ type: 'integer' })
  points!: number;

  @Column({ type: 'text' })
  tier!: Tier;

  @Column({ type: 'text', array: true })
  benefits!: Benefit[];

  /** Loans by where they stand: `{"L7": "active"}`. */
  @Column({ type: 'jsonb' })
  loans!: Readonly<Record<string, LoanStatus>>;

  @Column({ type: 'integer' })
  loans_disbursed!: number;

  @Column({ type: 'integer' })
  loans_active!: number;

  @Column({ type: 'integer' })
  parked_facts!: number;

  @Column({ type: 'integer' })
  set_aside_facts!: number;
}

/** The columns as plain data, for steps that make a row from the one before. */
export type CustomerRecord = { readonly [Column in keyof CustomerRow]: CustomerRow[Column] };
