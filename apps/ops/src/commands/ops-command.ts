import { CommandRunner } from 'nest-commander';
import { Output } from '../terminal/output.js';

/** The command of the commander that nest-commander brings along; it is no dependency of our own. */
export type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

/** A command with a result: takes no arguments it does not know, and has `--json`. */
export abstract class OpsCommand<Options extends object> extends CommandRunner {
  override setCommand(command: CommanderCommand): this {
    command.exitOverride().allowExcessArguments(false).option('--json', 'print one JSON object and nothing else');
    return super.setCommand(command);
  }

  async run(parameters: string[], options: Options): Promise<void> {
    await this.execute(parameters, options, new Output(this.command.opts<{ json?: true }>().json === true));
  }

  protected abstract execute(parameters: readonly string[], options: Options, output: Output): Promise<void>;
}

/** A command that only holds others. */
export abstract class OpsCommandGroup extends CommandRunner {
  override setCommand(command: CommanderCommand): this {
    command.exitOverride();
    return super.setCommand(command);
  }

  run(parameters: string[]): Promise<void> {
    const unknown = parameters[0];
    if (unknown !== undefined) this.command.error(`error: unknown command '${this.command.name()} ${unknown}'`);
    this.command.help({ error: true });
  }
}
