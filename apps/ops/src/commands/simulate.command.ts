import { PARAMETER_DEFAULTS } from '@retention/simulation';
import type { LenderParameters, ParameterName } from '@retention/simulation';
import { Command } from 'nest-commander';
import { UsageError } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand } from './ops-command.js';
import type { CommanderCommand } from './ops-command.js';

type Texts = Partial<Record<ParameterName | 'customers' | 'years' | 'seed' | 'startsOn' | 'source' | 'out', string>>;

const NAMES = Object.keys(PARAMETER_DEFAULTS) as ParameterName[];

@Command({
  name: 'simulate',
  description: 'writes the messages of a simulated lender; the same seed gives the same bytes',
})
export class SimulateCommand extends OpsCommand<object> {
  /** The parameters are a table of the library, so the options are made from it rather than written out again. */
  override setCommand(command: CommanderCommand): this {
    command
      .requiredOption('--customers <n>', 'how many customers')
      .requiredOption('--years <y>', 'for how long the lender is watched')
      .requiredOption('--seed <s>', 'a whole number; another one is another lender')
      .option('--out <path>', 'a file instead of standard output; packed when it ends in .gz')
      .option('--starts-on <day>', 'the first day, YYYY-MM-DD')
      .option('--source <source>', 'the CloudEvents source')
      .option('--closes-business-days', 'report the end of every business day');
    for (const name of NAMES) {
      const { value, says } = PARAMETER_DEFAULTS[name];
      command.option(`${flagOf(name)} <number>`, `${says} (default: ${value})`);
    }
    return super.setCommand(command);
  }

  protected async execute(_: readonly string[], __: object, output: Output): Promise<void> {
    const { out = null, ...texts } = this.command.opts<Texts & { closesBusinessDays?: true }>();
    if (output.isJson && out === null) {
      throw new UsageError('With --json, name a file with --out: the messages themselves go to standard output.');
    }
    const { runSimulation } = await import('../simulate/run-simulation.js');
    await runSimulation(parametersOf(texts), out, output);
  }
}

function parametersOf(texts: Texts & { readonly closesBusinessDays?: true }): LenderParameters {
  const { customers, years, seed, startsOn, source, closesBusinessDays } = texts;
  const chosen = NAMES.flatMap((name) => (texts[name] === undefined ? [] : [[name, numberOf(texts[name])] as const]));
  return {
    ...Object.fromEntries(chosen),
    customers: numberOf(customers),
    years: numberOf(years),
    seed: numberOf(seed),
    ...(startsOn === undefined ? {} : { startsOn }),
    ...(source === undefined ? {} : { source }),
    ...(closesBusinessDays === undefined ? {} : { closesBusinessDays }),
  };
}

/** What is no number becomes NaN, which the library refuses by name. */
const numberOf = (text: string | undefined): number =>
  text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
