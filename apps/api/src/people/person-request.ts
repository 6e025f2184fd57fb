import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { RequiredIdentifier } from '../paging/identifier.js';

/** What every report of a person says besides the report. */
export class PersonRequest {
  // An id though messages allow any text: events are kept for ever, and nobody's name belongs there.
  @RequiredIdentifier(
    'Who says so: the id of a member of staff, never the name. Nobody checks it: there is no login.',
    'O-07',
  )
  by!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    example: '2024-08-02T17:30:00+08:00',
    description:
      'When it was said, if not now. Of two reports about the same thing the later one holds, in whatever order they came.',
  })
  @IsOptional()
  @IsString()
  occurredAt?: string | null;
}
