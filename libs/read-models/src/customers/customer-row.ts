import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type {
  Benefit,
  ChurnKind,
  CustomerStanding,
  LoanStatus,
  Phase,
  RaisedSignal,
  Tier,
  WarningLevel,
} from '@retention/customer';

/** A churn as it stands, by its date; the latest is what the other columns tell. */
export interface ChurnInRow {
  readonly churnedOn: string;
  readonly kind: ChurnKind;
  readonly reason: string | null;
  readonly reasonUnknown: boolean;
  readonly wonBackOn: string | null;
}

/** Who the customers are and where they stand: one row a customer. */
@Entity({ schema: 'read', name: 'customer' })
@Index('customer_branch', ['branch_id', 'customer_id'])
@Index('customer_tier', ['tier', 'customer_id'])
@Index('customer_state', ['state', 'customer_id'])
@Index('customer_warning', ['warning_level', 'customer_id'], { where: "(warning_level <> 'green'::text)" })
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

  /** By the default definition; `none` = never had a loan. */
  @Column({ type: 'text' })
  state!: CustomerStanding;

  /** Of the latest churn, also after a win-back; null = never churned. */
  @Column({ type: 'date', nullable: true })
  churned_on!: string | null;

  @Column({ type: 'text', nullable: true })
  churn_kind!: ChurnKind | null;

  /** As reported. */
  @Column({ type: 'text', nullable: true })
  churn_reason!: string | null;

  @Column({ type: 'boolean' })
  churn_reason_unknown!: boolean;

  /** Null while the customer is gone, or never was. */
  @Column({ type: 'date', nullable: true })
  won_back_on!: string | null;

  /** Every churn, in the order of their dates. */
  @Column({ type: 'jsonb' })
  churns!: readonly ChurnInRow[];

  @Column({ type: 'text' })
  phase!: Phase;

  @Column({ type: 'text' })
  warning_level!: WarningLevel;

  @Column({ type: 'integer' })
  warning_score!: number;

  @Column({ type: 'jsonb' })
  warning_signals!: readonly RaisedSignal[];

  /** Gifts for referrals that were not handed over yet. */
  @Column({ type: 'integer' })
  gifts_owed!: number;

  @Column({ type: 'integer' })
  parked_facts!: number;

  @Column({ type: 'integer' })
  set_aside_facts!: number;
}

/** The columns as plain data, for steps that make a row from the one before. */
export type CustomerRecord = { readonly [Column in keyof CustomerRow]: CustomerRow[Column] };
