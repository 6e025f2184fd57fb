import { ApiProperty } from '@nestjs/swagger';
import { BENEFITS, TIERS } from '@retention/customer';
import type { Benefit, Tier } from '@retention/customer';
import type { CustomerRow } from '@retention/read-models';

export const CUSTOMER_KINDS = ['personal', 'corporate'] as const;

/** Who a customer is and where they stand, as a list shows it. */
export class CustomerLine {
  @ApiProperty({ example: 'C2873' })
  customerId!: string;

  @ApiProperty({ type: String, format: 'date', nullable: true, description: 'Null while the registration is awaited.' })
  registeredOn!: string | null;

  @ApiProperty({ enum: CUSTOMER_KINDS, nullable: true })
  kind!: string | null;

  @ApiProperty({ type: String, nullable: true })
  branchId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  officerId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  region!: string | null;

  @ApiProperty({ type: String, nullable: true })
  industry!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The way by which they came.' })
  channel!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The customer who brought them.' })
  referrerId!: string | null;

  @ApiProperty({ type: 'integer', description: 'Balance of the points ledger.' })
  points!: number;

  @ApiProperty({ enum: TIERS })
  tier!: Tier;

  @ApiProperty({ enum: BENEFITS, isArray: true, description: 'What the customer may claim.' })
  benefits!: Benefit[];

  @ApiProperty({ type: 'integer', description: 'Loans ever disbursed and not undone.' })
  loansDisbursed!: number;

  @ApiProperty({ type: 'integer' })
  loansActive!: number;

  @ApiProperty({ type: 'integer', description: 'Facts that wait for another one, and take effect when it comes.' })
  parkedFacts!: number;

  @ApiProperty({ type: 'integer', description: 'Facts without effect because they contradict what they refer to.' })
  setAsideFacts!: number;
}

export function customerLine(row: CustomerRow): CustomerLine {
  return {
    customerId: row.customer_id,
    registeredOn: row.registered_on,
    kind: row.kind,
    branchId: row.branch_id,
    officerId: row.officer_id,
    region: row.region,
    industry: row.industry,
    channel: row.channel,
    referrerId: row.referrer_id,
    points: row.points,
    tier: row.tier,
    benefits: row.benefits,
    loansDisbursed: row.loans_disbursed,
    loansActive: row.loans_active,
    parkedFacts: row.parked_facts,
    setAsideFacts: row.set_aside_facts,
  };
}
