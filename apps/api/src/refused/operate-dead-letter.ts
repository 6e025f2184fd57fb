import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { discardDeadLetter, requeueDeadLetter, RESOLUTIONS } from '@retention/ingestion';
import type { Resolution } from '@retention/ingestion';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { KeptFactOutcome, keptFactOutcome } from './kept-fact-outcome.js';
import { noteOf, operate, type OperationRequest } from '../operations/operation-request.js';
import { DeadLetterSummary, deadLetterSummary } from './dead-letter-list.js';

export class OperatedLetterAnswer {
  @ApiProperty({ type: DeadLetterSummary, description: 'As it stands now.' })
  letter!: DeadLetterSummary;

  @ApiProperty({
    type: KeptFactOutcome,
    nullable: true,
    description: 'What became of the message, or would with `dryRun`; null for one that is discarded.',
  })
  outcome!: KeptFactOutcome | null;

  @ApiProperty({
    type: String,
    enum: RESOLUTIONS,
    nullable: true,
    description:
      'How the letter ended, or would. `refused`: for another reason than before, and the message is kept under that ' +
      'one. Null: it is open, refused again for the same reason.',
  })
  resolution!: Resolution | null;

  @ApiProperty()
  dryRun!: boolean;
}

export class OperateDeadLetter extends Command<OperatedLetterAnswer> {
  constructor(
    readonly what: 'requeue' | 'discard',
    readonly id: string,
    readonly request: OperationRequest,
  ) {
    super();
  }
}

@CommandHandler(OperateDeadLetter)
export class OperateDeadLetterHandler implements ICommandHandler<OperateDeadLetter> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  async execute({ what, id, request }: OperateDeadLetter): Promise<OperatedLetterAnswer> {
    const { writer, database } = this.runtime;
    const dryRun = request.dryRun ?? false;
    const act = what === 'requeue' ? requeueDeadLetter : discardDeadLetter;
    const { letter, outcome, resolution } = await operate(() => act(writer, database, id, noteOf(request), { dryRun }));
    return {
      letter: deadLetterSummary(letter),
      outcome: outcome === null ? null : keptFactOutcome(outcome),
      resolution,
      dryRun,
    };
  }
}
