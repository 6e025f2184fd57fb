import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Problem } from '@retention/platform';
import type { Request } from 'express';

/** Lets reports in that are JSON. */
@Injectable()
export class ReportAdmission implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<Request>();
    // A form of any page could send the other types the body parser reads.
    if (!request.is('application/json')) {
      throw new Problem({
        slug: 'unsupported-media-type',
        title: 'The media type of the request is not supported',
        status: 415,
        detail: 'It is taken as application/json.',
      });
    }
    return true;
  }
}
