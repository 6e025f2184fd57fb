import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger, ValidationPipe } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Problem, type ProblemInit, validationProblem } from './problem.js';

/** What Nest and the body parser throw, under the names clients see. Other statuses are named by their standard phrase. */
const KNOWN: Readonly<Record<number, { readonly slug: string; readonly title: string }>> = {
  400: { slug: 'bad-request', title: 'The request cannot be understood' },
  401: { slug: 'unauthorized', title: 'The request needs a login' },
  403: { slug: 'forbidden', title: 'The request is not allowed' },
  404: { slug: 'not-found', title: 'There is nothing here' },
  405: { slug: 'method-not-allowed', title: 'The method is not offered here' },
  413: { slug: 'body-too-large', title: 'The body of the request is too large' },
  415: { slug: 'unsupported-media-type', title: 'The media type of the request is not supported' },
  429: { slug: 'too-many-requests', title: 'There are too many requests' },
};
const MALFORMED_JSON = { slug: 'malformed-json', title: 'The body of the request is not valid JSON' };

/** A pipe that transforms and checks requests, refuses unknown fields and answers faults as `validation-failed`. */
export function problemValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    exceptionFactory: validationProblem,
  });
}

/**
 * Writes everything that is thrown as application/problem+json. A fault of the server says nothing but a correlation id (the
 * request id where there is one); the log has the cause beside the same id.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request & { id?: unknown }>();
    const response = http.getResponse<Response>();
    let problem = exception instanceof Problem ? exception : translate(exception);
    if (problem.details.status >= 500) {
      const correlationId = typeof request.id === 'string' ? request.id : randomUUID();
      this.logger.error({ err: exception, correlationId }, 'The request failed');
      problem = serverFault(problem, correlationId);
    }
    if (response.headersSent) {
      // A stream broke in the middle: cutting the connection is the only way left to say so.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response.status(problem.details.status).setHeader('content-type', 'application/problem+json');
    response.setHeader('cache-control', 'no-store');
    response.end(JSON.stringify(problem.details));
  }
}

function translate(exception: unknown): Problem {
  if (exception instanceof HttpException) {
    return ofStatus(
      exception.getStatus(),
      exception.message,
      (exception.cause as { type?: unknown } | undefined)?.type,
    );
  }
  const { statusCode, expose, message, type } = (exception ?? {}) as HttpError;
  const isMeantForClients = expose === true && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isMeantForClients ? ofStatus(statusCode, message, type) : ofStatus(500);
}

/** What middleware throws by way of the http-errors package. */
interface HttpError {
  readonly statusCode?: unknown;
  readonly expose?: unknown;
  readonly message?: string;
  readonly type?: unknown;
}

function ofStatus(status: number, detail?: string, parserFault?: unknown): Problem {
  const phrase = STATUS_CODES[status] ?? 'Unknown error';
  const standard = { slug: phrase.toLowerCase().replace(/[^a-z]+/g, '-'), title: phrase };
  const name = parserFault === 'entity.parse.failed' ? MALFORMED_JSON : (KNOWN[status] ?? standard);
  const init: ProblemInit = { ...name, status };
  return new Problem(detail === undefined ? init : { ...init, detail });
}

function serverFault({ details, headers }: Problem, correlationId: string): Problem {
  const { status, title, type } = details;
  return new Problem({ slug: type.replace('/problems/', ''), title, status, extensions: { correlationId }, headers });
}
