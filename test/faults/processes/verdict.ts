import { canonicalState } from '@retention/customer';
import { deadLetterCounts, fold, streamOf } from '@retention/ingestion';
import { createFeedWorker } from '@retention/runtime';
import type { Runtime } from '@retention/runtime';
import { caughtUp } from '../../support/product.js';
import type { Expectation } from './expectation.js';
import { contentsOf } from './store-contents.js';

/**
 * What a reactor reports has the place of its cause for an id, which depends on the order of arrival; whether it was reported
 * once shows in the states.
 */
const OF_REACTORS = '/retention/referral#';

const DESCRIBED_MAX = 3;
const EVENTS_MAX = 100_000;

/** How what the disturbed processes made of the facts differs from what has to follow from them. All empty: nothing does. */
export interface Verdict {
  readonly facts: number;
  readonly events: number;
  readonly customers: number;
  /** Facts that were published and are nowhere. */
  readonly lost: readonly string[];
  /** Facts that are there more than once. */
  readonly doubled: readonly string[];
  /** Everything else that is not as it has to be: facts nobody published, states other than expected. */
  readonly wrong: readonly string[];
  /** The first customers whose state is another one: members of the state, then the stream. */
  readonly differences: readonly string[];
  /** Messages that were refused, by reason; there is nothing to refuse. */
  readonly refused: Readonly<Record<string, number>>;
  /** Whether read models built anew have the rows that the disturbed processes had left. */
  readonly isRebuiltTheSame: boolean;
}

/** Nothing else may run on the product: its read models are built anew. */
export async function judge(product: Runtime, expected: Expectation): Promise<Verdict> {
  const found = await contentsOf(product);
  const customers = new Set([...expected.states.keys(), ...found.states.keys()]);
  const differing = [...customers].filter((id) => found.states.get(id) !== expected.states.get(id));
  const differences: string[] = [];
  for (const customerId of differing.slice(0, DESCRIBED_MAX)) {
    differences.push(await describeDifference(product, expected, customerId));
  }
  const foreign = [...found.facts.keys()].filter((id) => !expected.factIds.has(id) && !id.startsWith(OF_REACTORS));
  const letters = await deadLetterCounts(product.database);
  return {
    facts: expected.factIds.size,
    events: found.events,
    customers: found.states.size,
    lost: [...expected.factIds].filter((factId) => !found.facts.has(factId)),
    doubled: [...found.facts].filter(([, times]) => times > 1).map(([factId]) => factId),
    wrong: [
      ...foreign.map((factId) => `nobody published ${factId}`),
      ...differing.map((customerId) => `state of ${customerId}`),
      ...expected.recomputedOtherwise.map((customerId) => `recomputation of ${customerId}`),
    ],
    differences,
    refused: Object.fromEntries(letters.map(({ code, seen }) => [code, seen])),
    isRebuiltTheSame: (await rowsHash(product)) === (await rebuiltHash(product)),
  };
}

/** Of all rows of all read models. A count that came back to 0 stays as a row; one that was never counted has none. */
async function rowsHash({ database }: Runtime): Promise<string> {
  const { rows } = await database.query<{ hash: string }>(
    `SELECT md5(string_agg(row, '' ORDER BY row)) AS hash FROM (
       SELECT md5('customer' || t::text) AS row FROM read.customer t
       UNION ALL SELECT md5('ledger' || t::text) FROM read.ledger_entry t
       UNION ALL SELECT md5('tier' || t::text) FROM read.tier_distribution t WHERE t.customers <> 0 OR t.points <> 0
     ) AS r`,
  );
  return rows[0]?.hash ?? 'nothing';
}

/** What the runbook has an operator do; nobody else follows the feed. */
async function rebuiltHash(product: Runtime): Promise<string> {
  await product.database.query(
    `BEGIN; TRUNCATE read.customer, read.ledger_entry, read.tier_distribution;
     DELETE FROM projection.parked_stream; DELETE FROM projection.checkpoint; COMMIT`,
  );
  const failures: string[] = [];
  const worker = createFeedWorker(product, (follower, error) => failures.push(`${follower}: ${String(error)}`));
  await worker.start();
  try {
    await caughtUp(product);
    return await rowsHash(product);
  } finally {
    await worker.stop();
    if (failures.length > 0) process.stderr.write(`the rebuild: ${failures.slice(0, 3).join('\n')}\n`);
  }
}

async function describeDifference({ store }: Runtime, expected: Expectation, customerId: string): Promise<string> {
  const events = await store.readStream(streamOf(customerId), 0, EVENTS_MAX);
  const found = JSON.parse(canonicalState(fold(customerId, { snapshot: null, events }).state)) as object;
  const wanted = JSON.parse(expected.canonical(customerId)) as object;
  const [one, other] = [new Map(Object.entries(found)), new Map(Object.entries(wanted))];
  const members = [...new Set([...one.keys(), ...other.keys()])].flatMap((name) => {
    const [is, shouldBe] = [JSON.stringify(one.get(name)), JSON.stringify(other.get(name))];
    return is === shouldBe ? [] : [`${name} is ${is}\n${' '.repeat(name.length)} not ${shouldBe}`];
  });
  const stream = events.map(
    ({ version, payload, recordedAt }) => `${version} ${new Date(recordedAt).toISOString()} ${payload}`,
  );
  return [customerId, ...members, 'Its stream:', ...stream].join('\n  ');
}
