import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { type ParkedCustomer, parkedCustomers } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { OriginAnswer } from '../facts/origin-answer.js';
import { placeOf } from '../paging/cursor.js';
import { isIdentifier } from '../paging/identifier.js';
import { NextPage, pageOf, type PageRequest } from '../paging/page.js';

const LIST = 'parked-customers';

/** A customer who cannot be decided: a damaged stream, or a fault of the product. */
export class ParkedCustomerLine {
  @ApiProperty({ example: 'C2873' })
  customerId!: string;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ description: 'Why, the last time it was tried.' })
  error!: string;

  @ApiProperty({ type: 'integer', description: 'How often it was tried.' })
  failures!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The fact that was to be taken in when it failed first; null when a day was to be decided.',
  })
  factId!: string | null;

  @ApiProperty({ type: OriginAnswer, nullable: true, description: 'Where that fact came in.' })
  origin!: OriginAnswer | null;

  @ApiProperty({ type: 'integer', description: 'Facts kept as dead letters until the customer is tried again.' })
  letters!: number;
}

export class ParkedCustomersPage extends NextPage {
  @ApiProperty({ type: [ParkedCustomerLine], description: 'In the order of their ids.' })
  items!: ParkedCustomerLine[];
}

export class ListParkedCustomers extends Query<ParkedCustomersPage> {
  constructor(readonly request: PageRequest) {
    super();
  }
}

@QueryHandler(ListParkedCustomers)
export class ListParkedCustomersHandler implements IQueryHandler<ListParkedCustomers, ParkedCustomersPage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ request: { limit, cursor } }: ListParkedCustomers): Promise<ParkedCustomersPage> {
    const afterCustomerId = placeOf(LIST, cursor, isIdentifier);
    const rows = await parkedCustomers(this.runtime.database, { afterCustomerId, limit: limit + 1 });
    return pageOf(rows, limit, LIST, { item: parkedCustomerLine, place: ({ customerId }) => customerId });
  }
}

export function parkedCustomerLine({ since, ...line }: ParkedCustomer): ParkedCustomerLine {
  return { ...line, since: since.toISOString() };
}
