import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Tier } from '@retention/customer';

/** How many registered customers stand in each tier, and with how many points, by branch. */
@Entity({ schema: 'read', name: 'tier_distribution' })
export class TierDistributionRow {
  /** Empty for customers no branch holds. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'tier_distribution_pkey' })
  branch_id!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'tier_distribution_pkey' })
  tier!: Tier;

  /** Shards of the feed are counted apart, so that two projectors never write the same row. */
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'tier_distribution_pkey' })
  shard!: number;

  @Column({ type: 'bigint' })
  customers!: string;

  @Column({ type: 'bigint' })
  points!: string;
}
