import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { type DestinationStream, type LevelWithSilent, type Logger, pino, stdTimeFunctions } from 'pino';
import { errorForLog, redact } from './redaction.js';

export interface LoggingOptions {
  /** `silent` for tests. */
  readonly level: LevelWithSilent;
  /** Which process writes, e.g. `ingest`. */
  readonly app: string;
  /** Default: stdout, one JSON object a line. */
  readonly destination?: DestinationStream;
}

/** What a caller may send as X-Request-Id: short, and nothing that could forge a line or a header. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;
const REQUEST_ID_HEADER = 'x-request-id';
/** Asked every few seconds by machines; their answers are in the metrics. */
const QUIET_PATHS = new Set(['/health/live', '/health/ready', '/metrics']);
const SERIALIZED = new Set(['err', 'req', 'res']);

type ChildMethod = (this: Logger, bindings: object, settings?: object) => Logger;

/** A logger whose entries are JSON and free of personal data, for code outside Nest. */
export function createLogger({ level, app, destination }: LoggingOptions): Logger {
  const options = {
    level,
    base: { app, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (entry: object) => redact(entry, SERIALIZED),
    },
    serializers: { err: (error: unknown) => errorForLog(error), req: requestForLog, res: responseForLog },
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  // pino drops the formatter of bindings in its children, so they are redacted on their way in. Children inherit this.
  const child: unknown = Reflect.get(logger, 'child');
  const redactedChild: ChildMethod = function (bindings, settings) {
    return (child as ChildMethod).call(this, redact(bindings, SERIALIZED), settings);
  };
  return Object.assign(logger, { child: redactedChild });
}

/**
 * Nest's logger on pino (`app.useLogger(app.get(Logger))`), with one line per request: method, path, status, time and the
 * request id, which is taken from X-Request-Id or made, and returned in the answer. No bodies, headers, query or addresses.
 */
export function loggingModule(options: LoggingOptions): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: {
      logger: createLogger(options),
      wrapSerializers: false,
      serializers: { err: (error: unknown) => errorForLog(error), req: requestForLog, res: responseForLog },
      genReqId: requestId,
      quietReqLogger: true,
      customAttributeKeys: { reqId: 'requestId' },
      autoLogging: { ignore: (request) => QUIET_PATHS.has(pathOf(request)) },
      customLogLevel: (_request, response, error) =>
        error !== undefined || response.statusCode >= 500 ? 'error' : response.statusCode >= 400 ? 'warn' : 'info',
      customSuccessObject: (request, _response, entry: object) => ({ ...entry, req: request }),
      customErrorObject: (request, _response, _error, entry: object) => ({ ...entry, req: request }),
    },
  });
}

function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers[REQUEST_ID_HEADER];
  const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  response.setHeader(REQUEST_ID_HEADER, id);
  return id;
}

/** The query is left out: people search by name and telephone. */
function pathOf(request: { readonly url?: string | undefined; readonly originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? '').split('?', 1)[0] ?? '';
}

function requestForLog(request: IncomingMessage): object {
  return { method: request.method, path: pathOf(request) };
}

function responseForLog(response: ServerResponse): object {
  return { status: response.statusCode };
}
