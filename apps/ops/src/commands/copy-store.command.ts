import type { KeptIn } from '@retention/event-store';
import { Inject } from '@nestjs/common';
import { Command, Option } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import { UsageError } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand } from './ops-command.js';
import { valueOfForm } from './option-values.js';

interface CopyStoreOptions {
  readonly from: KeptIn;
  readonly to: KeptIn;
  readonly onlyCopy?: true;
}

const STORE = /^(postgres|eventstoredb)$/;

@Command({
  name: 'copy-store',
  description: 'copies all events from PostgreSQL to EventStoreDB or back, verifies the copy and has them kept there',
})
export class CopyStoreCommand extends OpsCommand<CopyStoreOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--from <store>', description: 'where they are kept: postgres or eventstoredb', required: true })
  from(text: string): KeptIn {
    return storeOf('--from', text);
  }

  @Option({ flags: '--to <store>', description: 'where they are to be kept: the other one', required: true })
  to(text: string): KeptIn {
    return storeOf('--to', text);
  }

  @Option({ flags: '--only-copy', description: 'copy and verify, while everything goes on as before' })
  onlyCopy(): true {
    return true;
  }

  protected async execute(
    _: readonly string[],
    { from, to, onlyCopy }: CopyStoreOptions,
    output: Output,
  ): Promise<void> {
    if (from === to) throw new UsageError(`--from and --to are both ${from}; expected the two different stores.`);
    const { runCopyStore } = await import('../copy-store/run-copy-store.js');
    await runCopyStore(await this.loadConfig(), { from, to, isSwitched: onlyCopy !== true }, output);
  }
}

function storeOf(name: string, text: string): KeptIn {
  return valueOfForm(name, text, STORE, 'postgres or eventstoredb') as KeptIn;
}
