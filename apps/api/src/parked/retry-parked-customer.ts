import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { retryParkedCustomer } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { noteOf, operate, type OperationRequest } from '../operations/operation-request.js';
import { KeptFactOutcome, keptFactOutcome } from '../refused/kept-fact-outcome.js';
import { ParkedCustomerLine, parkedCustomerLine } from './parked-customers.js';

export class RetriedLetterLine {
  @ApiProperty({ example: '17' })
  id!: string;

  @ApiProperty({ type: KeptFactOutcome })
  outcome!: KeptFactOutcome;
}

export class RetriedCustomerAnswer {
  @ApiProperty({ type: ParkedCustomerLine, description: 'As they were parked before.' })
  customer!: ParkedCustomerLine;

  @ApiProperty({ description: 'Whether they are parked no more, or would be with `dryRun`.' })
  isDecided!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why they still cannot be decided.' })
  error!: string | null;

  @ApiProperty({ type: [RetriedLetterLine], description: 'The kept facts that were taken in, as they had come.' })
  letters!: RetriedLetterLine[];

  @ApiProperty()
  dryRun!: boolean;
}

export class RetryParkedCustomer extends Command<RetriedCustomerAnswer> {
  constructor(
    readonly customerId: string,
    readonly request: OperationRequest,
  ) {
    super();
  }
}

@CommandHandler(RetryParkedCustomer)
export class RetryParkedCustomerHandler implements ICommandHandler<RetryParkedCustomer> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ customerId, request }: RetryParkedCustomer): Promise<RetriedCustomerAnswer> {
    const { writer, database } = this.runtime;
    const dryRun = request.dryRun ?? false;
    const { customer, isDecided, error, letters } = await operate(() =>
      retryParkedCustomer(writer, database, customerId, noteOf(request), { dryRun }),
    );
    return {
      customer: parkedCustomerLine(customer),
      isDecided,
      error,
      letters: letters.map(({ id, outcome }) => ({ id, outcome: keptFactOutcome(outcome) })),
      dryRun,
    };
  }
}
