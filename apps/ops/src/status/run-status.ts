import type { BusinessDay } from '@retention/customer';
import {
  deadLetterCounts,
  dueCustomerCount,
  knownFactCount,
  lastClosedDay,
  parkedCustomerCount,
  pendingFactCount,
} from '@retention/ingestion';
import type { DeadLetterCount } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import { projectionLag } from '@retention/projections';
import type { ProjectionLag } from '@retention/projections';
import { overview } from '@retention/read-models';
import type { StandingCounts, TierCount } from '@retention/read-models';
import type { Runtime } from '@retention/runtime';
import type { Output } from '../terminal/output.js';
import { visitRuntime } from '../visit-runtime.js';

/** What is known, what waits, and how far the read models are. */
export interface Status {
  readonly facts: {
    /** Different facts ever taken, waiting ones and the product's own reports included. */
    readonly known: number;
    /** Wait for somebody to claim the loan they name. */
    readonly pending: number;
    /** Wait in their customer's stream. */
    readonly parked: number;
    readonly setAside: number;
  };
  readonly deadLetters: readonly DeadLetterCount[];
  /** The last business day that was closed; null = none, and nothing that waits for a day is decided. */
  readonly closedDay: BusinessDay | null;
  /** To be decided anew, because a closed day has come for them or policies have changed. */
  readonly customersDue: number;
  /** `parked`: they cannot be decided, and facts about them are kept until they can. */
  readonly customers: { readonly registered: number; readonly unregistered: number; readonly parked: number };
  readonly points: number;
  readonly entries: Readonly<Record<string, number>>;
  readonly tiers: readonly TierCount[];
  readonly standing: StandingCounts;
  readonly events: number;
  readonly projections: readonly ProjectionLag[];
}

export function runStatus(config: Config, output: Output): Promise<void> {
  return visitRuntime(config, async (runtime) => {
    const status = await readStatus(runtime);
    await output.result(status, () => describeStatus(status));
  });
}

async function readStatus({ database, dataSource, store }: Runtime): Promise<Status> {
  // Who is due and the lag first: the figures are at least as fresh as these say.
  const [closedDay, customersDue] = await Promise.all([lastClosedDay(database), dueCustomerCount(database)]);
  const projections = await projectionLag(database, store);
  const [known, pending, deadLetters, parked, { totals, entries, tiers, standing }, head] = await Promise.all([
    knownFactCount(database),
    pendingFactCount(database),
    deadLetterCounts(database),
    parkedCustomerCount(database),
    overview(dataSource),
    store.head(),
  ]);
  return {
    facts: { known, pending, parked: totals.parkedFacts, setAside: totals.setAsideFacts },
    deadLetters,
    closedDay,
    customersDue,
    customers: { registered: totals.customers, unregistered: totals.unregistered, parked },
    points: totals.points,
    entries,
    tiers,
    standing,
    events: [...head.values()].reduce((sum, position) => sum + position, 0),
    projections,
  };
}

/** The same for people. */
export function describeStatus(status: Status): string[] {
  const { facts, deadLetters, closedDay, customersDue, customers, points, entries, tiers, events, projections } =
    status;
  const unregistered = customers.unregistered === 0 ? '' : ` (${customers.unregistered} more not registered yet)`;
  const lags = projections.map(
    ({ projection, lagEvents, parkedStreams }) =>
      `${projection} ${lagEvents === 0 ? 'up to date' : `${lagEvents} events behind`}` +
      (parkedStreams === 0 ? '' : `, ${parkedStreams} customers stand still`),
  );
  return [
    `facts         ${facts.known} known`,
    `waiting       ${facts.parked} parked for their customer or loan, ${facts.pending} pending for an owner of their loan`,
    `set aside     ${facts.setAside}`,
    `dead letters  ${listed(deadLetters.map(({ code, letters }) => `${letters} ${code}`))}`,
    `closed day    ${closedDay ?? 'none: nothing that waits for a day is decided; see retention close-day'}`,
    `due           ${customersDue === 0 ? 'nobody' : `${customersDue} customers to be decided anew`}`,
    `customers     ${customers.registered}${unregistered}`,
    ...(customers.parked === 0
      ? []
      : [`undecided     ${customers.parked} customers, whose facts are kept; see retention parked list`]),
    ...describeStanding(status.standing),
    `points        ${points}`,
    `entries       ${counted(entries)}`,
    `tiers         ${listed(tiers.map(({ tier, customers: count }) => `${count} ${tier}`))}`,
    `events        ${events}`,
    `read models   ${projections.length === 0 ? 'not begun' : lags.join('; ')}`,
  ];
}

/** Customers by where they stand; kinds and reasons are of those who are churned now. */
function describeStanding({ states, churnKinds, reasonsUnknown, phases, warningLevels }: StandingCounts): string[] {
  const { none, retained, churned } = states;
  const ofThem = churned === 0 ? '' : ` (${counted(churnKinds)}; ${reasonsUnknown} with the reason unknown)`;
  return [
    `states        ${retained} retained, ${churned} churned${ofThem}, ${none} never had a loan`,
    `phases        ${counted(phases)}`,
    `warnings      ${counted(warningLevels)}`,
  ];
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  listed(Object.entries(counts).map(([name, count]) => `${count} ${name}`));

const listed = (parts: readonly string[]): string => (parts.length === 0 ? 'none' : parts.join(', '));
