import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { POINT_RULES } from '@retention/customer';
import type { PointRule } from '@retention/customer';
import {
  deadLetterCounts,
  dueCustomerCount,
  knownFactCount,
  lastClosedDay,
  parkedCustomerCount,
  pendingFactCount,
  REJECTION_CODES,
} from '@retention/ingestion';
import type { RejectionCode } from '@retention/ingestion';
import { overview } from '@retention/read-models';
import { readModelLags, RUNTIME, sharedWhileUnderWay } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { TierLine } from '../tiers/tier-distribution.js';
import { StandingTotals, standingTotals } from './standing-totals.js';

export class FactTotals {
  @ApiProperty({ type: 'integer', description: 'Different facts ever taken in.' })
  known!: number;

  @ApiProperty({ type: 'integer', description: 'Of them: waiting for somebody to claim their loan.' })
  pending!: number;

  @ApiProperty({ type: 'integer', description: 'Of them: in the history of their customer, waiting for another fact.' })
  parked!: number;

  @ApiProperty({ type: 'integer', description: 'Of them: without effect, because they contradict what they refer to.' })
  setAside!: number;
}

export class RuleEntries {
  @ApiProperty({ enum: POINT_RULES })
  rule!: PointRule;

  @ApiProperty({ type: 'integer', description: 'Entries that stand: awards less what was taken back.' })
  entries!: number;
}

export class RefusedByCode {
  @ApiProperty({ enum: REJECTION_CODES })
  code!: RejectionCode;

  @ApiProperty({ type: 'integer', description: 'Different messages.' })
  letters!: number;

  @ApiProperty({ type: 'integer', description: 'With repetitions.' })
  seen!: number;
}

export class ReadModelState {
  @ApiProperty({ example: 'customers' })
  projection!: string;

  @ApiProperty({ type: 'integer' })
  version!: number;

  @ApiProperty({ type: 'integer', description: 'Events not applied yet.' })
  lagEvents!: number;

  @ApiProperty({ description: 'Age of the oldest of them.' })
  lagSeconds!: number;

  @ApiProperty({ type: 'integer', description: 'Customers it stands still on.' })
  parkedStreams!: number;
}

export class WriterState {
  @ApiProperty({ type: 'integer', description: 'Submissions that wait.' })
  queued!: number;

  @ApiProperty({ type: 'integer', description: 'Batches committed by this process.' })
  batches!: number;

  @ApiProperty({ type: 'integer', description: 'Batches decided anew because another writer was faster.' })
  conflicts!: number;
}

export class StatusAnswer {
  @ApiProperty({ type: 'integer', description: 'Facts and decisions in the event store.' })
  events!: number;

  @ApiProperty({ type: FactTotals })
  facts!: FactTotals;

  @ApiProperty({
    type: String,
    format: 'date',
    nullable: true,
    description:
      'The last business day that was closed. Null: none, and nothing that waits for a day (churn, expiring points, most ' +
      'warnings) is decided.',
  })
  closedDay!: string | null;

  @ApiProperty({
    type: 'integer',
    description: 'Customers to be decided anew, because a closed day has come for them or policies have changed.',
  })
  customersDue!: number;

  @ApiProperty({ type: 'integer', description: 'Registered customers.' })
  customers!: number;

  @ApiProperty({ type: 'integer', description: 'Customers known only by facts that wait for their registration.' })
  unregisteredCustomers!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Customers who cannot be decided, and whose facts are kept until then.',
  })
  parkedCustomers!: number;

  @ApiProperty({ type: 'integer' })
  points!: number;

  @ApiProperty({ type: [TierLine], description: 'Every tier, the lowest first.' })
  tiers!: TierLine[];

  @ApiProperty({ type: StandingTotals, description: 'Registered customers by where they stand.' })
  standing!: StandingTotals;

  @ApiProperty({ type: [RuleEntries] })
  ledgerEntries!: RuleEntries[];

  @ApiProperty({ type: [RefusedByCode], description: 'Those nobody has dealt with, the most frequent first.' })
  deadLetters!: RefusedByCode[];

  @ApiProperty({ type: [ReadModelState] })
  readModels!: ReadModelState[];

  @ApiProperty({ type: WriterState })
  writer!: WriterState;
}

export class ReadStatus extends Query<StatusAnswer> {}

@QueryHandler(ReadStatus)
export class ReadStatusHandler implements IQueryHandler<ReadStatus, StatusAnswer> {
  // Counting reads whole tables, so those who ask at the same time share one answer.
  private readonly count = sharedWhileUnderWay(() => this.read());

  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  execute(): Promise<StatusAnswer> {
    return this.count();
  }

  private async read(): Promise<StatusAnswer> {
    const { database, dataSource, store, writer } = this.runtime;
    // Who is due and the lag first: the figures are at least as fresh as these say.
    const [closedDay, customersDue] = await Promise.all([lastClosedDay(database), dueCustomerCount(database)]);
    const readModels = await readModelLags(this.runtime);
    const [head, known, pending, { totals, tiers, standing, entries }, deadLetters, parkedCustomers] =
      await Promise.all([
        store.head(),
        knownFactCount(database),
        pendingFactCount(database),
        overview(dataSource),
        deadLetterCounts(database),
        parkedCustomerCount(database),
      ]);
    return {
      events: [...head.values()].reduce((sum, position) => sum + position, 0),
      facts: { known, pending, parked: totals.parkedFacts, setAside: totals.setAsideFacts },
      closedDay,
      customersDue,
      customers: totals.customers,
      unregisteredCustomers: totals.unregistered,
      parkedCustomers,
      points: totals.points,
      tiers: [...tiers],
      standing: standingTotals(standing),
      ledgerEntries: POINT_RULES.map((rule) => ({ rule, entries: entries[rule] ?? 0 })),
      deadLetters,
      readModels,
      writer: writer.statistics(),
    };
  }
}
