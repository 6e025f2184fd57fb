import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ExpiredLot, PointRule } from '@retention/customer';

/** Every line of the points ledgers: what was awarded, taken back, when, for what and because of which facts. */
@Entity({ schema: 'read', name: 'ledger_entry' })
@Index('ledger_entry_rule', ['rule', 'counts_on'])
export class LedgerEntryRow {
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'ledger_entry_pkey' })
  customer_id!: string;

  /** Version of the customer's stream the line stands at: the order of the lines. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'ledger_entry_pkey' })
  version!: number;

  @Column({ type: 'text' })
  rule!: PointRule;

  /** The loan, the referred customer, the fact of a manual entry or the day of an expiry. */
  @Column({ type: 'text' })
  about!: string;

  /** What the balance changes by; a line that takes back has the sign of its award turned. */
  @Column({ type: 'integer' })
  points!: number;

  @Column({ type: 'integer' })
  balance!: number;

  /** The business day the entry counts from. */
  @Column({ type: 'date' })
  counts_on!: string;

  /** Null for an award. */
  @Column({ type: 'text', nullable: true })
  taken_back_because!: string | null;

  /** What the rule gives, where the cap of the period left less; else null. */
  @Column({ type: 'integer', nullable: true })
  uncapped!: number | null;

  /** Who gave or took the points of a manual entry, and why. */
  @Column({ type: 'text', nullable: true })
  given_by!: string | null;

  @Column({ type: 'text', nullable: true })
  given_because!: string | null;

  /** What expired, by the entries it had come from. */
  @Column({ type: 'jsonb', nullable: true })
  lots!: readonly ExpiredLot[] | null;

  @Column({ type: 'text' })
  policy_version!: string;

  /** Ids of the facts behind the line. */
  @Column({ type: 'jsonb' })
  causes!: readonly string[];
}
