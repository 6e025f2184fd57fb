import { Inject } from '@nestjs/common';
import { Command, Option, SubCommand } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import { UsageError } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand, OpsCommandGroup } from './ops-command.js';
import { businessDay } from './option-values.js';

interface ShowOptions {
  readonly version?: string;
  readonly on?: string;
}

@SubCommand({ name: 'show', description: 'prints the version in force, or another one, as a document' })
export class ShowPolicyCommand extends OpsCommand<ShowOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--version <version>', description: 'the version of that name' })
  version(text: string): string {
    return text;
  }

  @Option({ flags: '--on <day>', description: 'the version in force on that business day (default: today)' })
  on(text: string): string {
    return businessDay('--on', text);
  }

  protected async execute(_: readonly string[], options: ShowOptions, output: Output): Promise<void> {
    const { version = null, on = null } = options;
    if (version !== null && on !== null) throw new UsageError('--version and --on exclude each other.');
    const { showPolicy } = await import('../policy/show-policy.js');
    await showPolicy(await this.loadConfig(), { version, on }, output);
  }
}

@SubCommand({
  name: 'validate',
  arguments: '<file>',
  argsDescription: { file: 'a policy document; - reads standard input' },
  description: 'says what is wrong with a policy document, if anything; needs no database',
})
export class ValidatePolicyCommand extends OpsCommand<object> {
  protected async execute([file = '']: readonly string[], _: object, output: Output): Promise<void> {
    const { validatePolicy } = await import('../policy/validate-policy.js');
    await validatePolicy(file, output);
  }
}

interface PublishOptions {
  readonly author: string;
  readonly reason: string;
  readonly dryRun?: true;
}

@SubCommand({
  name: 'publish',
  arguments: '<file>',
  argsDescription: { file: 'a policy document; - reads standard input' },
  description: 'publishes a version, and waits until everybody is decided by it',
})
export class PublishPolicyCommand extends OpsCommand<PublishOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--author <name>', description: 'who decided so', required: true })
  author(text: string): string {
    return text;
  }

  @Option({ flags: '--reason <text>', description: 'why', required: true })
  reason(text: string): string {
    return text;
  }

  @Option({ flags: '--dry-run', description: 'only say what it would change' })
  dryRun(): true {
    return true;
  }

  protected async execute([file = '']: readonly string[], options: PublishOptions, output: Output): Promise<void> {
    const { publishPolicy } = await import('../policy/publish-policy.js');
    const { author, reason, dryRun } = options;
    await publishPolicy(await this.loadConfig(), { file, author, reason, isDryRun: dryRun === true }, output);
  }
}

@SubCommand({ name: 'history', description: 'lists every version, who published it, why, and what it changed' })
export class PolicyHistoryCommand extends OpsCommand<object> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  protected async execute(_: readonly string[], __: object, output: Output): Promise<void> {
    const { showPolicyHistory } = await import('../policy/policy-history.js');
    await showPolicyHistory(await this.loadConfig(), output);
  }
}

@Command({
  name: 'policy',
  arguments: '[command]',
  description: 'the versions of the numbers that everything is decided by',
  subCommands: [ShowPolicyCommand, ValidatePolicyCommand, PublishPolicyCommand, PolicyHistoryCommand],
})
export class PolicyCommand extends OpsCommandGroup {}
