import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { type PendingFact, pendingFacts } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { OriginAnswer } from '../facts/origin-answer.js';
import { placeOf } from '../paging/cursor.js';
import { NextPage, pageOf, PageRequest } from '../paging/page.js';

const LIST = 'pending-facts';

export class PendingFactLine {
  @ApiProperty({ description: '`<source>#<id>` of its message.' })
  factId!: string;

  @ApiProperty({ example: 'repayment-received' })
  type!: string;

  @ApiProperty({ description: 'The loan nobody has claimed yet.' })
  loanId!: string;

  @ApiProperty({ type: OriginAnswer })
  origin!: OriginAnswer;

  @ApiProperty({ format: 'date-time' })
  recordedAt!: string;
}

export class PendingFactsPage extends NextPage {
  @ApiProperty({ type: [PendingFactLine], description: 'In an order that stays, and says nothing of time.' })
  items!: PendingFactLine[];
}

export class ListPendingFacts extends Query<PendingFactsPage> {
  constructor(readonly request: PageRequest) {
    super();
  }
}

@QueryHandler(ListPendingFacts)
export class ListPendingFactsHandler implements IQueryHandler<ListPendingFacts, PendingFactsPage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ request: { limit, cursor } }: ListPendingFacts): Promise<PendingFactsPage> {
    const afterKey = placeOf(LIST, cursor, isKey);
    const rows = await pendingFacts(this.runtime.database, { afterKey, limit: limit + 1 });
    return pageOf(rows, limit, LIST, { item: pendingFactLine, place: ({ key }) => key });
  }
}

function pendingFactLine({ factId, type, loanId, origin, recordedAt }: PendingFact): PendingFactLine {
  return { factId, type, loanId, origin, recordedAt: recordedAt.toISOString() };
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}
