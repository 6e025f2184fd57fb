import { Inject } from '@nestjs/common';
import { Command, Option } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import { UsageError } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand } from './ops-command.js';
import { businessDay } from './option-values.js';

interface FitOptions {
  readonly from?: string;
  readonly to?: string;
  readonly unitDays?: number;
  readonly publish?: true;
  readonly author?: string;
  readonly reason?: string;
  readonly effectiveFrom?: string;
}

const UNIT_DAYS = 7;
const UNIT_DAYS_MAX = 366;

@Command({
  name: 'fit-churn-model',
  description: 'fits P(alive) and expected further loans (BG/NBD, MBG/NBD) on all disbursals',
})
export class FitChurnModelCommand extends OpsCommand<FitOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--from <day>', description: 'first day whose disbursals count (default: the first there is)' })
  from(text: string): string {
    return businessDay('--from', text);
  }

  @Option({ flags: '--to <day>', description: 'last day whose disbursals count (default: the last that has ended)' })
  to(text: string): string {
    return businessDay('--to', text);
  }

  @Option({ flags: '--unit-days <days>', description: `unit of time (default: ${UNIT_DAYS})` })
  unitDays(text: string): number {
    const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
    if (days < 1 || days > UNIT_DAYS_MAX) {
      throw new UsageError(`--unit-days "${text}" is not valid; expected a whole number from 1 to ${UNIT_DAYS_MAX}.`);
    }
    return days;
  }

  @Option({ flags: '--publish', description: 'publish it as the model of the policy; needs --author and --reason' })
  publish(): true {
    return true;
  }

  @Option({ flags: '--author <name>', description: 'who decided to use it' })
  author(text: string): string {
    return text;
  }

  @Option({ flags: '--reason <text>', description: 'why' })
  reason(text: string): string {
    return text;
  }

  @Option({ flags: '--effective-from <day>', description: 'day it is used from (default: the day after --to)' })
  effectiveFrom(text: string): string {
    return businessDay('--effective-from', text);
  }

  protected async execute(_: readonly string[], options: FitOptions, output: Output): Promise<void> {
    const { from = null, to = null, unitDays = UNIT_DAYS, publish, author, reason, effectiveFrom = null } = options;
    if (publish === true && (author === undefined || reason === undefined)) {
      throw new UsageError('--publish needs --author and --reason.');
    }
    const isPublished = publish === true && author !== undefined && reason !== undefined;
    const publication = isPublished ? { author, reason, effectiveFrom } : null;
    const { fitModel } = await import('../churn-model/fit-model.js');
    await fitModel(await this.loadConfig(), { from, to, unitDays, publication }, output);
  }
}
