import { testsOf } from './fault-case.js';
import type { FaultGroup, Proof } from './fault-case.js';

const server = (block: string, title: string): Proof[] =>
  testsOf('test/faults/cases/database-server.spec.ts', block, title);
const store = (block: string, ...titles: readonly string[]): Proof[] =>
  testsOf('libs/event-store/src/postgres/postgres-faults.int.spec.ts', block, ...titles);
const fullDisk = (title: string): Proof[] =>
  testsOf('test/faults/cases/disk-full.spec.ts', 'a disk that is full', title);
const CANNOT_SERVE = 'a server that cannot serve just now';

export const POSTGRES: FaultGroup = {
  title: 'PostgreSQL',
  cases: [
    {
      number: 43,
      what: 'The server is stopped without warning.',
      does: 'What was acknowledged is there; what was under way is asked for, and submitted again where it is missing.',
      provenBy: server(
        'a server that is stopped without warning',
        'again and again under the consumer loses and doubles nothing',
      ),
    },
    {
      number: 43,
      what: 'Sessions are ended by an administrator, or the network.',
      does: 'An append has happened or not, whole; the same gets through on another session.',
      provenBy: [
        ...store('a connection that ends in the middle of an append', 'leaves nothing or all, whenever it ends'),
        ...testsOf(
          'libs/ingestion/src/writer/two-writers.int.spec.ts',
          'writers whose connections are cut while they write',
          'answer every submission, and come to the same when they are told again',
        ),
        ...testsOf(
          'libs/platform/src/database/pool.int.spec.ts',
          'a pool',
          'outlives a connection that breaks while idle',
        ),
      ],
    },
    {
      number: 43,
      what: 'The disk is full: tables cannot grow.',
      does: 'Facts are refused whole and read models wait; reading goes on. All of it is in once there is room. Over HTTP: 503 with Retry-After.',
      provenBy: [
        ...fullDisk(
          'refuses facts whole and goes on being read; they are in once there is room, and nothing else was lost',
        ),
        ...testsOf(
          'libs/platform/src/database/database-away.spec.ts',
          'a database that is away',
          'is recognised when its disk is full',
        ),
      ],
    },
    {
      number: 43,
      what: 'The disk is full: the server’s log has no room.',
      does: 'The server crashes. What was acknowledged is there when it is back.',
      provenBy: fullDisk('crashes the server when its log has no room; what was acknowledged is there when it is back'),
    },
    {
      number: 43,
      what: 'The server chooses the transaction to end a deadlock (40P01).',
      does: 'The batch is decided anew and gets through.',
      provenBy: [
        ...store(
          'two transactions that wait for each other',
          'become one append and one conflict, and nothing is lost',
        ),
        ...server(
          CANNOT_SERVE,
          'because it chose us to end a deadlock, is given the decision again, and the fact is in once',
        ),
      ],
    },
    {
      number: 43,
      what: 'The server refuses to serialise the transaction (40001).',
      does: 'The same as with a deadlock.',
      provenBy: server(
        CANNOT_SERVE,
        'because it chose us to end a serialization failure, is given the decision again, and the fact is in once',
      ),
    },
    {
      number: 43,
      what: 'The server has no connection left (53300).',
      does: 'The caller hears so, and the same submission is taken once there is one.',
      provenBy: server(CANNOT_SERVE, 'because it has no connection left, is asked again, and the fact is in once'),
    },
    {
      number: 43,
      what: 'The server cancels a statement that takes too long (57014).',
      does: 'Nothing of the batch is written; the same is taken later.',
      provenBy: server(
        CANNOT_SERVE,
        'because it cancels what takes too long, leaves nothing behind, and the fact is in once',
      ),
    },
    {
      number: 43,
      what: 'Somebody leaves a transaction open, in this database or in another one of the server.',
      does: 'Positions come from counters and not from transaction ids: neither the feed nor the read models wait.',
      provenBy: [
        ...store(
          'a reader that polls the feed while others write',
          'is not held up by a transaction that somebody leaves open',
        ),
        ...server(
          'a transaction that somebody leaves open in another database',
          'holds up neither the feed nor the read models',
        ),
      ],
    },
    {
      number: 43,
      what: 'The address leads to a replica, which is promoted later.',
      does: 'It is read; what writes is refused and taken after the promotion. What the replica had not got yet is missing as after the restore of an older backup.',
      provenBy: server(CANNOT_SERVE, 'because it is a replica, is read, and takes the fact once it is promoted'),
    },
    {
      number: 43,
      what: 'The server is set back to an older backup, under running processes.',
      does: 'Offsets are older as well, so the facts since are read again; a consumer that believes to be further is fenced, and what processes remember is forgotten.',
      provenBy: [
        ...server(
          'a backup that is restored under running processes',
          'takes the consumer back to where it was then, and comes to what it would have been without',
        ),
        ...testsOf(
          'libs/event-store/src/postgres/restored-store.int.spec.ts',
          'a store that was set back to a backup',
          'takes nothing from a process that remembers more, though others have written on meanwhile',
        ),
      ],
    },
    {
      number: 43,
      what: 'A part of it is set back: checkpoints or offsets are beyond the end of the feed.',
      does: 'Whoever is ahead stops, and says by how much. Nothing is applied or published.',
      provenBy: [
        ...testsOf(
          'libs/projections/src/projection-runner.int.spec.ts',
          'a feed with a hole',
          'is noticed when the store is older than what was applied of it, as after a restore',
        ),
        ...testsOf(
          'libs/reactors/src/decisions/decision-publisher.int.spec.ts',
          'publishing decisions',
          'stops where the store ends before what was published, as after a restore in part',
        ),
        ...testsOf(
          'libs/event-store/src/eventstoredb/pair-faults.int.spec.ts',
          'two halves that do not belong together',
          'because PostgreSQL was restored from an older backup',
        ),
      ],
    },
    {
      number: 43,
      what: 'A part of it is set back, and grows past the checkpoints before anybody looks.',
      does: 'It is not recognised: events below the checkpoints were never applied.',
      open: 'A checkpoint is a number and does not say of which event. It takes the restore of store.event without projection.checkpoint; a backup holds both, and the runbook says to restore both.',
    },
    {
      number: 43,
      what: 'The number of shards is changed in the configuration.',
      does: 'The store has as many as it was made with.',
      cannotOccur: 'No variable sets it: the rows that are there are counted when the store is opened.',
      provenBy: store('opening the store', 'finds as many shards as the store was made with'),
    },
  ],
};
