import { Inject } from '@nestjs/common';
import { Command, Option, SubCommand } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import { UsageError } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { OperationCommand } from './operation-command.js';
import type { OperationOptions } from './operation-command.js';
import { OpsCommand, OpsCommandGroup } from './ops-command.js';
import { LIST_ROWS, rowLimit, valueOfForm } from './option-values.js';

/** Ids of the upstream contract, whose own pattern would have the command line load all of it. */
const CUSTOMER_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const PLACE_IN_STREAMS = /^[a-z-]+\/[A-Za-z0-9._:-]{1,64}$/;

interface Which {
  readonly customers?: true;
  readonly streams?: true;
}

/** Both, unless one is named. */
const chosen = ({ customers, streams }: Which): { customers: boolean; streams: boolean } => ({
  customers: customers === true || streams !== true,
  streams: streams === true || customers !== true,
});

interface ListOptions extends Which {
  readonly limit?: number;
  readonly after?: string;
}

@SubCommand({
  name: 'list',
  description: 'lists customers who cannot be decided, and those a read model stands still on',
})
export class ListParkedCommand extends OpsCommand<ListOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--customers', description: 'only customers who cannot be decided' })
  customers(): true {
    return true;
  }

  @Option({ flags: '--streams', description: 'only customers a read model stands still on' })
  streams(): true {
    return true;
  }

  @Option({ flags: '--limit <rows>', description: `at most so many of each, 1 to 1000 (default: ${LIST_ROWS})` })
  limit(text: string): number {
    return rowLimit(text);
  }

  @Option({ flags: '--after <place>', description: 'only those after this one; with --customers or --streams' })
  after(text: string): string {
    return text;
  }

  protected async execute(_: readonly string[], options: ListOptions, output: Output): Promise<void> {
    const { customers, streams } = chosen(options);
    const { limit = LIST_ROWS, after = null } = options;
    if (after !== null && customers && streams) throw new UsageError('--after needs either --customers or --streams.');
    const afterCustomerId =
      after === null || streams ? null : valueOfForm('--after', after, CUSTOMER_ID, 'the id of a customer');
    const afterStream = after === null || customers ? null : placeInStreams(after);
    const { listParked } = await import('../kept/parked.js');
    await listParked(await this.loadConfig(), { customers, streams, limit, afterCustomerId, afterStream }, output);
  }
}

function placeInStreams(text: string): { projection: string; streamId: string } {
  valueOfForm('--after', text, PLACE_IN_STREAMS, 'a read model and a customer, such as ledger/C0000001');
  const at = text.indexOf('/');
  return { projection: text.slice(0, at), streamId: `customer-${text.slice(at + 1)}` };
}

interface RetryOptions extends OperationOptions, Which {}

@SubCommand({
  name: 'retry',
  arguments: '<customer>',
  argsDescription: { customer: 'id of the customer' },
  description: 'tries a customer again: to decide them with the facts kept for them, and to show them',
})
export class RetryParkedCommand extends OperationCommand<RetryOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--customers', description: 'only decide the customer' })
  customers(): true {
    return true;
  }

  @Option({ flags: '--streams', description: 'only have the read models take up the customer' })
  streams(): true {
    return true;
  }

  protected async execute([id = '']: readonly string[], options: RetryOptions, output: Output): Promise<void> {
    const customerId = valueOfForm('The customer', id, CUSTOMER_ID, 'the id of a customer');
    const { by = null, reason, dryRun } = options;
    const { retryParked } = await import('../kept/retry-parked.js');
    const retry = { customerId, ...chosen(options), by, reason, isDryRun: dryRun === true };
    await retryParked(await this.loadConfig(), retry, output);
  }
}

@Command({
  name: 'parked',
  arguments: '[command]',
  description: 'customers who cannot be decided, or whom a read model cannot show',
  subCommands: [ListParkedCommand, RetryParkedCommand],
})
export class ParkedCommand extends OpsCommandGroup {}
