import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { MessageField } from '../people/message-field.js';
import { PersonRequest } from '../people/person-request.js';
import type { ReportAnswer } from '../people/report-answer.js';
import { ReportDoor } from '../people/report-door.js';
import type { ReportEnvelope } from '../people/report-envelope.js';

const MESSAGE = 'lending.customer.reassigned.v1';

export class AssignCustomerRequest extends PersonRequest {
  @MessageField(MESSAGE, 'officerId', { example: 'O-08' })
  officerId?: string | null;

  @MessageField(MESSAGE, 'branchId', { example: 'B-01' })
  branchId?: string | null;

  @MessageField(MESSAGE, 'effectiveOn', { example: '2024-06-01' })
  effectiveOn!: string;
}

/** Another officer or branch holds the customer, perhaps since long ago: who held the customer then answers for what was. */
export class AssignCustomer extends Command<ReportAnswer> {
  constructor(
    readonly envelope: ReportEnvelope,
    readonly request: AssignCustomerRequest,
  ) {
    super();
  }
}

@CommandHandler(AssignCustomer)
export class AssignCustomerHandler implements ICommandHandler<AssignCustomer> {
  constructor(private readonly door: ReportDoor) {}

  execute({ envelope, request }: AssignCustomer): Promise<ReportAnswer> {
    const { officerId, branchId, effectiveOn, by } = request;
    return this.door.take(envelope, request, { type: MESSAGE, data: { officerId, branchId, effectiveOn, by } });
  }
}
