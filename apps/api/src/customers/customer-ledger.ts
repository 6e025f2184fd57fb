import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { POINT_RULES } from '@retention/customer';
import type { ExpiredLot, PointRule } from '@retention/customer';
import { findCustomer, type LedgerEntryRow, ledgerOf } from '@retention/read-models';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { placeOf } from '../paging/cursor.js';
import { NextPage, pageOf, PageRequest } from '../paging/page.js';
import { isVersion } from './stream-version.js';
import { unknownCustomer } from './unknown-customer.js';

export class ExpiredLotLine implements ExpiredLot {
  @ApiProperty({ example: 'loan-use:L5314', description: 'The entry the points had come from: `<rule>:<about>`.' })
  entry!: string;

  @ApiProperty({ type: 'integer', description: 'What was left of it.' })
  points!: number;
}

export class LedgerLine {
  @ApiProperty({ type: 'integer', description: 'Version of the customer at which the line stands: see the timeline.' })
  version!: number;

  @ApiProperty({ enum: POINT_RULES })
  rule!: PointRule;

  @ApiProperty({ description: 'The loan, the referred customer, the fact of a manual entry, or the day of an expiry.' })
  about!: string;

  @ApiProperty({
    type: 'integer',
    description: 'What the balance changes by; an award taken back has its sign turned.',
  })
  points!: number;

  @ApiProperty({ type: 'integer', description: 'Balance after this line.' })
  balance!: number;

  @ApiProperty({ format: 'date', description: 'The business day the entry counts from.' })
  countsOn!: string;

  @ApiProperty({ type: String, nullable: true, example: 'instalment-overdue', description: 'Null for an award.' })
  takenBackBecause!: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'What the rule gives, where the cap of the period left less than that.',
  })
  uncapped!: number | null;

  @ApiProperty({ type: String, nullable: true, example: 'O-07', description: 'Of `manual`: who gave or took them.' })
  givenBy!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'goodwill', description: 'Of `manual`: why.' })
  givenBecause!: string | null;

  @ApiProperty({ type: [ExpiredLotLine], nullable: true, description: 'Of `expiry`: what expired, the oldest first.' })
  lots!: ExpiredLotLine[] | null;

  @ApiProperty({ description: 'The policy under which it was decided.' })
  policyVersion!: string;

  @ApiProperty({ type: [String], description: 'Ids of the facts behind it.' })
  causes!: string[];
}

export class LedgerPage extends NextPage {
  @ApiProperty({ type: [LedgerLine], description: 'Oldest first.' })
  items!: LedgerLine[];
}

export class ReadLedger extends Query<LedgerPage> {
  constructor(
    readonly customerId: string,
    readonly request: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ReadLedger)
export class ReadLedgerHandler implements IQueryHandler<ReadLedger, LedgerPage> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ customerId, request: { limit, cursor } }: ReadLedger): Promise<LedgerPage> {
    const { dataSource } = this.runtime;
    const list = `ledger:${customerId}`;
    const after = placeOf(list, cursor, isVersion) ?? 0;
    const rows = await ledgerOf(dataSource, customerId, after, limit + 1);
    if (rows.length === 0 && (await findCustomer(dataSource, customerId)) === null) throw unknownCustomer();
    return pageOf(rows, limit, list, { item: ledgerLine, place: (row) => row.version });
  }
}

function ledgerLine(row: LedgerEntryRow): LedgerLine {
  return {
    version: row.version,
    rule: row.rule,
    about: row.about,
    points: row.points,
    balance: row.balance,
    countsOn: row.counts_on,
    takenBackBecause: row.taken_back_because,
    uncapped: row.uncapped,
    givenBy: row.given_by,
    givenBecause: row.given_because,
    lots: row.lots === null ? null : row.lots.map(({ entry, points }) => ({ entry, points })),
    policyVersion: row.policy_version,
    causes: [...row.causes],
  };
}
