import {
  applyDecorators,
  type CallHandler,
  Controller,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { type Observable, tap } from 'rxjs';
import { ApiProblems } from '../documentation/problem-answers.js';
import { IDENTIFIER_PATTERN } from '../paging/identifier.js';
import { ReportAdmission } from './report-admission.js';
import { ReportAnswer } from './report-answer.js';
import { IDEMPOTENCY_KEY } from './report-envelope.js';

/** Answers 200 when the same request came before, and else the 201 of a route that makes something. */
@Injectable()
export class DuplicateIsOk implements NestInterceptor<ReportAnswer, ReportAnswer> {
  intercept(context: ExecutionContext, next: CallHandler<ReportAnswer>): Observable<ReportAnswer> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      tap(({ status }) => {
        if (status === 'duplicate') response.status(200);
      }),
    );
  }
}

/** A controller of reports of one kind about a customer. */
export function ReportsController(kind: string): ClassDecorator {
  return applyDecorators(
    ApiTags('people'),
    Controller({ path: `customers/:customerId/${kind}`, version: '1' }),
    UseGuards(ReportAdmission),
    UseInterceptors(DuplicateIsOk),
  );
}

/** Puts a route of a report into the document, with all its answers. */
export function ApiReport(route: {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
}): MethodDecorator {
  return applyDecorators(
    ApiOperation(route),
    ApiParam({ name: 'customerId', example: 'C2873' }),
    ApiHeader({
      name: IDEMPOTENCY_KEY,
      required: true,
      description: 'New for each report, the same for its repeats; a UUID does. It becomes the id of the fact.',
      schema: { type: 'string', pattern: IDENTIFIER_PATTERN },
      example: '0b9f6c1e-7d55-4c0e-9b57-2f1f0c8f7a10',
    }),
    ApiCreatedResponse({ type: ReportAnswer, description: 'The report is durable.' }),
    ApiOkResponse({ type: ReportAnswer, description: 'The same request came before; nothing has changed.' }),
    ApiProblems(400, 404, 409, 413, 415, 422, 429, 503),
  );
}
