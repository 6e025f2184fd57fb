import { Option } from 'nest-commander';
import { OpsCommand } from './ops-command.js';

/** What everything that is done to kept facts is called with. */
export interface OperationOptions {
  readonly by?: string;
  readonly reason: string;
  readonly dryRun?: true;
}

/** A command that does something to what is kept: who and why is recorded with it, and it can be tried before. */
export abstract class OperationCommand<Options extends OperationOptions> extends OpsCommand<Options> {
  @Option({ flags: '--by <name>', description: 'who does it, kept for ever (default: the name of your user here)' })
  by(text: string): string {
    return text;
  }

  @Option({ flags: '--reason <text>', description: 'why, kept for ever', required: true })
  reason(text: string): string {
    return text;
  }

  @Option({ flags: '--dry-run', description: 'only say what would come of it' })
  dryRun(): true {
    return true;
  }
}
