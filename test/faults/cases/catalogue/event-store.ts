import { testsOf } from './fault-case.js';
import type { FaultGroup, Proof } from './fault-case.js';

const contract = (part: string, block: string, ...titles: readonly string[]): Proof[] =>
  testsOf(`libs/event-store/src/contract/${part}.spec-support.ts`, block, ...titles);
const eventStoreDb = (part: string, block: string, ...titles: readonly string[]): Proof[] =>
  testsOf(`libs/event-store/src/eventstoredb/${part}.int.spec.ts`, block, ...titles);

/** EventStoreDB was tried against a double of its protocol that fails as told, not against a real server. */
export const EVENT_STORE: FaultGroup = {
  title: 'Where events are kept',
  cases: [
    {
      number: 35,
      what: 'Two writers append to one stream at the same version.',
      does: 'One wins each version; the other is told which streams have moved, decides those anew and gets through. On both stores.',
      provenBy: [
        ...contract(
          'writers',
          'writers at the same time',
          'on one stream: exactly one wins each version, and none is lost who tries again',
        ),
        ...testsOf(
          'libs/ingestion/src/writer/two-writers.int.spec.ts',
          'two writers that take the same facts of the same customers at once',
          'meet each other, and come to what one alone comes to',
        ),
      ],
    },
    {
      number: 36,
      what: 'An append whose outcome is not known.',
      does: 'Offsets and streams tell whether it happened; made again, it has no effect the second time.',
      provenBy: [
        ...contract(
          'interruption',
          'an append whose outcome is not known',
          'has happened whole or not at all, and what was read tells which',
        ),
        ...eventStoreDb(
          'appends-faults',
          'an append of a batch whose outcome is unknown',
          'because it %s, is made again until it is written once',
        ),
      ],
    },
    {
      number: 37,
      what: 'An append is made again, cut into other parts than the first time.',
      does: 'What is to be written is kept before it is written, so parts are the same each time; one that repeats a part of another is a conflict.',
      provenBy: [
        ...contract(
          'interruption',
          'an append whose outcome is not known',
          'is a conflict for another process as well, whatever part of it that repeats',
        ),
        ...eventStoreDb(
          'appends-faults',
          'an append of more than the server takes at once',
          'of which a part %s, is completed without doubling',
        ),
      ],
    },
    {
      number: 38,
      what: 'A stream was deleted, for good or not, or truncated, by somebody else.',
      does: 'It is refused to readers and writers, by name. Nothing is decided on half a history. PostgreSQL refuses the change itself.',
      provenBy: [
        ...eventStoreDb(
          'streams-apart',
          'a stream that was deleted in EventStoreDB',
          'is refused to its readers',
          'for good is refused to everybody',
        ),
        ...eventStoreDb('streams-apart', 'a stream that was truncated in EventStoreDB', '%s is refused to its readers'),
        ...testsOf('libs/event-store/src/postgres/postgres-faults.int.spec.ts', 'the database', 'refuses %s on events'),
      ],
    },
    {
      number: 39,
      what: 'An append of more than 1 MiB, or one event larger than the server takes.',
      does: 'A large append goes in parts. One event too large is refused before anything is committed; a message has at most 256 KiB.',
      provenBy: [
        ...eventStoreDb(
          'appends-faults',
          'an append of more than the server takes at once',
          'is taken where its greatest event just fits because of its %s',
          'is refused where a single event is too large because of its %s, and nothing is written',
        ),
        ...contract('content', 'what an event holds', 'may be a megabyte'),
      ],
    },
    {
      number: 40,
      what: 'The leader of a cluster changes in the middle of an append, does not lead any more, or drops a write it has not replicated.',
      does: 'The append is made again at the same versions until it is written once.',
      provenBy: [
        ...eventStoreDb(
          'connection-faults',
          'a cluster given by %s',
          'takes appends and gives the feed while its leader changes',
        ),
        ...eventStoreDb(
          'appends-faults',
          'an append of a batch whose outcome is unknown',
          'because it is written and not replicated for a while, so that its repetition is dropped, is made again until it is written once',
          'because it comes to a server that does not lead, is made again until it is written once',
        ),
      ],
    },
    {
      number: 41,
      what: 'A subscription ends, fails, falls silent or never says that it has caught up.',
      does: 'It is begun again from where the reader stands. Positions are dense, so a hole is seen and named.',
      provenBy: [
        ...eventStoreDb(
          'feed-faults',
          'a subscription',
          'that %s while the reader catches up leaves no hole',
          'that %s while the reader follows leaves no hole',
        ),
        ...eventStoreDb(
          'feed-lost',
          'an event that is committed and nowhere',
          'is named after a while, and no page goes past it',
        ),
      ],
    },
    {
      number: 42,
      what: 'An error of one connection rejects appends to other streams.',
      does: 'Each is made again by itself, until all are written once.',
      provenBy: eventStoreDb(
        'appends-faults',
        'a batch of many streams',
        'is written in whole when all connections break after %d of it',
        'is written in whole when the server is away in the middle of it',
      ),
    },
  ],
};
