import { Inject } from '@nestjs/common';
import { Command } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand } from './ops-command.js';

@Command({ name: 'status', description: 'says what is known, what waits, and how far the read models are' })
export class StatusCommand extends OpsCommand<object> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  protected async execute(_: readonly string[], __: object, output: Output): Promise<void> {
    const { runStatus } = await import('../status/run-status.js');
    await runStatus(await this.loadConfig(), output);
  }
}
