import { ApiProperty } from '@nestjs/swagger';
import type { ChurnKind } from '@retention/customer';
import type { ChurnInRow } from '@retention/read-models';

export const CHURN_KINDS = Object.keys({ normal: true, abnormal: true } satisfies Record<ChurnKind, true>);

/** One time the customer was gone. */
export class ChurnLine {
  @ApiProperty({ format: 'date', description: 'The business day from which the customer counts as churned.' })
  churnedOn!: string;

  @ApiProperty({
    enum: CHURN_KINDS,
    description: '`normal`: overdue loans, a write-off or the reported reason explain it; `abnormal`: nothing does.',
  })
  kind!: ChurnKind;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'competitor',
    description: 'As reported; null while nobody has.',
  })
  reason!: string | null;

  @ApiProperty({ description: 'The churn is abnormal, and a reason should have been reported by now.' })
  reasonUnknown!: boolean;

  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    description: 'The business day on which the customer took a loan again; null = has not come back.',
  })
  wonBackOn!: string | null;
}

export function churnLine({ churnedOn, kind, reason, reasonUnknown, wonBackOn }: ChurnInRow): ChurnLine {
  return { churnedOn, kind, reason, reasonUnknown, wonBackOn };
}
