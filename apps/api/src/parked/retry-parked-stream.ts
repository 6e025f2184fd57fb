import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { Problem } from '@retention/platform';
import { retryParkedStream } from '@retention/projections';
import { readModels } from '@retention/read-models';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { noteOf, operate, type OperationRequest } from '../operations/operation-request.js';

export class RetriedStreamAnswer {
  @ApiProperty({ example: 'ledger' })
  projection!: string;

  @ApiProperty({ example: 'customer-C2873' })
  streamId!: string;

  @ApiProperty({ format: 'date-time', description: 'Since when it had stood still.' })
  since!: string;

  @ApiProperty({ description: 'Why it had.' })
  error!: string;

  @ApiProperty({ type: 'integer', description: 'Events of the stream that were applied, or would be with `dryRun`.' })
  events!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it stands still again, on the same event or a later one; null: it goes on.',
  })
  failure!: string | null;

  @ApiProperty()
  dryRun!: boolean;
}

export class RetryParkedStream extends Command<RetriedStreamAnswer> {
  constructor(
    readonly projection: string,
    readonly streamId: string,
    readonly request: OperationRequest,
  ) {
    super();
  }
}

@CommandHandler(RetryParkedStream)
export class RetryParkedStreamHandler implements ICommandHandler<RetryParkedStream> {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  /** @throws Problem 404 when there is no such read model, or it does not stand still on the stream. */
  async execute({ projection: name, streamId, request }: RetryParkedStream): Promise<RetriedStreamAnswer> {
    const dryRun = request.dryRun ?? false;
    const projection = readModels().find((one) => one.name === name);
    if (projection === undefined) {
      throw new Problem({ slug: 'unknown-read-model', title: 'There is no such read model', status: 404 });
    }
    const { since, error, events, failure } = await operate(() =>
      retryParkedStream(this.runtime, projection, streamId, noteOf(request), { dryRun }),
    );
    return { projection: name, streamId, since: since.toISOString(), error, events, failure, dryRun };
  }
}
