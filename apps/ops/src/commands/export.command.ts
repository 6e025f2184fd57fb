import { Inject } from '@nestjs/common';
import { Command, Option } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import { EXPORT_FORMATS } from '../export/export-format.js';
import type { ExportFormat } from '../export/export-format.js';
import { UsageError } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand } from './ops-command.js';
import { businessDay } from './option-values.js';

interface ExportOptions {
  readonly format: ExportFormat;
  readonly out?: string;
  readonly asOf?: string;
}

@Command({
  name: 'export',
  arguments: '<what>',
  argsDescription: { what: 'customers' },
  description:
    'writes all customers as they stand; the same facts and closed days give the same bytes, in whatever order they came',
})
export class ExportCommand extends OpsCommand<ExportOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--format <format>', description: EXPORT_FORMATS.join(' or '), defaultValue: 'ndjson' })
  format(text: string): ExportFormat {
    const format = EXPORT_FORMATS.find((one) => one === text);
    if (format === undefined) {
      throw new UsageError(`--format "${text}" is not known; expected ${EXPORT_FORMATS.join(' or ')}.`);
    }
    return format;
  }

  @Option({ flags: '--out <path>', description: 'a file instead of standard output; packed when it ends in .gz' })
  out(path: string): string {
    return path;
  }

  @Option({
    flags: '--as-of <day>',
    description: 'as they stood at the end of this business day, as known now, with churn by all four definitions',
  })
  asOf(text: string): string {
    return businessDay('--as-of', text);
  }

  protected async execute([what]: readonly string[], options: ExportOptions, output: Output): Promise<void> {
    if (what !== 'customers') throw new UsageError(`There is no export of "${what ?? ''}"; expected customers.`);
    const { format, out = null, asOf = null } = options;
    if (output.isJson && out === null) {
      throw new UsageError('With --json, name a file with --out: the data itself goes to standard output.');
    }
    const { exportCustomers } = await import('../export/export-customers.js');
    await exportCustomers(await this.loadConfig(), { format, out, asOf }, output);
  }
}
