import { Controller, Get, Header, Inject, Res, VERSION_NEUTRAL } from '@nestjs/common';
import type { Response } from 'express';
import { type HealthReport, HealthRegistry } from './health-registry.js';

@Controller({ path: 'health', version: VERSION_NEUTRAL })
export class HealthController {
  constructor(@Inject(HealthRegistry) private readonly registry: HealthRegistry) {}

  @Get('live')
  @Header('cache-control', 'no-store')
  async live(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return answer(await this.registry.liveness(), response);
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return answer(await this.registry.readiness(), response);
  }
}

function answer(report: HealthReport, response: Response): HealthReport {
  response.status(report.status === 'up' ? 200 : 503);
  return report;
}
