import { type Borrower, newBorrower, registration } from './borrower.js';
import { type DayNumber, dayOf } from './business-time.js';
import { duringHours, type LoanStory } from './journal.js';
import { type LoanOutcome, tellLoan } from './loan-story.js';
import type { Chapter, Occurrence } from './occurrence.js';
import type { Lender } from './parameters.js';
import { Random, StreamPurpose } from './random.js';
import { tellChurnReason, tellFollowUps, tellGift, tellRelationship } from './relationship-story.js';

/** Days between the end of a loan and the next application, by how the customer borrows. */
const DAYS_BETWEEN = { revolving: [1, 35], regular: [5, 90], occasional: [20, 240] } as const;

/**
 * What happens between one customer and the lender, a loan at a time and only as far as it is asked for: a customer who
 * waits costs a suspended generator, not a list of facts. The chapters may overlap in time, and each is in business order.
 */
export function* customerHistory(lender: Lender, index: number): Generator<Chapter, void> {
  const random = new Random(lender.seed, index, StreamPurpose.history);
  const borrower = newBorrower(lender, index, random);
  const { lastDay } = lender;
  const registered = registrationOf(lender, borrower, random);
  let applyOn = borrower.registeredOn + (random.chance(0.3) ? 0 : random.whole(1, 20));
  yield { occurrences: [registered], resumesOn: applyOn };

  let loansTaken = 0;
  while (applyOn <= lastDay) {
    const journal: Occurrence[] = [];
    const story = { lender, borrower, random, journal };
    const appliedAt = Math.max(duringHours(random, applyOn), registered.at + 600);
    const outcome = tellLoan(story, appliedAt);
    if (outcome.fate !== 'refused') loansTaken += 1;
    const { referrerId } = registered.data as { readonly referrerId?: string };
    // Nobody hands a gift to a referrer who is none of the lender's customers.
    if (loansTaken === 1 && outcome.fate === 'settled' && referrerId?.startsWith('C') === true) {
      tellGift(story, referrerId, outcome.heldFrom);
    }
    tellFollowUps(story, outcome);
    const next = nextApplication(borrower, random, outcome, loansTaken);
    const until = Math.min(next ?? lastDay, lastDay);
    tellRelationship(story, outcome.heldFrom + 1, until);
    if (next === undefined) tellChurnReason(story, outcome);
    yield { occurrences: inBusinessOrder(journal, lastDay), resumesOn: next ?? lastDay + 1 };
    if (next === undefined) return;
    applyOn = next;
  }
}

function registrationOf(lender: Lender, borrower: Borrower, random: Random): Occurrence {
  const at = duringHours(random, borrower.registeredOn);
  const id = `reg-${borrower.customerId.slice(1)}`;
  return { type: 'customer.registered', id, at, data: registration(lender, borrower, random) };
}

/** The day of the next application, or undefined where the customer does not come back. */
function nextApplication(
  borrower: Borrower,
  random: Random,
  outcome: LoanOutcome,
  loansTaken: number,
): DayNumber | undefined {
  if (loansTaken >= borrower.loansWanted) return undefined;
  switch (outcome.fate) {
    case 'written-off':
      return undefined;
    case 'refused':
      return random.chance(0.6) ? outcome.endsOn + random.whole(20, 120) : undefined;
    case 'undone':
      return random.chance(0.7) ? outcome.endsOn + random.whole(1, 10) : undefined;
    case 'settled': {
      const [least, most] = DAYS_BETWEEN[borrower.habit];
      const kind = random.fraction();
      // Some are away long enough to be given up for lost; some apply before the loan they have is settled.
      if (kind < 0.08) return outcome.endsOn + random.whole(100, 400);
      if (kind < 0.14) return Math.max(outcome.heldFrom + 1, outcome.endsOn - random.whole(1, 20));
      return outcome.endsOn + random.whole(least, most);
    }
  }
}

function inBusinessOrder(journal: LoanStory['journal'], lastDay: DayNumber): Occurrence[] {
  return journal.filter((occurrence) => dayOf(occurrence.at) <= lastDay).sort((one, other) => one.at - other.at);
}
