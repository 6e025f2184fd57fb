import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ReadModelVitalsModule } from '@retention/runtime';
import { ReadLedgerHandler } from './customers/customer-ledger.js';
import { ReadStandingHandler } from './customers/customer-standing.js';
import { ReadTimelineHandler } from './customers/customer-timeline.js';
import { CustomersController } from './customers/customers.controller.js';
import { FindCustomersHandler } from './customers/find-customers.js';
import { ShowCustomerHandler } from './customers/show-customer.js';
import { FactsModule } from './facts/facts.module.js';
import { GracefulEnd } from './operations/graceful-end.js';
import { ListParkedCustomersHandler } from './parked/parked-customers.js';
import { ListParkedStreamsHandler } from './parked/parked-streams.js';
import { ParkedController } from './parked/parked.controller.js';
import { RetryParkedCustomerHandler } from './parked/retry-parked-customer.js';
import { RetryParkedStreamHandler } from './parked/retry-parked-stream.js';
import { PeopleModule } from './people/people.module.js';
import { PoliciesModule } from './policies/policies.module.js';
import { ListDeadLettersHandler } from './refused/dead-letter-list.js';
import { OperateDeadLetterHandler } from './refused/operate-dead-letter.js';
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
  imports: [CqrsModule.forRoot(), ReadModelVitalsModule, FactsModule, PeopleModule, PoliciesModule],
  controllers: [CustomersController, TierDistributionController, RefusedController, ParkedController, StatusController],
  providers: [
    FindCustomersHandler,
    ShowCustomerHandler,
    ReadLedgerHandler,
    ReadTimelineHandler,
    ReadStandingHandler,
    ReadTierDistributionHandler,
    ListDeadLettersHandler,
    ShowDeadLetterHandler,
    OperateDeadLetterHandler,
    ListPendingFactsHandler,
    ListParkedCustomersHandler,
    RetryParkedCustomerHandler,
    ListParkedStreamsHandler,
    RetryParkedStreamHandler,
    ReadStatusHandler,
    GracefulEnd,
  ],
})
export class ApiModule {}
