import { testsOf } from './fault-case.js';
import type { FaultGroup, Proof } from './fault-case.js';

const runner = (block: string, ...titles: readonly string[]): Proof[] =>
  testsOf('libs/projections/src/projection-runner.int.spec.ts', block, ...titles);
const rebuild = (title: string): Proof[] =>
  testsOf('test/faults/cases/rebuild.spec.ts', 'a rebuild of the read models', title);
const dayService = (block: string, title: string): Proof[] =>
  testsOf('apps/projector/src/day-service.int.spec.ts', block, title);
const leases = (...titles: readonly string[]): Proof[] =>
  testsOf('libs/projections/src/clock-jumps.int.spec.ts', 'leases', ...titles);

const READ_MODELS_AND_TIME: FaultGroup['cases'] = [
  {
    number: 44,
    what: 'An event of one customer cannot be applied.',
    does: 'That customer stands still in that read model, is counted and shown as stale; all others go on.',
    provenBy: [
      ...runner(
        'an event that cannot be applied',
        'parks its stream for that projection, from there on, and all others go on',
      ),
      ...testsOf(
        'apps/api/src/api.int.spec.ts',
        'a customer whose read model stands still',
        'is shown as stale, with the reason and without what the database said',
      ),
    ],
  },
  {
    number: 44,
    what: 'The row an event makes cannot be written.',
    does: 'The same, with the batch after the one that failed. Where it is so with more than ten customers at once it is no fault of theirs, and the read model stands still as a whole.',
    provenBy: testsOf(
      'libs/projections/src/apply-apart.int.spec.ts',
      'an event whose row cannot be written',
      'parks its stream from there on, and all others go on',
      'of more than ten streams at once is no fault of theirs: nothing is applied, and nobody parked',
    ),
  },
  {
    number: 44,
    what: 'Somebody has the read model take that customer up again, while workers run and events go on coming.',
    does: 'What was missed is applied once, in one transaction with who, why and when; workers notice by the revision of the checkpoint.',
    provenBy: [
      ...testsOf(
        'libs/projections/src/retry-parked-stream.int.spec.ts',
        'a stream that is tried again',
        'is applied from the event that failed up to where its shard is, once, and goes on with the feed',
        'that fails on a later event keeps what came before, and goes on from there the next time',
      ),
      ...testsOf(
        'libs/projections/src/retry-parked-stream.int.spec.ts',
        'a worker that runs meanwhile',
        'loses and doubles nothing while events of the stream go on coming, however often it is tried',
      ),
      ...testsOf(
        'apps/api/src/parked/operations.int.spec.ts',
        'a customer whose stream is damaged',
        'is decided and shown once it is mended and tried again, as if nothing had been',
      ),
    ],
  },
  {
    number: 45,
    what: 'Two projectors follow the same shard.',
    does: 'Checkpoints move by compare-and-set: every row is applied once.',
    provenBy: [
      ...runner(
        'rows and checkpoint',
        'are written by one of two workers that follow the same shards: every row is applied once',
      ),
      ...leases('two workers believe in at once, because a clock has jumped between them, let only one of them write'),
    ],
  },
  {
    number: 46,
    what: 'A crash between the rows and the checkpoint.',
    does: 'They are one transaction.',
    provenBy: runner(
      'rows and checkpoint',
      'move together or not at all: a crash in the middle of a save leaves everything as it was',
      'move together when the connection is cut in the middle of a save',
    ),
  },
  {
    number: 47,
    what: 'A rebuild while facts come in.',
    does: 'It comes to the same rows as following live.',
    provenBy: [
      ...rebuild('that is begun again and again while facts come in ends with what following them would have given'),
      ...runner('a rebuild from the beginning', 'gives the rows that following live gave, parked streams included'),
    ],
  },
  {
    number: 47,
    what: 'A rebuild that is stopped or crashes half way.',
    does: 'Whoever follows next goes on from its checkpoints.',
    provenBy: rebuild('that is left in the middle is finished by whoever comes next'),
  },
  {
    number: 47,
    what: 'A rebuild of nothing.',
    does: 'It ends at once.',
    provenBy: rebuild('of an empty store ends at once, with nothing'),
  },
  {
    number: 47,
    what: 'The new rows are switched to, and back to the old ones.',
    does: 'A rebuild takes the place of the old rows, which are incomplete meanwhile.',
    open: 'A read model has one set of tables: there is nothing to switch to or back. The version before has to be built again.',
  },
  {
    number: 48,
    what: 'The code of a read model changes and its version does not.',
    does: 'The build fails: what each version makes of the events of one lender is known by its hash.',
    provenBy: testsOf(
      'test/faults/cases/read-model-versions.spec.ts',
      'the rows of a read model',
      '%s are those of its version %i, to the byte',
    ),
  },
  {
    number: 49,
    what: 'The clock of the machine that closes days jumps back or ahead.',
    does: 'Back opens nothing. Ahead closes what has ended by it, once; no day is opened again.',
    provenBy: [
      ...dayService('a clock that jumps', 'back opens no day and closes none, and goes on where it left off'),
      ...dayService(
        'a clock that jumps',
        'ahead closes everything up to there, once, however many processes look; no later clock takes it back',
      ),
    ],
  },
  {
    number: 49,
    what: 'The clock of a worker is years off, or the database’s jumps.',
    does: 'Leases go by the database’s clock alone. Those who live share the shards again, and what they write is fenced in any case.',
    provenBy: leases(
      'are shared by workers of whom one has a clock that is %i years off',
      'are shared again by those who live when the clock of the database jumps ahead over all of their terms',
      'stay with those who live when it jumps back, and last no longer than a term from their next renewal',
    ),
  },
  {
    number: 49,
    what: 'The clock of the database jumps back while a worker is dead.',
    does: 'Whoever renews shortens what lies further ahead than a term: its shards are taken over a term later.',
    provenBy: leases('of a dead worker last no longer than a term when the clock has jumped back'),
  },
  {
    number: 49,
    what: 'Leap days, the ends of months and years, days of 23 and 25 hours, midnight in Shanghai and in UTC.',
    does: 'A business day is the day of its zone, to the millisecond; months keep the day or take their last.',
    provenBy: [
      ...dayService('a business day that closes by the clock', 'in %s, %s, is not closed a millisecond too soon'),
      ...testsOf(
        'libs/contracts/src/time/calendar.spec.ts',
        'the business day of an instant',
        'in %s at %s is %s',
        'is the same remembered as it was computed',
      ),
      ...testsOf(
        'libs/customer/src/days.spec.ts',
        'days',
        'are counted over months, years and leap days as the calendar has them',
        'of months keep the day of the month, or take the last one there is',
      ),
    ],
  },
  {
    number: 49,
    what: 'A customer exactly at the day on which churn begins.',
    does: 'Retained on the last day of grace, churned on the next.',
    provenBy: testsOf(
      'libs/customer/src/churn/churn.spec.ts',
      'a customer whose last loan is settled',
      'is retained for 90 days and churned on the 91st: settlement date + graceDays + 1',
      'is not churned while a loan runs, or when one follows on the last day of grace or the day after',
    ),
  },
  {
    number: 49,
    what: 'A report is sent again when the clock says another time.',
    does: 'The moment of the first is kept, so the second is the same message.',
    provenBy: testsOf(
      'libs/ingestion/src/report-times.int.spec.ts',
      'the time of a report',
      'is that of the first request under its key, to the millisecond, whatever the clock says later',
    ),
  },
  {
    number: 50,
    what: 'The personal data of a customer is erased while read models are rebuilt.',
    does: 'Read models are made from events, and no event holds personal data.',
    cannotOccur: 'Nothing erases personal data yet; a rebuild would not read it.',
    provenBy: testsOf(
      'libs/ingestion/src/writer/outcomes.int.spec.ts',
      'personal data',
      'is kept apart: in no event, snapshot or waiting fact',
    ),
  },
  {
    number: 50,
    what: 'A backup from before an erasure is restored.',
    does: 'Nothing today.',
    cannotOccur:
      'Nothing erases personal data yet. Whoever builds it has to keep what was erased apart from the backup.',
  },
];

export const READ_MODELS: FaultGroup = { title: 'Read models and time', cases: READ_MODELS_AND_TIME };
