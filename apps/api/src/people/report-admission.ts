import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Problem } from '@retention/platform';
import { RUNTIME } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import type { Request } from 'express';
import { isWriterBusy, tooManyFacts } from '../facts/facts-admission.js';

/** Lets reports in while there is room for them. Their bodies are at most 100 KB, so only the writer's queue counts. */
@Injectable()
export class ReportAdmission implements CanActivate {
  constructor(@Inject(RUNTIME) private readonly runtime: Pick<Runtime, 'writer'>) {}

  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<Request>();
    // A form of any page could send the other types the body parser reads.
    if (!request.is('application/json')) {
      throw new Problem({
        slug: 'unsupported-media-type',
        title: 'The media type of the request is not supported',
        status: 415,
        detail: 'Reports are taken as application/json.',
      });
    }
    if (isWriterBusy(this.runtime.writer)) throw tooManyFacts();
    return true;
  }
}
