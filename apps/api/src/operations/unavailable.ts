import { type ArgumentsHost, Catch } from '@nestjs/common';
import { AppendConflict, EventStoreDbUnavailable } from '@retention/event-store';
import { isDatabaseAway, Problem, ProblemFilter } from '@retention/platform';

/** A restart of PostgreSQL takes a few seconds. */
const RETRY_AFTER_SECONDS = 5;

/** Tells a client when to come back, where the fault is one that passes. Everything else is the platform's filter. */
@Catch()
export class ApiProblemFilter extends ProblemFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    super.catch(passingFault(exception) ?? exception, host);
  }
}

function passingFault(cause: unknown): Problem | null {
  const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
  if (cause instanceof EventStoreDbUnavailable) {
    const title = 'The event store cannot be reached: send the same again later';
    return new Problem({ slug: 'event-store-unavailable', title, status: 503, headers }, { cause });
  }
  if (isDatabaseAway(cause)) {
    const title = 'The database cannot be reached: send the same again later';
    return new Problem({ slug: 'database-unavailable', title, status: 503, headers }, { cause });
  }
  if (cause instanceof AppendConflict) {
    const title = 'Others keep writing about the same customers: send the same again later';
    return new Problem({ slug: 'too-much-contention', title, status: 503, headers }, { cause });
  }
  return null;
}
