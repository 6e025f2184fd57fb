import {
  Body,
  Controller,
  Get,
  Module,
  NotFoundException,
  Post,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsInt, IsString, Matches, ValidateNested } from 'class-validator';
import type { Response } from 'express';
import { Logger } from 'nestjs-pino';
import request from 'supertest';
import { HealthModule } from '../health/health.module.js';
import { HealthRegistry } from '../health/health-registry.js';
import { loggingModule } from '../logging/logging.js';
import { createMetricsRegistry, MetricsModule } from '../metrics/metrics.module.js';
import { Problem } from './problem.js';
import { ProblemFilter, problemValidationPipe } from './problem-filter.js';

class Instalment {
  @IsInt()
  no!: number;
}

class Loan {
  @IsString()
  loanId!: string;

  @Matches(/^\d+\.\d\d$/, { message: 'principal must be a decimal text such as 70000.00' })
  principal!: string;

  @ValidateNested({ each: true })
  @Type(() => Instalment)
  schedule!: Instalment[];
}

@Controller('loans')
class LoansController {
  @Post()
  register(@Body() loan: Loan): { loanId: string } {
    return { loanId: loan.loanId };
  }

  @Get('unknown')
  unknown(): never {
    throw new NotFoundException('There is no loan "unknown"');
  }

  @Get('settled')
  settled(): never {
    throw new Problem({
      slug: 'loan-settled',
      title: 'The loan is settled',
      status: 409,
      detail: 'Loan L1 was settled on 2026-01-31',
      extensions: { loanId: 'L1', status: 200 },
      headers: { 'retry-after': '5' },
    });
  }

  @Get('broken')
  broken(): never {
    throw new Error('password of the database is s3cret');
  }

  @Get('away')
  away(): never {
    throw new ServiceUnavailableException('db-7 is away');
  }

  @Get('nothing')
  nothing(): never {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- a library may do it
    throw undefined;
  }

  @Get('halfway')
  halfway(@Res() response: Response): never {
    response.write('[1,');
    throw new Error('the cursor broke');
  }
}

const lines: string[] = [];
const health = new HealthRegistry();

@Module({
  imports: [
    loggingModule({ level: 'info', app: 'spec', destination: { write: (line: string) => void lines.push(line) } }),
    HealthModule.register(health),
    MetricsModule.register(createMetricsRegistry('spec')),
  ],
  controllers: [LoansController],
})
class SpecModule {}

let app: NestExpressApplication;

beforeAll(async () => {
  app = await NestFactory.create<NestExpressApplication>(SpecModule);
  app.useLogger(app.get(Logger));
  app.useBodyParser('json', { limit: 1000 });
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(problemValidationPipe());
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app.close());

const http = (): ReturnType<typeof request> => request(app.getHttpServer());

function entries(): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('an answer that is no success', () => {
  it('is problem+json with its stable type, and no extension can overwrite what the standard defines', async () => {
    const answer = await http().get('/loans/settled').expect(409).expect('content-type', 'application/problem+json');
    expect(answer.body).toEqual({
      type: '/problems/loan-settled',
      title: 'The loan is settled',
      status: 409,
      detail: 'Loan L1 was settled on 2026-01-31',
      loanId: 'L1',
    });
    expect(answer.headers).toMatchObject({ 'retry-after': '5', 'cache-control': 'no-store' });
  });

  it('names every field that is wrong and why, without repeating what was sent', async () => {
    const loan = { loanId: 7, principal: 70000.5, schedule: [{ no: 1 }, { no: 'second' }], extra: 'secret' };
    const answer = await http().post('/loans').send(loan).expect(400);
    expect(answer.body).toEqual({
      type: '/problems/validation-failed',
      title: 'The request has fields that are not valid',
      status: 400,
      errors: expect.arrayContaining([
        { field: 'loanId', reason: 'loanId must be a string' },
        { field: 'principal', reason: 'principal must be a decimal text such as 70000.00' },
        { field: 'schedule[1].no', reason: 'no must be an integer number' },
        { field: 'extra', reason: 'property extra should not exist' },
      ]) as unknown,
    });
    expect(answer.text).not.toMatch(/70000\.5|second|secret/);
  });

  it.each([
    ['a body that is no JSON', () => http().post('/loans').type('json').send('{"a'), 400, 'malformed-json'],
    [
      'a body too large',
      () =>
        http()
          .post('/loans')
          .send({ loanId: 'x'.repeat(2000) }),
      413,
      'body-too-large',
    ],
    [
      'an unknown charset',
      () => http().post('/loans').type('application/json; charset=klingon').send('{}'),
      415,
      'unsupported-media-type',
    ],
    ['an unknown route', () => http().get('/nowhere'), 404, 'not-found'],
    ['a method the route does not offer', () => http().delete('/loans'), 404, 'not-found'],
    ['a path that cannot be decoded', () => http().get('/loans/%FF'), 400, 'bad-request'],
    ['a thing that does not exist', () => http().get('/loans/unknown'), 404, 'not-found'],
  ])('tells of %s', async (_, send, status, slug) => {
    const answer = await send();
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ type: `/problems/${slug}`, status });
  });

  it('says nothing of a fault of the server but an id, under which the log has the cause', async () => {
    const answer = await http().get('/loans/broken').set('x-request-id', 'call-42').expect(500);
    expect(answer.body).toEqual({
      type: '/problems/internal-server-error',
      title: 'Internal Server Error',
      status: 500,
      correlationId: 'call-42',
    });
    expect(answer.headers['x-request-id']).toBe('call-42');
    expect(entries().find((entry) => entry['correlationId'] === 'call-42')).toMatchObject({
      level: 'error',
      err: { type: 'Error', message: 'password of the database is s3cret' },
    });
  });

  it('keeps the status of a server that is away, and says nothing else', async () => {
    const answer = await http().get('/loans/away').expect(503);
    expect(answer.body).toMatchObject({ type: '/problems/service-unavailable', status: 503 });
    expect(answer.text).not.toContain('db-7');
  });

  it('is a fault of the server when something was thrown that is no error', async () => {
    await http().get('/loans/nothing').expect(500).expect('content-type', 'application/problem+json');
  });

  it('cuts the connection when the answer had begun', async () => {
    await expect(http().get('/loans/halfway')).rejects.toThrow(/aborted|socket hang up/);
  });
});

describe('a line of the request log', () => {
  it('has method, path, status and request id, and neither query nor headers nor addresses', async () => {
    lines.length = 0;
    const forged = 'a b';
    const answer = await http()
      .get('/loans/unknown?phone=13800000000')
      .set('x-request-id', forged)
      .set('authorization', 'Bearer x');
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const [entry] = entries();
    expect(entry).toMatchObject({
      level: 'warn',
      req: { method: 'GET', path: '/loans/unknown' },
      res: { status: 404 },
    });
    expect(entry?.['requestId']).toBe(answer.headers['x-request-id']);
    expect(lines.join('')).not.toMatch(/13800000000|Bearer|127\.0\.0\.1/);
  });

  it('is not written for probes', async () => {
    lines.length = 0;
    await http().get('/health/live').expect(200);
    await http().get('/metrics').expect(200);
    expect(lines).toEqual([]);
  });
});

describe('the probes', () => {
  it('answer 503 and list every check when one is down', async () => {
    const remove = health.addReadiness('kafka', () => ({ up: false, details: { state: 'crashed' } }));
    health.addReadiness('database', () => ({ up: true }));
    const answer = await http().get('/health/ready').expect(503).expect('cache-control', 'no-store');
    expect(answer.body).toEqual({
      status: 'down',
      checks: { kafka: { status: 'down', state: 'crashed' }, database: { status: 'up' } },
    });
    await http().get('/health/live').expect(200, { status: 'up', checks: {} });
    remove();
    await http().get('/health/ready').expect(200);
  });

  it('give Prometheus the metrics in its own format', async () => {
    const answer = await http()
      .get('/metrics')
      .expect(200)
      .expect('content-type', /^text\/plain; version=0\.0\.4/);
    expect(answer.text).toMatch(/process_resident_memory_bytes\{app="spec"\} \d+/);
  });
});
