import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { expectedFurtherLoans, historyOf } from '@retention/churn-model';
import { isCalendarDay } from '@retention/contracts';
import {
  BENEFITS,
  CHURN_DEFINITIONS,
  churnByDefinition,
  CUSTOMER_STANDINGS,
  disbursalDays,
  pAlive,
  PHASES,
  policyOn,
  standingOf,
  TIERS,
  WARNING_LEVELS,
} from '@retention/customer';
import type {
  Benefit,
  ChurnDefinition,
  CustomerStanding,
  CustomerState,
  Phase,
  PolicyBook,
  Tier,
  WarningLevel,
} from '@retention/customer';
import { oneCustomerAsOf } from '@retention/history';
import { readGovernance } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { ValidateBy } from 'class-validator';
import { ChurnLine } from './churn-line.js';
import { unknownCustomer } from './unknown-customer.js';
import { WarningSignalLine, warningSignalLine } from './warning-signal-line.js';

export class StandingRequest {
  @ApiProperty({
    format: 'date',
    example: '2024-01-31',
    description: 'The business day, at whose end the answer holds.',
  })
  @ValidateBy({
    name: 'isBusinessDay',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isCalendarDay(value),
      defaultMessage: () => 'on must be a day of the calendar such as 2024-01-31',
    },
  })
  on!: string;
}

export class DefinitionLine {
  @ApiProperty({ enum: CHURN_DEFINITIONS })
  definition!: ChurnDefinition;

  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    description: 'The business day since which the customer counts as churned by it; null = they do not.',
  })
  churnedOn!: string | null;
}

export class OutlookAnswer {
  @ApiProperty({ description: 'The fit it was computed with.' })
  model!: string;

  @ApiProperty({ description: 'Probability that the customer has not left for good, from 0 to 1.' })
  pAlive!: number;

  @ApiProperty({ description: 'Further loans to expect in the 52 weeks after the day.' })
  expectedLoansIn52Weeks!: number;
}

/** A customer as of a day: what the facts up to it say, as they are known now. */
export class StandingAnswer {
  @ApiProperty({ example: 'C2873' })
  customerId!: string;

  @ApiProperty({ format: 'date' })
  on!: string;

  @ApiProperty({ type: String, format: 'date', nullable: true, description: 'Null when not registered by that day.' })
  registeredOn!: string | null;

  @ApiProperty({ type: String, nullable: true })
  branchId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  officerId!: string | null;

  @ApiProperty({ type: 'integer' })
  points!: number;

  @ApiProperty({ enum: TIERS })
  tier!: Tier;

  @ApiProperty({ enum: BENEFITS, isArray: true })
  benefits!: Benefit[];

  @ApiProperty({ enum: CUSTOMER_STANDINGS, description: 'By the default definition; `none` = never had a loan.' })
  state!: CustomerStanding;

  @ApiProperty({ enum: PHASES })
  phase!: Phase;

  @ApiProperty({ enum: WARNING_LEVELS })
  warningLevel!: WarningLevel;

  @ApiProperty({ type: [WarningSignalLine] })
  warningSignals!: WarningSignalLine[];

  @ApiProperty({ type: [ChurnLine], description: 'Every churn up to the day, in the order of their dates.' })
  churns!: ChurnLine[];

  @ApiProperty({ type: [DefinitionLine], description: 'All four definitions side by side.' })
  definitions!: DefinitionLine[];

  @ApiProperty({ type: OutlookAnswer, nullable: true, description: 'Null without a fitted model, or without a loan.' })
  outlook!: OutlookAnswer | null;

  @ApiProperty({ description: 'The policy in force on the day.' })
  policyVersion!: string;
}

export class ReadStanding extends Query<StandingAnswer> {
  constructor(
    readonly customerId: string,
    readonly on: string,
  ) {
    super();
  }
}

@QueryHandler(ReadStanding)
export class ReadStandingHandler implements IQueryHandler<ReadStanding, StandingAnswer> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ customerId, on }: ReadStanding): Promise<StandingAnswer> {
    const { store, database } = this.runtime;
    const { book } = await readGovernance(database, store);
    const state = await oneCustomerAsOf({ store, database, book }, customerId, on);
    if (state === null) throw unknownCustomer();
    return standingAnswer(state, on, book);
  }
}

function standingAnswer(state: CustomerState, on: string, book: PolicyBook): StandingAnswer {
  const { held, customerId } = state;
  const churned = churnByDefinition(state, on, book);
  return {
    customerId,
    on,
    registeredOn: held.profile?.registeredOn ?? null,
    branchId: held.profile?.branchId ?? null,
    officerId: held.profile?.officerId ?? null,
    points: held.balance,
    tier: held.tier,
    benefits: [...held.benefits].sort(),
    state: standingOf(state).standing,
    phase: held.phase,
    warningLevel: held.warning.level,
    warningSignals: held.warning.signals.map(warningSignalLine),
    churns: [...held.churns]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(
        ([
          churnedOn,
          {
            judgement: { kind, reason, reasonUnknown },
            wonBack,
          },
        ]) => {
          return { churnedOn, kind, reason, reasonUnknown, wonBackOn: wonBack?.on ?? null };
        },
      ),
    definitions: CHURN_DEFINITIONS.map((definition) => ({ definition, churnedOn: churned[definition] })),
    outlook: outlookOf(state, on, book),
    policyVersion: policyOn(book, on).version,
  };
}

const DAYS_OF_52_WEEKS = 364;
/** Four decimals are more than a fit on any lender's history knows. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

function outlookOf(state: CustomerState, on: string, book: PolicyBook): OutlookAnswer | null {
  const { churnModel: model } = policyOn(book, on);
  const history = model === null ? null : historyOf(disbursalDays(state), on, model.unitDays);
  if (model === null || history === null) return null;
  return {
    model: model.version,
    pAlive: rounded(pAlive(model, history)),
    expectedLoansIn52Weeks: rounded(expectedFurtherLoans(model, history, DAYS_OF_52_WEEKS / model.unitDays)),
  };
}
