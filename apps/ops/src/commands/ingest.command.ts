import { Inject } from '@nestjs/common';
import { Command, Option } from 'nest-commander';
import { CONFIG_SOURCE } from '../config-source.js';
import type { ConfigSource } from '../config-source.js';
import type { Output } from '../terminal/output.js';
import { OpsCommand } from './ops-command.js';

interface IngestOptions {
  readonly file: string;
  readonly followProjections: boolean;
}

@Command({ name: 'ingest', description: 'takes in a file of messages, one a line, plain or gzip' })
export class IngestCommand extends OpsCommand<IngestOptions> {
  constructor(@Inject(CONFIG_SOURCE) private readonly loadConfig: ConfigSource) {
    super();
  }

  @Option({ flags: '--file <path>', description: 'the file; - reads standard input', required: true })
  file(path: string): string {
    return path;
  }

  @Option({ flags: '--follow-projections', description: 'wait until the read models hold it (default)' })
  followProjections(): boolean {
    return true;
  }

  @Option({ flags: '--no-follow-projections', description: 'leave the read models to a running projector' })
  noFollowProjections(): boolean {
    return false;
  }

  protected async execute(_: readonly string[], options: IngestOptions, output: Output): Promise<void> {
    const { runIngest } = await import('../ingest/run-ingest.js');
    const isFollowed = this.command.opts<{ followProjections?: boolean }>().followProjections !== false;
    await runIngest(await this.loadConfig(), { file: options.file, isFollowed }, output);
  }
}
