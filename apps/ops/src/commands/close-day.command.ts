import { Inject } from '@nestjs/common';
import { Command, Option } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand } from './ops-command.js';
import { businessDay } from './option-values.js';

interface CloseDayOptions {
  readonly until: string;
  readonly daily?: true;
}

@Command({
  name: 'close-day',
  description: 'closes business days: what waited for them is decided (churn, warnings, expiring points)',
})
export class CloseDayCommand extends OpsCommand<CloseDayOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({
    flags: '--until <day>',
    description: 'the last day to close; all days before are closed with it',
    required: true,
  })
  until(text: string): string {
    return businessDay('--until', text);
  }

  @Option({ flags: '--daily', description: 'close each day since the last closed one by itself' })
  daily(): true {
    return true;
  }

  protected async execute(_: readonly string[], { until, daily }: CloseDayOptions, output: Output): Promise<void> {
    const { closeDays } = await import('../calendar/close-days.js');
    await closeDays(await this.loadConfig(), { until, isDaily: daily === true }, output);
  }
}
