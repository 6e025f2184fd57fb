import { Inject } from '@nestjs/common';
import { Command, Option, SubCommand } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import type { Output } from '../terminal/output.js';
import { OperationCommand } from './operation-command.js';
import type { OperationOptions } from './operation-command.js';
import { OpsCommand, OpsCommandGroup } from './ops-command.js';
import { LIST_ROWS, rowLimit, valueOfForm } from './option-values.js';

interface ListOptions {
  readonly limit?: number;
  readonly after?: string;
  readonly code?: string;
  readonly resolved?: true;
}

const ID = /^[1-9]\d{0,17}$/;

@SubCommand({ name: 'list', description: 'lists refused messages, oldest first' })
export class ListDeadLettersCommand extends OpsCommand<ListOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--limit <rows>', description: `at most so many, 1 to 1000 (default: ${LIST_ROWS})` })
  limit(text: string): number {
    return rowLimit(text);
  }

  @Option({ flags: '--after <id>', description: 'only those after this one' })
  after(text: string): string {
    return valueOfForm('--after', text, ID, 'the id of a dead letter');
  }

  @Option({ flags: '--code <code>', description: 'only those refused for this reason, such as invalid-json' })
  code(text: string): string {
    return text;
  }

  @Option({ flags: '--resolved', description: 'those that were dealt with, not the open ones' })
  resolved(): true {
    return true;
  }

  protected async execute(_: readonly string[], options: ListOptions, output: Output): Promise<void> {
    const { listDeadLetters } = await import('../kept/dead-letters.js');
    const { limit = LIST_ROWS, after = null, code = null, resolved } = options;
    await listDeadLetters(
      await this.loadConfig(),
      { limit, afterId: after, code, state: resolved === true ? 'resolved' : 'open' },
      output,
    );
  }
}

@SubCommand({ name: 'show', arguments: '<id>', description: 'shows one refused message with its reason and bytes' })
export class ShowDeadLetterCommand extends OpsCommand<object> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  protected async execute([id = '']: readonly string[], _: object, output: Output): Promise<void> {
    const { showDeadLetter } = await import('../kept/dead-letters.js');
    await showDeadLetter(await this.loadConfig(), valueOfForm('The id', id, ID, 'a whole number'), output);
  }
}

abstract class OperateDeadLetterCommand extends OperationCommand<OperationOptions> {
  constructor(
    private readonly loadConfig: ConfigSource,
    private readonly what: 'requeue' | 'discard',
  ) {
    super();
  }

  protected async execute([id = '']: readonly string[], options: OperationOptions, output: Output): Promise<void> {
    valueOfForm('The id', id, ID, 'a whole number');
    const { by = null, reason, dryRun } = options;
    const { operateDeadLetter } = await import('../kept/operate-dead-letter.js');
    const operation = { what: this.what, id, by, reason, isDryRun: dryRun === true };
    await operateDeadLetter(await this.loadConfig(), operation, output);
  }
}

@SubCommand({ name: 'requeue', arguments: '<id>', description: 'sends a refused message through the writer again' })
export class RequeueDeadLetterCommand extends OperateDeadLetterCommand {
  constructor(@Inject(CONFIG_SOURCE) loadConfig: ConfigSource) {
    super(loadConfig, 'requeue');
  }
}

@SubCommand({
  name: 'discard',
  arguments: '<id>',
  description: 'gives a refused message up: it is kept, and done with',
})
export class DiscardDeadLetterCommand extends OperateDeadLetterCommand {
  constructor(@Inject(CONFIG_SOURCE) loadConfig: ConfigSource) {
    super(loadConfig, 'discard');
  }
}

@Command({
  name: 'dead-letters',
  arguments: '[command]',
  description: 'what could not be read or was refused',
  subCommands: [ListDeadLettersCommand, ShowDeadLetterCommand, RequeueDeadLetterCommand, DiscardDeadLetterCommand],
})
export class DeadLettersCommand extends OpsCommandGroup {}
