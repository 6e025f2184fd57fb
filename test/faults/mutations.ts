/** One thing taken out of the product that makes it safe, or put in that makes it unsafe. */
export interface Mutation {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly what: string;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
  /** True = the product must bear it: another guard makes up for it, which is worth knowing. */
  readonly isBorne?: true;
}

const TRANSACTION = 'libs/event-store/src/transaction.ts';
const APPEND = 'libs/event-store/src/postgres/append.ts';
const READ = 'libs/event-store/src/postgres/read.ts';
const RUNNER = 'libs/projections/src/projection-runner.ts';
const CHECKPOINTS = 'libs/projections/src/checkpoints.ts';
const WRITER = 'libs/ingestion/src/writer/fact-writer.ts';
const ATTEMPTS = 'libs/ingestion/src/writer/attempts.ts';
const PREPARE = 'libs/ingestion/src/writer/prepare-batch.ts';
const RECEPTION = 'libs/ingestion/src/writer/reception.ts';
const DECIDE = 'libs/ingestion/src/writer/decide-batch.ts';
const COMPANIONS = 'libs/ingestion/src/writer/companions.ts';
const GOVERNANCE = 'libs/ingestion/src/governance.ts';
const ASSIGNMENT = 'libs/platform/src/kafka/assignment.ts';

/** A reader that now and then leaves out an event it was given. */
const LEAKY_READER = {
  file: READ,
  find: '  return { events: rows.map(storedEvent), upTo };',
  replace: `  const seen = rows.map(storedEvent);
  const hole = request.types === null && Math.random() < 0.03 ? Math.floor(Math.random() * seen.length) : -1;
  return { events: seen.filter((_, at) => at !== hole), upTo };`,
};

const KNOWN_FACT_TAKEN_AGAIN = [
  {
    file: RECEPTION,
    find: 'this.identities.get(read.identityKey) ?? this.batch.identities.get(read.identityKey);',
    replace: '(undefined as string | undefined);',
  },
  {
    file: COMPANIONS,
    find: "FROM unnest($1::uuid[], $2::uuid[])',",
    replace: "FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT DO NOTHING',",
  },
  {
    file: COMPANIONS,
    find: 'rows: keys.length,\n    },\n  ];\n}\n\nexport function keepLoanOwners',
    replace: 'rows: null,\n    },\n  ];\n}\n\nexport function keepLoanOwners',
  },
];

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'offset-compare-and-set',
    what: 'an offset moves whatever it was before, and the first one replaces what is there',
    edits: [
      { file: TRANSACTION, find: ' AND c.next = a.expected', replace: '' },
      { file: TRANSACTION, find: 'if (rowCount !== first.length) throw offsetConflict(first);', replace: '' },
    ],
  },
  {
    name: 'offset-compare-and-set-and-identities',
    what: 'an offset moves whatever it was before, and a known fact is taken again',
    edits: [{ file: TRANSACTION, find: ' AND c.next = a.expected', replace: '' }, ...KNOWN_FACT_TAKEN_AGAIN],
  },
  {
    name: 'dedupe',
    what: 'a fact that is known is taken again',
    edits: KNOWN_FACT_TAKEN_AGAIN,
  },
  {
    name: 'identities-not-kept',
    what: 'facts are stored without their identities',
    edits: [{ file: DECIDE, find: '      ...keepIdentities(this.identities()),\n', replace: '' }],
  },
  {
    name: 'offset-before-events',
    what: 'the offset moves in a transaction of its own, before the events',
    edits: [
      {
        file: WRITER,
        find: 'await this.options.store.append({ streams, companions, advances });',
        replace: `await this.options.store.append({ streams: [], companions: [], advances });
    await this.options.store.append({ streams, companions, advances: [] });`,
      },
    ],
  },
  {
    name: 'revision-any',
    what: 'events are appended to a stream wherever it stands',
    edits: [
      {
        file: APPEND,
        find: 'if (moved.length > 0) throw streamConflict(moved);',
        replace: `for (const one of streams) {
    (one as { expectedVersion: number }).expectedVersion = seen['versions'].get(one.streamId) ?? 0;
  }`,
      },
    ],
  },
  {
    name: 'sequence-polling',
    what: 'positions come from a sequence without a lock, and readers read what is beyond the last they saw',
    edits: [
      { file: TRANSACTION, find: 'ORDER BY shard FOR UPDATE`', replace: 'ORDER BY shard`' },
      {
        file: APPEND,
        find: '      position += 1;',
        replace: `      const sequence = ((globalThis as { sequence?: Map<string, number> }).sequence ??= new Map());
      position = Math.max(position, sequence.get(String(shard)) ?? 0) + 1;
      sequence.set(String(shard), position);`,
      },
      { file: RUNNER, find: 'checkContiguous(page, after);', replace: '' },
      {
        file: READ,
        find: '  return { events: rows.map(storedEvent), upTo };',
        replace: `  const reached = new Map(request.after);
  for (const { shard, position } of rows) reached.set(shard, Math.max(reached.get(shard) ?? 0, Number(position)));
  return { events: rows.map(storedEvent), upTo: reached };`,
      },
    ],
  },
  {
    name: 'asynchronous-commit',
    what: 'an append is acknowledged before it is on the disk',
    edits: [
      {
        file: TRANSACTION,
        find: "await client.query('BEGIN');",
        replace: "await client.query('BEGIN');\n    await client.query('SET LOCAL synchronous_commit = off');",
      },
    ],
  },
  {
    name: 'unknown-outcome-is-success',
    what: 'an append whose COMMIT has no answer is taken for done',
    edits: [
      {
        file: TRANSACTION,
        find: "await client.query('COMMIT');",
        replace: "await client.query('COMMIT').catch(() => undefined);",
      },
    ],
  },
  {
    name: 'checkpoint-compare-and-set',
    what: 'a checkpoint moves whatever it was before',
    edits: [{ file: CHECKPOINTS, find: ' AND c.position = m.above', replace: '' }],
  },
  {
    name: 'checkpoint-outside-the-transaction',
    what: 'the checkpoint is committed before the rows',
    edits: [
      {
        file: RUNNER,
        find: 'await moveCheckpoints(projection, moves, client);',
        replace:
          "await moveCheckpoints(projection, moves, client);\n  await client.query('COMMIT');\n  await client.query('BEGIN');",
      },
    ],
  },
  {
    name: 'checkpoint-after-the-rows',
    what: 'the rows are committed before the checkpoint',
    edits: [
      {
        file: RUNNER,
        find: '  await parkStreams(projection, poison, client);',
        replace:
          "  await client.query('COMMIT');\n  await client.query('BEGIN');\n  await moveCheckpoints(projection, moves, client);\n  await parkStreams(projection, poison, client);",
      },
      {
        file: RUNNER,
        find: '  await moveCheckpoints(projection, moves, client);\n  const fresh',
        replace: '  const fresh',
      },
    ],
  },
  {
    name: 'leaky-reader',
    what: 'a page of the feed sometimes lacks an event; contiguity is checked',
    edits: [LEAKY_READER],
    isBorne: true,
  },
  {
    name: 'contiguity-check',
    what: 'a page of the feed sometimes lacks an event, and contiguity is not checked',
    edits: [LEAKY_READER, { file: RUNNER, find: 'checkContiguous(page, after);', replace: '' }],
  },
  {
    name: 'rows-remembered-after-a-failure',
    what: 'a read model remembers rows that were rolled back',
    edits: [
      { file: RUNNER, find: 'for (const projection of this.options.projections) projection.forget();', replace: '' },
    ],
  },
  {
    name: 'idle-worker-does-not-look-again',
    what: 'a worker with nothing to apply does not notice that the read models are rebuilt',
    edits: [{ file: RUNNER, find: 'await this.lookAgain(followed, shards);', replace: '' }],
  },
  {
    name: 'aggregate-kept-after-a-failure',
    what: 'a customer stays folded with events that were not written; another writer’s may have brought the stream to the same version',
    edits: [{ file: ATTEMPTS, find: '    this.aggregates.evict(decided.customerIds);\n', replace: '' }],
  },
  {
    name: 'governance-not-fenced',
    what: 'an append does not look whether a day was closed or a policy published meanwhile',
    edits: [
      {
        file: GOVERNANCE,
        find: 'values: [closedDay, before.policyRevision, before.parkedRevision],\n      rows: 1,',
        replace: 'values: [closedDay, before.policyRevision, before.parkedRevision],\n      rows: null,',
      },
    ],
  },
  {
    name: 'nobody-is-due-after-a-policy',
    what: 'publishing a policy makes nobody due',
    edits: [
      {
        file: 'libs/ingestion/src/writer/publish-policy.ts',
        find: 'companions: [moveRevision, EVERYBODY_IS_DUE],',
        replace: 'companions: [moveRevision],',
      },
    ],
  },
  {
    name: 'deadlines-not-kept',
    what: 'the day a customer waits for is not kept',
    edits: [{ file: DECIDE, find: '      ...keepDeadlines([...decisions.deadlines.values()]),\n', replace: '' }],
  },
  {
    name: 'deadline-believed',
    what: 'a process believes the day it knows for a customer, though another may have put it off since',
    edits: [
      {
        file: 'libs/ingestion/src/deadlines.ts',
        find: '  return known.dueOn === null || known.dueOn > closedDay;',
        replace: '  return true;',
      },
    ],
  },
  {
    name: 'waiting-facts-not-released',
    what: 'a fact let in from the waiting room stays in it',
    edits: [{ file: DECIDE, find: '      ...releasePending(this.releasedKeys()),\n', replace: '' }],
  },
  {
    name: 'waiting-facts-not-kept',
    what: 'a fact that names only an unknown loan is answered and not kept',
    edits: [{ file: DECIDE, find: '      ...keepPending(reception.pending),\n', replace: '' }],
  },
  {
    name: 'waiting-room-not-swept',
    what: 'what a crash left in the waiting room is not looked for',
    edits: [
      {
        file: 'apps/projector/src/feed-service.ts',
        find: 'await this.runtime.writer.sweepPending();',
        replace: 'await Promise.resolve();',
      },
    ],
  },
  {
    name: 'batch-in-flight-forgotten',
    what: 'a batch is looked up as if the one before it were not on its way',
    edits: [
      {
        file: PREPARE,
        find: 'for (const [key, content] of inFlight.newIdentities) identities.set(key, content);',
        replace: '',
      },
    ],
    isBorne: true,
  },
  {
    name: 'referral-offset-before-report',
    what: 'the referral reactor moves on before it has reported',
    edits: [
      {
        file: 'libs/reactors/src/referral/referral-reactor.ts',
        find: 'await writer.submit({ items: page.events.map(referralReport), advances });',
        replace: `await writer.submit({ items: [], advances });
    await writer.submit({ items: page.events.map(referralReport), advances: [] });`,
      },
    ],
  },
  {
    name: 'decisions-offset-before-sending',
    what: 'how far decisions are published is kept before the brokers have them',
    edits: [
      {
        file: 'libs/reactors/src/decisions/decision-publisher.ts',
        find: '    if (!(await isDoneInTime(send(page.events), stopping))) return 0;\n    await publication.move(moved);',
        replace:
          '    await publication.move(moved);\n    if (!(await isDoneInTime(send(page.events), stopping))) return 0;',
      },
    ],
  },
  {
    name: 'dead-letters-marked-unsent',
    what: 'a dead letter is marked as published whether or not the brokers took it',
    edits: [
      {
        file: 'libs/ingestion/src/doors/dead-letter-publisher.ts',
        find: 'await producer.send(topic, rows.map(recordOf));',
        replace: 'await producer.send(topic, rows.map(recordOf)).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'position-of-kafka',
    what: 'a partition is read on from where it was read last, wherever the store stands',
    edits: [
      {
        file: ASSIGNMENT,
        find: '    if (this.hasEnded()) return false;\n    place.next = place.kept = lastOffset + 1n;',
        replace: '    place.next = place.kept = lastOffset + 1n;',
      },
      {
        file: ASSIGNMENT,
        find: "this.hold(place, { kind: 'not-taken', firstOffset, lastOffset }, error);\n      return false;",
        replace: 'void error;',
      },
    ],
    isBorne: true,
  },
  {
    name: 'ended-by-an-error-in-a-handler',
    what: 'what cannot be stored ends the consumer for good',
    edits: [
      {
        file: ASSIGNMENT,
        find: "      this.hold(place, { kind: 'position-unknown' }, error);\n    } finally {",
        replace: '      throw error;\n    } finally {',
      },
      {
        file: ASSIGNMENT,
        find: "this.hold(place, { kind: 'not-taken', firstOffset, lastOffset }, error);\n      return false;",
        replace: 'throw new TypeError(String(error));',
      },
      {
        file: 'libs/platform/src/kafka/source-log.ts',
        find: 'consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));',
        replace: 'void reject;',
      },
    ],
  },
];
