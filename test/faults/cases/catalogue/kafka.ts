import { testsOf } from './fault-case.js';
import type { FaultGroup, Proof } from './fault-case.js';

const sourceLog = (...titles: readonly string[]): Proof[] =>
  testsOf('libs/platform/src/kafka/source-log.int.spec.ts', 'the source log', ...titles);
const simulated = (...titles: readonly string[]): Proof[] =>
  testsOf('test/faults/kafka/simulated-kafka.spec.ts', 'the source log', ...titles);
const ownBroker = (title: string): Proof[] =>
  testsOf('test/faults/cases/broker-settings.spec.ts', 'a broker with settings of its own', title);
const doors = (title: string): Proof[] => testsOf('test/faults/cases/doors.spec.ts', 'through Kafka', title);
const consumers = (title: string): Proof[] =>
  testsOf('libs/ingestion/src/writer/consumers-and-memory.int.spec.ts', 'what a consumer has taken', title);
const outcomes = (title: string): Proof[] =>
  testsOf('libs/ingestion/src/writer/outcomes.int.spec.ts', 'what becomes of a fact', title);
const inTrouble = (title: string): Proof[] =>
  testsOf('test/operations/kafka-trouble.spec.ts', 'an ingest process in trouble with Kafka', title);

export const KAFKA: FaultGroup = {
  title: 'Facts from Kafka',
  cases: [
    {
      number: 1,
      what: 'A whole batch is delivered again, because the process died before it had kept how far it was.',
      does: 'How far a partition was read is kept in the transaction of the facts: what is in is not read again. What is read again all the same is known by source and id, and is a duplicate without effect.',
      provenBy: [
        ...sourceLog('goes on after a batch that was stored though storing it seemed to fail'),
        ...outcomes('duplicate: the same content again has no effect, in one submission, in one batch or much later'),
        ...testsOf(
          'test/e2e/berka-kafka.spec.ts',
          'the Berka feed through a real Kafka, ten partitions, two ingest processes and a projector',
          'changes nothing when it is published again, and counts every message as a duplicate',
        ),
      ],
    },
    {
      number: 2,
      what: 'The process dies after its commit and before it tells Kafka.',
      does: 'What Kafka remembers is a hint for lag monitors. Reading goes on where the database says.',
      provenBy: [
        ...sourceLog(
          'does not read again what the store has though Kafka lost its hint',
          'reads on where the store says, whatever Kafka has as the committed offset',
        ),
        ...simulated('over a simulated Kafka reads on from the kept offset when the hint is %s'),
      ],
    },
    {
      number: 3,
      what: 'The process is killed in the middle of an append.',
      does: 'Facts, versions, offset and identities are one transaction: all of it is there, or none. The same is read again.',
      provenBy: [
        ...testsOf(
          'libs/event-store/src/postgres/postgres-faults.int.spec.ts',
          'a connection that ends in the middle of an append',
          'leaves nothing or all, whenever it ends',
        ),
        ...testsOf(
          'libs/platform/src/database/embedded-postgres.int.spec.ts',
          'the embedded PostgreSQL',
          'has everything committed after kill -9 of its process, and nothing that was not',
        ),
        ...testsOf(
          'test/e2e/berka-standalone.spec.ts',
          'the Berka feed into standalone killed with SIGKILL in the middle of it',
          'starts again on its data, and comes to the same totals when it is fed again',
        ),
      ],
    },
    {
      number: 4,
      what: 'A consumer that slept wakes when its partition has long been another’s, and writes.',
      does: 'The offset is moved by compare-and-set: the sleeper finds it moved, and nothing of its batch is written.',
      provenBy: [
        ...consumers('lets only one of two processes through that took the same partition'),
        ...consumers('fences a consumer that believes it to be %s: nothing of its facts is written'),
        ...simulated(
          'over a simulated Kafka lets a member that was frozen past its session finish a take that comes too late',
        ),
      ],
    },
    {
      number: 5,
      what: 'Members join and leave the group every second.',
      does: 'Each takes over where the database says; nothing is lost or doubled, and each partition stays in order.',
      provenBy: sourceLog(
        'loses and doubles nothing while members come and go every second, and no hint runs ahead of the store',
      ),
    },
    {
      number: 6,
      what: 'A hint is written for a partition the member no longer has, or cannot be written.',
      does: 'Nothing is ever read from the hint. One that cannot be written is said once and stops nothing; a member that lost the partition while it stored writes none.',
      provenBy: [
        ...sourceLog(
          'reads on where the store says, whatever Kafka has as the committed offset',
          'loses and doubles nothing while members come and go every second, and no hint runs ahead of the store',
        ),
        ...simulated('while simulated brokers fail says when the hint could not be written, and stores all the same'),
      ],
    },
    {
      number: 7,
      what: 'A broker is restarted, or the coordinator of the group moves to another.',
      does: 'The consumer joins again, or is built anew, and reads on. Readiness falls meanwhile.',
      provenBy: [
        ...sourceLog('goes on after the broker was killed and started again, and loses and doubles nothing'),
        ...simulated(
          'while simulated brokers fail goes on when brokers fall in turn, leaders move and the coordinator moves',
        ),
      ],
    },
    {
      number: 8,
      what: 'The broker has removed records before they were read.',
      does: 'Says from where to where they are missing, counts them, and goes on behind them. kafkajs alone would jump and say nothing.',
      provenBy: [
        ...sourceLog(
          'reports what the broker removed before it was read, and goes on behind it',
          'reports it too when the broker removes what it is about to read',
        ),
        ...inTrouble('counts what the broker removed before it was read'),
      ],
    },
    {
      number: 9,
      what: 'A topic is deleted and created again, and ends before the kept offset.',
      does: 'The partition is held, unready and named, until a person sets the kept offset back; nothing is taken for known.',
      provenBy: [
        ...sourceLog(
          'stops at a topic that was created again, and says so, until the kept offset is set back',
          'reads a topic that was created again from its beginning when it was told to',
        ),
        ...inTrouble(
          'holds the partitions of a topic that was created again, and says so until the kept offsets are set back',
        ),
      ],
    },
    {
      number: 9,
      what: 'A topic is created again and filled beyond the kept offset before anybody reads it.',
      does: 'Kafka gives each topic an id, which is kept beside the offsets: with another one its partitions are held, unready and named, until a person sets the kept offsets back. Found out at each start and rebalance and every fifteen seconds, with brokers from Kafka 2.8 on.',
      provenBy: [
        ...doors(
          'a topic that was created again and filled beyond the kept offset is held until its offsets are set back',
        ),
        ...simulated(
          'over a simulated Kafka stops at a topic that was created again and filled beyond the kept offset, while it runs and when it starts',
          'over a simulated Kafka goes on with a topic it knows by its offsets alone, and keeps the id it finds',
          'over a simulated Kafka goes by offsets alone with brokers that give topics no ids',
        ),
      ],
    },
    {
      number: 10,
      what: 'Partitions are added: facts of one customer lie in an old and in a new one.',
      does: 'New partitions are read from their beginning. The state of a customer does not depend on the order in which facts come.',
      provenBy: [
        ...sourceLog('reads partitions that are added while it runs, from their beginning'),
        ...doors(
          'a customer whose facts are split over an old partition, a new one and another topic comes to the same',
        ),
      ],
    },
    {
      number: 11,
      what: 'Offsets are missing in the log: markers of transactions, and what was aborted.',
      does: 'They are passed over and are no gap.',
      provenBy: [
        ...sourceLog('passes over markers and aborted records of transactions without calling them a gap'),
        ...simulated(
          'over a simulated Kafka passes over markers and aborted records, and waits for a transaction that is open',
        ),
      ],
    },
    {
      number: 11,
      what: 'Offsets are missing in the log: compaction.',
      does: 'What is left is read; the gap is reported, because nothing tells it from a loss.',
      provenBy: ownBroker('passes over what compaction removed, calls it a gap and loses nothing that is left'),
    },
    {
      number: 11,
      what: 'Compaction has removed every record of a batch and left the batch, empty. An answer of the broker that holds nothing else is no answer to kafkajs, which asks the same again for ever.',
      does: 'Empty batches are passed over, and what they held is in the gap that is reported.',
      provenBy: [
        ...ownBroker('reads on behind batches that compaction has left empty'),
        ...simulated(
          'over a simulated Kafka passes over batches that compaction has emptied, and calls all that is missing one gap',
        ),
        ...testsOf(
          'libs/platform/src/kafka/emptied-batches.spec.ts',
          'batches whose records the log cleaner has removed',
          'are not nothing in an answer of version %d',
        ),
      ],
    },
    {
      number: 11,
      what: 'A partition has records left to read, nothing holds it, and the client gets no further.',
      does: 'Unready after a minute, with the partition and the offset. Nothing is known that does this.',
      provenBy: simulated('over a simulated Kafka is not ready while it gets no further before records that are there'),
    },
    {
      number: 12,
      what: 'Two topics are read in another order than they were written: a repayment before its loan.',
      does: 'The fact waits for whoever claims the loan, is counted as waiting, and is let in with the claim.',
      provenBy: [
        ...testsOf(
          'libs/ingestion/src/writer/waiting-room.int.spec.ts',
          'a fact that names only a loan nobody knows',
          'waits, is a duplicate when it comes again, and is let in when the loan is claimed',
        ),
        ...doors(
          'a customer whose facts are split over an old partition, a new one and another topic comes to the same',
        ),
        ...testsOf(
          'test/e2e/any-order.spec.ts',
          'a simulated lender of 400 customers',
          'comes to the same state in any order, each line twice (seed %d, batches of %d)',
        ),
      ],
    },
    {
      number: 13,
      what: 'The same source and id with other content.',
      does: 'The first stands. The other has no effect, is kept as a dead letter, and is counted by its reason.',
      provenBy: [
        ...outcomes('conflicting duplicate: the first stands, the second is kept for a person to look at'),
        ...testsOf(
          'libs/ingestion/src/writer/outcomes.int.spec.ts',
          'batches in flight at the same time',
          'know each other: of two stories under one name the first stands',
        ),
      ],
    },
    {
      number: 14,
      what: 'The same content under another id, as a producer that tries again sends it.',
      does: 'Both are facts; the loan, the repayment or the entry they speak of counts once.',
      provenBy: [
        ...testsOf(
          'libs/customer/src/points.spec.ts',
          'points for using a loan',
          'gives ten once when the same loan is reported twice, and keeps the later statement of the principal',
        ),
        ...testsOf(
          'libs/customer/src/loan.spec.ts',
          'what was repaid',
          'adds up what was received and not reversed, each repayment as last stated',
        ),
      ],
    },
    {
      number: 15,
      what: 'Kafka is down when the process starts, and for an hour.',
      does: 'The process stays alive and unready, tries again with pauses that grow to 15 s, and reads on by itself.',
      provenBy: [
        ...sourceLog('keeps trying while no broker answers, and reads when one does'),
        ...simulated('while simulated brokers fail goes on after all of %d brokers were down for an hour'),
        ...inTrouble(
          'is not ready when the consumer crashed, has no figures of a broker that is away, and comes back by itself',
        ),
      ],
    },
    {
      number: 16,
      what: 'Batches packed with gzip, snappy, lz4 or zstd.',
      does: 'All four codecs of the protocol are there; a broker takes no fifth. What cannot be unpacked holds its partition and no other.',
      provenBy: [
        ...sourceLog('reads what the broker packed with %s'),
        ...testsOf(
          'libs/platform/src/kafka/codecs/codecs.spec.ts',
          'a batch that cannot be unpacked',
          'is answered with as many records as its header says, so that kafkajs goes on with other partitions',
        ),
      ],
    },
    {
      number: 17,
      what: 'A small batch that unpacks to gigabytes.',
      does: 'Nothing unpacks to more than 64 MiB. The partition is held, named and not passed over; the others are read.',
      provenBy: [
        ...sourceLog('holds a partition at a gzip bomb, without passing over it, and reads the others'),
        ...testsOf(
          'libs/platform/src/kafka/codecs/codecs.spec.ts',
          'data that unpacks to more than the bound',
          'is refused whatever it is packed with',
        ),
      ],
    },
    {
      number: 18,
      what: 'Storing a batch takes longer than the session of the group.',
      does: 'Heartbeats go on meanwhile, so the member keeps its partitions.',
      provenBy: sourceLog('keeps its partitions while a batch takes longer than the session'),
    },
    {
      number: 19,
      what: 'The password for the brokers is changed or runs out while the process runs.',
      does: 'Unready with the reason, and never with the password in a log; tried again by itself. A process with the new password reads on where the database says.',
      provenBy: ownBroker(
        'lets a consumer whose password no longer holds fall out of readiness; one with the new password reads on',
      ),
    },
    {
      number: 19,
      what: 'A login holds for seconds only (`connections.max.reauth.ms`).',
      does: 'kafkajs would log in before each request and send none, where it holds for less than ten. It logs in again a second before it runs out: a login has to hold for longer than that.',
      provenBy: ownBroker('logs in again whenever a login runs out, and reads on over it'),
    },
  ],
};
