import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { TIERS } from '@retention/customer';
import type { Tier } from '@retention/customer';
import { tierDistribution } from '@retention/read-models';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { Identifier } from '../paging/identifier.js';

export class TierDistributionRequest {
  @Identifier('Only the customers of this branch.')
  branchId?: string;
}

export class TierLine {
  @ApiProperty({ enum: TIERS })
  tier!: Tier;

  @ApiProperty({ type: 'integer', description: 'Registered customers.' })
  customers!: number;

  @ApiProperty({ type: 'integer', description: 'The sum of their balances.' })
  points!: number;
}

export class TierDistributionAnswer {
  @ApiProperty({ type: [TierLine], description: 'Every tier, the lowest first.' })
  tiers!: TierLine[];

  @ApiProperty({ type: 'integer' })
  customers!: number;

  @ApiProperty({ type: 'integer' })
  points!: number;
}

export class ReadTierDistribution extends Query<TierDistributionAnswer> {
  constructor(readonly branchId: string | null) {
    super();
  }
}

@QueryHandler(ReadTierDistribution)
export class ReadTierDistributionHandler implements IQueryHandler<ReadTierDistribution, TierDistributionAnswer> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ branchId }: ReadTierDistribution): Promise<TierDistributionAnswer> {
    const tiers = await tierDistribution(this.runtime.dataSource, branchId);
    const total = (of: 'customers' | 'points'): number => tiers.reduce((sum, tier) => sum + tier[of], 0);
    return { tiers, customers: total('customers'), points: total('points') };
  }
}
