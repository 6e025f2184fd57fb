import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { createBusinessCalendar, isCalendarDay, policyDocument } from '@retention/contracts';
import type { DocumentSection } from '@retention/contracts';
import { policyOn } from '@retention/customer';
import type { BusinessDay } from '@retention/customer';
import { policyBook, policyVersions, readPublishedPolicies } from '@retention/ingestion';
import { Problem, systemClock } from '@retention/platform';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { IsOptional, ValidateBy } from 'class-validator';
import { PolicyLine, policyLine } from './policy-line.js';

export class InForceRequest {
  @ApiPropertyOptional({ format: 'date', description: 'The business day; today unless told.' })
  @IsOptional()
  @ValidateBy({
    name: 'calendarDay',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isCalendarDay(value),
      defaultMessage: () => '$property must be a calendar day YYYY-MM-DD',
    },
  })
  on?: string;
}

export class PolicyAnswer extends PolicyLine {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Every number, as a document that can be published again: see policy.schema.json.',
  })
  document!: DocumentSection;
}

/** One version by its name, or the one in force on a business day. */
export class ShowPolicy extends Query<PolicyAnswer> {
  constructor(readonly asked: { readonly version: string } | { readonly on: string | null }) {
    super();
  }
}

@QueryHandler(ShowPolicy)
export class ShowPolicyHandler implements IQueryHandler<ShowPolicy, PolicyAnswer> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ asked }: ShowPolicy): Promise<PolicyAnswer> {
    const published = await readPublishedPolicies(this.runtime.store);
    const name = 'version' in asked ? asked.version : policyOn(policyBook(published), asked.on ?? this.today()).version;
    const version = policyVersions(published).find(({ policy }) => policy.version === name);
    if (version === undefined) {
      throw new Problem({ slug: 'unknown-policy', title: 'There is no such version of the policy', status: 404 });
    }
    return Object.assign(policyLine(version), { document: policyDocument(version.policy) });
  }
  private today(): BusinessDay {
    return createBusinessCalendar(this.runtime.config.business.timeZone)(systemClock.now());
  }
}
