import { VersioningType } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { problemValidationPipe } from '@retention/platform';
import type { Runtime } from '@retention/runtime';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { Registry } from 'prom-client';
import { apiDocument } from './documentation/api-document.js';
import { BODY_BYTES_MAX, carriesFacts } from './facts/facts-body.js';
import { measureRequests } from './operations/request-durations.js';
import { ApiProblemFilter } from './operations/unavailable.js';
import { WriteAdmission } from './operations/write-admission.js';

/** Headers that trickle in hold a connection no longer than this. */
const HEADERS_WITHIN_MS = 10_000;
/** Node looks every 30 s, and would let them trickle for 40. */
const LATE_ONES_CLOSED_EVERY_MS = 2_000;
/** A whole request: 10 MB at 170 KB/s. */
const REQUEST_WITHIN_MS = 60_000;
/** Nothing came or went for so long, although a request is under way: its client does not read the answer. */
const SILENT_FOR_MS = 120_000;
/** Longer than the usual balancer keeps its side open, so that it is never this one that closes on a request. */
const KEEP_ALIVE_MS = 65_000;

/** Everything of the API that is set on the application and not in its modules. To be called before it listens. */
export function configureApi(app: NestExpressApplication, { config }: Runtime): void {
  app.use(measureRequests(app.get(Registry)));
  app.use(securityHeaders());
  app.use(keepOutOfCaches);
  app.use(app.get(WriteAdmission).admit);
  app.useBodyParser('raw', { type: carriesFacts, limit: BODY_BYTES_MAX });
  app.set('query parser', 'simple');
  app.set('etag', false);
  useVersions(app);
  app.useGlobalPipes(problemValidationPipe());
  app.useGlobalFilters(new ApiProblemFilter());
  if (config.http.publicDocs) {
    SwaggerModule.setup('docs', app, () => apiDocument(app), { jsonDocumentUrl: 'docs/openapi.json' });
  }
  const server = app.getHttpServer();
  Object.assign(server, {
    headersTimeout: HEADERS_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: LATE_ONES_CLOSED_EVERY_MS,
    timeout: SILENT_FOR_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  // By itself Node would ask for the body before the request is let in.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
}

/** `/v1` before every route, except those of probes, metrics and pages. */
export function useVersions(app: Pick<NestExpressApplication, 'enableVersioning'>): void {
  app.enableVersioning({ type: VersioningType.URI });
}

/** TLS ends before this process, so what would send a browser to https is off: the page would stay empty over http. */
function securityHeaders(): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    strictTransportSecurity: false,
  });
}

/** Answers are about people, and as old as the moment they are given. */
function keepOutOfCaches(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('cache-control', 'no-store');
  next();
}
