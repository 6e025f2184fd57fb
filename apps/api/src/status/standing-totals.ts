import { ApiProperty } from '@nestjs/swagger';
import { CUSTOMER_STANDINGS, PHASES, WARNING_LEVELS } from '@retention/customer';
import type { ChurnKind, CustomerStanding, Phase, WarningLevel } from '@retention/customer';
import type { StandingCounts } from '@retention/read-models';
import { CHURN_KINDS } from '../customers/churn-line.js';

export class StateCount {
  @ApiProperty({ enum: CUSTOMER_STANDINGS })
  state!: CustomerStanding;

  @ApiProperty({ type: 'integer' })
  customers!: number;
}

export class ChurnKindCount {
  @ApiProperty({ enum: CHURN_KINDS })
  kind!: ChurnKind;

  @ApiProperty({ type: 'integer' })
  customers!: number;
}

export class PhaseCount {
  @ApiProperty({ enum: PHASES })
  phase!: Phase;

  @ApiProperty({ type: 'integer' })
  customers!: number;
}

export class WarningLevelCount {
  @ApiProperty({ enum: WARNING_LEVELS })
  level!: WarningLevel;

  @ApiProperty({ type: 'integer' })
  customers!: number;
}

/** Registered customers by where they stand, each of them once in every list but that of kinds. */
export class StandingTotals {
  @ApiProperty({ type: [StateCount] })
  states!: StateCount[];

  @ApiProperty({ type: [ChurnKindCount], description: 'Of those who are churned now.' })
  churnKinds!: ChurnKindCount[];

  @ApiProperty({ type: 'integer', description: 'Of them: abnormal, with a reason that should be reported by now.' })
  reasonsUnknown!: number;

  @ApiProperty({ type: [PhaseCount] })
  phases!: PhaseCount[];

  @ApiProperty({ type: [WarningLevelCount], description: 'The mildest first.' })
  warningLevels!: WarningLevelCount[];
}

export function standingTotals(standing: StandingCounts): StandingTotals {
  return {
    states: counts(standing.states).map(([state, customers]) => ({ state, customers })),
    churnKinds: counts(standing.churnKinds).map(([kind, customers]) => ({ kind, customers })),
    reasonsUnknown: standing.reasonsUnknown,
    phases: counts(standing.phases).map(([phase, customers]) => ({ phase, customers })),
    warningLevels: counts(standing.warningLevels).map(([level, customers]) => ({ level, customers })),
  };
}

function counts<K extends string>(of: Readonly<Record<K, number>>): [K, number][] {
  return Object.entries(of) as [K, number][];
}
