import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ReadModelVitalsModule } from '@retention/runtime';
import { ReadLedgerHandler } from './customers/customer-ledger.js';
import { ReadTimelineHandler } from './customers/customer-timeline.js';
import { CustomersController } from './customers/customers.controller.js';
import { FindCustomersHandler } from './customers/find-customers.js';
import { ShowCustomerHandler } from './customers/show-customer.js';
import { FactsController } from './facts/facts.controller.js';
import { FactsDoor } from './facts/take-facts.js';
import { GracefulEnd } from './operations/graceful-end.js';
import { ListDeadLettersHandler } from './refused/dead-letter-list.js';
import { ListPendingFactsHandler } from './refused/pending-facts.js';
import { RefusedController } from './refused/refused.controller.js';
import { ShowDeadLetterHandler } from './refused/show-dead-letter.js';
import { ReadStatusHandler } from './status/read-status.js';
import { StatusController } from './status/status.controller.js';
import { ReadTierDistributionHandler } from './tiers/tier-distribution.js';
import { TierDistributionController } from './tiers/tier-distribution.controller.js';

// Whoever composes an application takes both from here: the module alone listens without its limits and its problems.
export { configureApi } from './configure-api.js';

/** The HTTP API. It stands on the log, probes, metrics and runtime of a `ProcessModule`. */
@Module({
  imports: [CqrsModule.forRoot(), ReadModelVitalsModule],
  controllers: [CustomersController, TierDistributionController, FactsController, RefusedController, StatusController],
  providers: [
    FindCustomersHandler,
    ShowCustomerHandler,
    ReadLedgerHandler,
    ReadTimelineHandler,
    ReadTierDistributionHandler,
    ListDeadLettersHandler,
    ShowDeadLetterHandler,
    ListPendingFactsHandler,
    ReadStatusHandler,
    FactsDoor,
    GracefulEnd,
  ],
})
export class ApiModule {}
