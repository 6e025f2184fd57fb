import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Origin } from '@retention/ingestion';

const DOORS = ['kafka', 'file', 'http', 'stream', 'calendar', 'reactor'] as const satisfies readonly Origin['door'][];

/** Where a message came in. Which of the other fields are there depends on the door. */
export class OriginAnswer {
  @ApiProperty({ enum: DOORS })
  door!: Origin['door'];

  @ApiPropertyOptional({ description: 'kafka' })
  topic?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'kafka' })
  partition?: number;

  @ApiPropertyOptional({ description: 'kafka' })
  offset?: string;

  @ApiPropertyOptional({ description: 'file' })
  file?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'file' })
  line?: number;

  @ApiPropertyOptional({ description: 'http: the X-Request-Id of the request' })
  request?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'http: place among the facts of the request, from 0' })
  index?: number;

  @ApiPropertyOptional({ description: 'stream, reactor: the history of the customer it came from' })
  stream?: string;

  @ApiPropertyOptional({ enum: ['scheduler', 'command line'], description: 'calendar: who closed the day' })
  closedBy?: string;

  @ApiPropertyOptional({ description: 'reactor' })
  reactor?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'reactor: version of the stream' })
  version?: number;
}
