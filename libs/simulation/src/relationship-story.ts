import { anyDesk, otherOfficer } from './branches.js';
import { INDUSTRIES, phoneNumber } from './borrower.js';
import { type DayNumber, dayOf, dayText, periodStart, SECONDS_A_DAY, type WallSecond } from './business-time.js';
import { duringHours, type LoanStory } from './journal.js';
import type { LoanOutcome } from './loan-story.js';
import { amountText, CURRENCY, FEN_A_YUAN } from './money.js';

const COMPLAINT_TOPICS = ['waiting time', 'interest', 'staff', 'collection', 'statement'] as const;
const CHURN_REASONS = ['rate', 'service', 'competitor', 'relocated', 'business_failure', 'no_need'] as const;
const CONTACT_CHANNELS = ['phone', 'visit', 'message'] as const;

/** What befalls the relationship from one day to another, both included, loans apart. */
export function tellRelationship(story: LoanStory, from: DayNumber, to: DayNumber): void {
  const { lender, borrower, random } = story;
  const years = Math.max(0, to - from + 1) / 365.25;
  if (random.chance(lender.reassignedYearlyRate * years)) tellReassignment(story, random.whole(from, to));
  if (random.chance(lender.profileChangedYearlyRate * years)) tellProfileChange(story, random.whole(from, to));
  if (random.chance(lender.complaintYearlyRate * years)) tellComplaint(story, random.whole(from, to));
  if (borrower.kind === 'corporate') tellBalances(story, from, to);
}

/** What people add after a loan has ended: a visit or a call, an answer to a survey, points given by hand. */
export function tellFollowUps(story: LoanStory, { loanId, fate, endsOn }: LoanOutcome): void {
  const { lender, borrower, random } = story;
  const { customerId, desk } = borrower;
  const settled = fate === 'settled';
  if (random.chance(lender.contactRate)) {
    const at = duringHours(random, endsOn + random.whole(1, 60));
    const madeOn = dayText(dayOf(at));
    const channel = random.pick(CONTACT_CHANNELS);
    const contactId = `K${loanId.slice(1)}`;
    note(story, 'contact.made', contactId, at, { contactId, madeOn, channel, officerId: desk.officerId });
  }
  if (random.chance(lender.surveyRate) && settled) {
    const at = duringHours(random, endsOn + random.whole(1, 30));
    const score = random.weighted([1, 3, 8, 20, 30].map((weight, below) => ({ weight, value: below + 1 })));
    const surveyId = `S${loanId.slice(1)}`;
    note(story, 'survey.answered', surveyId, at, {
      surveyId,
      answeredOn: dayText(dayOf(at)),
      score,
      channel: 'message',
    });
  }
  if (random.chance(lender.pointsAdjustedRate) && settled) {
    const at = duringHours(random, endsOn + random.whole(1, 30));
    const given = random.chance(0.8);
    note(story, 'points.adjusted', `adj-${loanId.slice(1)}`, at, {
      customerId,
      points: given ? random.whole(1, 5) : -random.whole(1, 3),
      on: dayText(dayOf(at)),
      by: desk.officerId,
      reason: given ? 'helped at an event' : 'given by mistake',
    });
  }
}

/** Some of those who leave say why, within half a year. Nobody has to ask those whose loan was written off. */
export function tellChurnReason(story: LoanStory, outcome: LoanOutcome): void {
  const { lender, borrower, random } = story;
  if (!random.chance(lender.churnReasonRate)) return;
  const at = duringHours(random, outcome.endsOn + random.whole(91, 180));
  note(story, 'churn-reason.reported', `why-${borrower.customerId.slice(1)}`, at, {
    reason: outcome.fate === 'written-off' ? 'overdue' : random.pick(CHURN_REASONS),
    reportedOn: dayText(dayOf(at)),
    reportedBy: borrower.desk.officerId,
  });
}

/** Reported on one day, in force from another: often backdated, now and then ahead. */
function tellReassignment(story: LoanStory, day: DayNumber): void {
  const { lender, borrower, random } = story;
  const moves = random.chance(0.2);
  const before = borrower.desk;
  borrower.desk = moves ? anyDesk(lender, random) : otherOfficer(lender, random, before);
  const { branchId, officerId } = borrower.desk;
  const effectiveOn = Math.max(borrower.registeredOn, day + random.whole(-30, 10));
  const data = { officerId, ...(moves ? { branchId } : {}), effectiveOn: dayText(effectiveOn) };
  note(story, 'customer.reassigned', dayId('asg', story, day), duringHours(random, day), data);
}

function tellProfileChange(story: LoanStory, day: DayNumber): void {
  const { borrower, random } = story;
  const change = random.pick([
    { phone: phoneNumber(random) },
    { industry: random.pick(INDUSTRIES) },
    { address: `${borrower.desk.region}, Renmin Road ${random.whole(1, 999)}` },
  ]);
  note(story, 'customer.profile-changed', dayId('prof', story, day), duringHours(random, day), change);
}

function tellComplaint(story: LoanStory, day: DayNumber): void {
  const { random } = story;
  const complaintId = dayId('Q', story, day);
  const topic = random.pick(COMPLAINT_TOPICS);
  const channel = random.pick(CONTACT_CHANNELS);
  note(story, 'complaint.raised', complaintId, duringHours(random, day), {
    complaintId,
    raisedOn: dayText(day),
    topic,
    channel,
  });
  tellAnswer(story, complaintId, day);
}

/** Most complaints are resolved within the five working days they are due in, some late, one in seven never. */
function tellAnswer(story: LoanStory, complaintId: string, raisedOn: DayNumber): void {
  // By the day and not by a draw: what else befalls the customer stays what it was.
  const daysTaken = (raisedOn % 7) * 2;
  const by = story.borrower.desk.officerId;
  const answeredOn = raisedOn + 1;
  const answeredAt = answeredOn * SECONDS_A_DAY + 11 * 3600;
  const answer = { complaintId, answeredOn: dayText(answeredOn), by };
  note(story, 'complaint.answered', `${complaintId}-answer`, answeredAt, answer);
  if (daysTaken === 0) return;
  const resolvedOn = answeredOn + daysTaken;
  const resolution = { complaintId, resolvedOn: dayText(resolvedOn), by, satisfied: daysTaken < 10 };
  note(story, 'complaint.resolved', `${complaintId}-end`, resolvedOn * SECONDS_A_DAY + 15 * 3600, resolution);
}

/** Two of three referrers have their gift two weeks after the first loan of whom they brought. */
export function tellGift(story: LoanStory, referrerId: string, borrowedOn: DayNumber): void {
  const { customerId, desk } = story.borrower;
  if (borrowedOn % 3 === 0) return;
  const day = borrowedOn + 14;
  const gift = { customerId: referrerId, referredId: customerId, handedOverOn: dayText(day), by: desk.officerId };
  note(story, 'gift.handed-over', `gift-${customerId.slice(1)}`, day * SECONDS_A_DAY + 10 * 3600, gift);
}

/** The average balances of a company, at six in the morning after the end of each quarter. */
function tellBalances(story: LoanStory, from: DayNumber, to: DayNumber): void {
  const { borrower, random } = story;
  const usual = random.weighted(USUAL_DEPOSITS);
  for (let day = periodStart(from, 3); day <= to; day = periodStart(day + 95, 3)) {
    if (day < from) continue;
    const fallen = random.chance(0.05) ? 0.4 : 1;
    const deposit = Math.round(usual * fallen * (0.85 + 0.3 * random.fraction()));
    note(story, 'balance.observed', dayId('bal', story, day), day * SECONDS_A_DAY + 6 * 3600, {
      from: dayText(Math.max(periodStart(day - 1, 3), borrower.registeredOn)),
      to: dayText(day - 1),
      currency: CURRENCY,
      averageDeposit: amountText(deposit * FEN_A_YUAN),
    });
  }
}

/** Yuan. The corporate levels of the trade begin at 5 and at 10 million. */
const USUAL_DEPOSITS = [
  { weight: 0.8, value: 600_000 },
  { weight: 0.12, value: 6_500_000 },
  { weight: 0.08, value: 18_000_000 },
];

function dayId(prefix: string, story: LoanStory, day: DayNumber): string {
  return `${prefix}-${story.borrower.customerId.slice(1)}-${dayText(day)}`;
}

function note(
  story: LoanStory,
  type: string,
  id: string,
  at: WallSecond,
  data: Readonly<Record<string, unknown>>,
): void {
  story.journal.push({ type, id, at, data: { customerId: story.borrower.customerId, ...data } });
}
