import { ApiProperty } from '@nestjs/swagger';
import type { PolicyVersion } from '@retention/ingestion';

/** A version: its name, its day, who published it and why. */
export class PolicyLine {
  @ApiProperty({ type: 'integer', description: 'Place among the published versions; 0 for the one the product has.' })
  revision!: number;

  @ApiProperty({ example: 'lender-2' })
  version!: string;

  @ApiProperty({ format: 'date', description: 'Facts of this business day and later are decided by it.' })
  effectiveFrom!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null for the one the product has.' })
  publishedAt!: string | null;

  @ApiProperty({ type: String, nullable: true })
  author!: string | null;

  @ApiProperty({ type: String, nullable: true })
  reason!: string | null;
}

export function policyLine({ revision, policy, publication }: PolicyVersion): PolicyLine {
  return {
    revision,
    version: policy.version,
    effectiveFrom: policy.effectiveFrom,
    publishedAt: publication === null ? null : new Date(publication.publishedAt).toISOString(),
    author: publication?.author ?? null,
    reason: publication?.reason ?? null,
  };
}
