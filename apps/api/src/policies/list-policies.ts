import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { policyChanges } from '@retention/contracts';
import type { DocumentValue } from '@retention/contracts';
import { policyVersions, type PolicyVersion, readPublishedPolicies } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { placeOf } from '../paging/cursor.js';
import { NextPage, pageOf, PageRequest } from '../paging/page.js';
import { PolicyLine, policyLine } from './policy-line.js';

const LIST = 'policies';
const ANY_VALUE = {
  nullable: true,
  oneOf: [
    { type: 'number' },
    { type: 'string' },
    { type: 'array', items: { type: 'string' } },
    { type: 'object', additionalProperties: true },
  ],
};

export class PolicyChange {
  @ApiProperty({ example: 'churn.graceDays', description: 'Where it stands in the document.' })
  path!: string;

  @ApiProperty({ ...ANY_VALUE, example: 90 })
  from!: DocumentValue;

  @ApiProperty({ ...ANY_VALUE, example: 60 })
  to!: DocumentValue;
}

export class PolicyHistoryLine extends PolicyLine {
  @ApiProperty({
    type: [PolicyChange],
    description: 'Against the version that was in force on its first day until it was published.',
  })
  changes!: PolicyChange[];
}

export class PoliciesPage extends NextPage {
  @ApiProperty({ type: [PolicyHistoryLine], description: 'In the order of publication.' })
  items!: PolicyHistoryLine[];
}

export class ListPolicies extends Query<PoliciesPage> {
  constructor(readonly request: PageRequest) {
    super();
  }
}

@QueryHandler(ListPolicies)
export class ListPoliciesHandler implements IQueryHandler<ListPolicies, PoliciesPage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ request: { limit, cursor } }: ListPolicies): Promise<PoliciesPage> {
    const after = placeOf(LIST, cursor, isRevision) ?? -1;
    // Few, and each is told by all before it.
    const versions = policyVersions(await readPublishedPolicies(this.runtime.store));
    const rows = versions.filter(({ revision }) => revision > after);
    return pageOf(rows.slice(0, limit + 1), limit, LIST, { item: historyLine, place: ({ revision }) => revision });
  }
}

function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function historyLine(version: PolicyVersion): PolicyHistoryLine {
  const { policy, replaced } = version;
  return Object.assign(policyLine(version), { changes: replaced === null ? [] : policyChanges(replaced, policy) });
}
