import { ApiProperty } from '@nestjs/swagger';
import { BENEFITS, CUSTOMER_STANDINGS, PHASES, TIERS, WARNING_LEVELS } from '@retention/customer';
import type { Benefit, ChurnKind, CustomerStanding, Phase, Tier, WarningLevel } from '@retention/customer';
import type { CustomerRow } from '@retention/read-models';
import { CHURN_KINDS } from './churn-line.js';

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

  @ApiProperty({
    enum: CUSTOMER_STANDINGS,
    description: 'As of the last business day that was closed; `none`: never had a loan.',
  })
  state!: CustomerStanding;

  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    description: 'Of the latest churn, as are the fields that follow, also when the customer has come back since.',
  })
  churnedOn!: string | null;

  @ApiProperty({ type: String, enum: CHURN_KINDS, nullable: true })
  churnKind!: ChurnKind | null;

  @ApiProperty({ type: String, nullable: true, example: 'competitor', description: 'As reported.' })
  churnReason!: string | null;

  @ApiProperty({ description: 'The churn is abnormal, and a reason should have been reported by now.' })
  churnReasonUnknown!: boolean;

  @ApiProperty({ type: String, format: 'date', nullable: true, description: 'When they took a loan again.' })
  wonBackOn!: string | null;

  @ApiProperty({
    enum: PHASES,
    description:
      '`prospect`: no loan yet; `initial`: the first loan; `steady`: more than one; `wavering`: the warning is orange or ' +
      'red; `leaving`: no loan and no application, not churned yet; `gone`: churned; `returned`: won back, until the ' +
      'next settlement.',
  })
  phase!: Phase;

  @ApiProperty({ enum: WARNING_LEVELS, description: 'Of a retained customer; everybody else is green.' })
  warningLevel!: WarningLevel;

  @ApiProperty({ type: 'integer', description: 'The sum of the weights of the signals; 0 while the level is green.' })
  warningScore!: number;

  @ApiProperty({ type: 'integer', description: 'Gifts for referrals that were not handed over yet.' })
  giftsOwed!: number;

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
    state: row.state,
    churnedOn: row.churned_on,
    churnKind: row.churn_kind,
    churnReason: row.churn_reason,
    churnReasonUnknown: row.churn_reason_unknown,
    wonBackOn: row.won_back_on,
    phase: row.phase,
    warningLevel: row.warning_level,
    warningScore: row.warning_score,
    giftsOwed: row.gifts_owed,
    parkedFacts: row.parked_facts,
    setAsideFacts: row.set_aside_facts,
  };
}
