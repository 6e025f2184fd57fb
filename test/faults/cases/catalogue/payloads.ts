import { PAYLOADS } from '../bad-payloads.js';
import { testsOf } from './fault-case.js';
import type { FaultCase, FaultGroup, Proof } from './fault-case.js';

const REFUSED =
  'Refused by name and field at every door, kept with its bytes as a dead letter; what comes after it is taken.';

const contract = (block: string): Proof[] =>
  testsOf('libs/contracts/src/bad-messages.spec.ts', `refuses, by ${block},`, '%s');

/** Each payload of a number through both doors. What is missing in Kafka has no counterpart in a file. */
function throughBothDoors(number: number): Proof[] {
  const some = PAYLOADS.filter((payload) => payload.of === number);
  return [
    ...some
      .filter(({ code }) => code !== 'empty-message')
      .map(({ what }) => ({ file: 'test/faults/cases/doors.spec.ts', test: `through a file case ${number}: ${what}` })),
    ...some.map(({ what }) => ({
      file: 'test/faults/cases/doors.spec.ts',
      test: `through Kafka a payload case ${number}: ${what}`,
    })),
  ];
}

function payload(number: number, title: string, does: string, more: readonly Proof[] = []): FaultCase {
  const named = PAYLOADS.filter(({ of }) => of === number).map(({ what }) => what);
  return { number, what: `${title}: ${named.join('; ')}.`, does, provenBy: [...throughBothDoors(number), ...more] };
}

export const PAYLOAD_CASES: FaultGroup = {
  title: 'What a message may hold',
  cases: [
    payload(20, 'No JSON', REFUSED, contract('bytes')),
    payload(
      21,
      'Nothing at all',
      REFUSED,
      testsOf(
        'libs/ingestion/src/writer/outcomes.int.spec.ts',
        'dead letters',
        'are one for all messages without a value',
      ),
    ),
    {
      number: 22,
      what: 'A key that is missing, empty, no text, or another customer’s.',
      does: 'The key says nothing: the customer is the one in the message. A subject that contradicts the data is refused.',
      provenBy: [
        ...testsOf(
          'test/faults/cases/doors.spec.ts',
          'through Kafka',
          'the key of a message says nothing: without one, with an empty one or with another customer’s it is taken',
        ),
        ...testsOf(
          'libs/contracts/src/bad-messages.spec.ts',
          'refuses, by envelope,',
          'another customer in the subject',
        ),
      ],
    },
    payload(23, 'Another encoding than UTF-8', REFUSED, contract('bytes')),
    payload(24, 'A null character', REFUSED, contract('keys and characters')),
    payload(25, 'Half a surrogate pair', REFUSED, contract('keys and characters')),
    payload(26, 'Deep nesting', `${REFUSED} Depth is counted before anything is parsed.`),
    payload(27, 'Great size', `${REFUSED} Size and keys are counted before anything is parsed.`),
    payload(28, 'Keys that reach into the language', REFUSED, contract('keys and characters')),
    payload(
      29,
      'Amounts',
      `${REFUSED} An amount is a decimal string with its currency, reckoned in whole minor units.`,
      [
        ...contract('amounts'),
        ...testsOf(
          'libs/contracts/src/money/minor-units.spec.ts',
          'minor units',
          'agree with exact arithmetic wherever they are a number',
        ),
      ],
    ),
    payload(
      30,
      'Days and moments',
      'What no calendar has, what has no zone and what is a number is refused; any day from 1900 to 2200 is a day. A closed day that has not begun is refused.',
      testsOf('libs/contracts/src/time/calendar.spec.ts', 'an instant', 'is not read from %j'),
    ),
    {
      number: 30,
      what: 'A message whose moment is years ahead.',
      does: 'It is taken. Of two statements about the same thing the one with the later moment holds.',
      open: 'A moment far ahead by mistake holds over every correction until that day comes, and no bound beside the year 2200 refuses it: loan systems do report what is agreed for later, and how far ahead is not decided.',
    },
    payload(31, 'Another contract', REFUSED),
    payload(
      32,
      'Another shape',
      'What is missing or of another type is refused; a field nobody knows is kept with the fact.',
      testsOf(
        'libs/contracts/src/good-messages.spec.ts',
        'fields the contract does not know',
        'are kept as they came, and the envelope ones ignored',
      ),
    ),
    payload(
      33,
      'Ids',
      'An id has 1 to 64 of A–Z a–z 0–9 . _ : -, and nothing else is taken for one. Streams of customers have a name of their own, so no id meets another stream’s.',
      [
        ...contract('ids'),
        ...testsOf(
          'apps/api/src/api.int.spec.ts',
          'a customer nobody knows',
          'may have the name of a property, like any other',
        ),
      ],
    ),
    payload(
      34,
      'Keys that stand twice',
      'The last holds, as in every JSON parser of the language, also for the content by which a repetition is known.',
      testsOf('libs/contracts/src/good-messages.spec.ts', 'the envelope', 'of two values for a key has the last'),
    ),
  ],
};
