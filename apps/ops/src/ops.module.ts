import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { InjectCommander } from 'nest-commander';
import { CloseDayCommand } from './commands/close-day.command.js';
import { CopyStoreCommand } from './commands/copy-store.command.js';
import {
  DeadLettersCommand,
  DiscardDeadLetterCommand,
  ListDeadLettersCommand,
  RequeueDeadLetterCommand,
  ShowDeadLetterCommand,
} from './commands/dead-letters.command.js';
import { ExportCommand } from './commands/export.command.js';
import { FitChurnModelCommand } from './commands/fit-churn-model.command.js';
import { IngestCommand } from './commands/ingest.command.js';
import type { CommanderCommand } from './commands/ops-command.js';
import { ListParkedCommand, ParkedCommand, RetryParkedCommand } from './commands/parked.command.js';
import { ListPendingCommand, PendingCommand } from './commands/pending.command.js';
import {
  PolicyCommand,
  PolicyHistoryCommand,
  PublishPolicyCommand,
  ShowPolicyCommand,
  ValidatePolicyCommand,
} from './commands/policy.command.js';
import { SimulateCommand } from './commands/simulate.command.js';
import { StatusCommand } from './commands/status.command.js';
import { CONFIG_SOURCE } from './config-source.js';
import type { ConfigSource } from './config-source.js';

@Module({})
export class OpsModule {
  constructor(@InjectCommander() commander: CommanderCommand) {
    commander.name('retention').description('Feeds, looks into and exports the customer retention of a lender.');
  }

  static register(loadConfig: ConfigSource): DynamicModule {
    return {
      module: OpsModule,
      providers: [
        { provide: CONFIG_SOURCE, useValue: loadConfig },
        IngestCommand,
        StatusCommand,
        CloseDayCommand,
        CopyStoreCommand,
        FitChurnModelCommand,
        ExportCommand,
        SimulateCommand,
        DeadLettersCommand,
        ListDeadLettersCommand,
        ShowDeadLetterCommand,
        RequeueDeadLetterCommand,
        DiscardDeadLetterCommand,
        ParkedCommand,
        ListParkedCommand,
        RetryParkedCommand,
        PendingCommand,
        ListPendingCommand,
        PolicyCommand,
        ShowPolicyCommand,
        ValidatePolicyCommand,
        PublishPolicyCommand,
        PolicyHistoryCommand,
      ],
    };
  }
}
