import { Inject } from '@nestjs/common';
import { Command, Option, SubCommand } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand, OpsCommandGroup } from './ops-command.js';
import { LIST_ROWS, rowLimit, valueOfForm } from './option-values.js';

interface ListOptions {
  readonly limit?: number;
  readonly after?: string;
}

const KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@SubCommand({ name: 'list', description: 'lists facts that name a loan nobody has reported yet' })
export class ListPendingCommand extends OpsCommand<ListOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--limit <rows>', description: `at most so many, 1 to 1000 (default: ${LIST_ROWS})` })
  limit(text: string): number {
    return rowLimit(text);
  }

  @Option({ flags: '--after <key>', description: 'only those after this one' })
  after(text: string): string {
    return valueOfForm('--after', text, KEY, 'the key of a pending fact');
  }

  protected async execute(_: readonly string[], options: ListOptions, output: Output): Promise<void> {
    const { listPendingFacts } = await import('../kept/pending-facts.js');
    const { limit = LIST_ROWS, after = null } = options;
    await listPendingFacts(await this.loadConfig(), { limit, afterKey: after }, output);
  }
}

@Command({
  name: 'pending',
  arguments: '[command]',
  description: 'facts that wait for the loan they name',
  subCommands: [ListPendingCommand],
})
export class PendingCommand extends OpsCommandGroup {}
