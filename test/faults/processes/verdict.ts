import { deadLetterCounts } from '@retention/ingestion';
import type { Runtime } from '@retention/runtime';
import { readModelHash } from '../../support/product.js';
import { describeDifference } from './difference.js';
import type { QuietRun } from './quiet-run.js';
import { contentsOf } from './store-contents.js';

/**
 * What a reactor reports has the place of its cause for an id, which depends on the order of arrival; whether it was reported
 * once shows in the states.
 */
const OF_REACTORS = '/retention/referral#';

const DESCRIBED_MAX = 3;

/** How what the disturbed processes made of the facts differs from what the quiet one made of them. All empty: nothing does. */
export interface Verdict {
  readonly facts: number;
  readonly events: number;
  readonly customers: number;
  /** Facts that were published and are nowhere. */
  readonly lost: readonly string[];
  /** Facts that are there more than once. */
  readonly doubled: readonly string[];
  /** Facts nobody published and no reactor of the product reported. */
  readonly foreign: readonly string[];
  /** Customers whose canonical state is another one, or who are in one run only. */
  readonly differing: readonly string[];
  /** The first of them, described. */
  readonly differences: readonly string[];
  /** Messages that were refused, by reason; there is nothing to refuse. */
  readonly refused: Readonly<Record<string, number>>;
  /** Whether the rows of the read models are the same. */
  readonly readModelsAgree: boolean;
}

export async function compare(disturbed: Runtime, quiet: QuietRun): Promise<Verdict> {
  const found = await contentsOf(disturbed);
  const expected = await contentsOf(quiet.product);
  const published = new Set(quiet.factIds);
  const differing = [
    ...inOneOnly(found.states, expected.states),
    ...[...expected.states].filter(([id, hash]) => (found.states.get(id) ?? hash) !== hash).map(([id]) => id),
  ];
  const differences: string[] = [];
  for (const customerId of differing.slice(0, DESCRIBED_MAX)) {
    differences.push(await describeDifference(disturbed, quiet.product, customerId));
  }
  const letters = await deadLetterCounts(disturbed.database);
  return {
    facts: quiet.factIds.length,
    events: found.events,
    customers: found.states.size,
    lost: quiet.factIds.filter((factId) => !found.facts.has(factId)),
    doubled: [...found.facts].filter(([, times]) => times > 1).map(([factId]) => factId),
    foreign: [...found.facts.keys()].filter((factId) => !published.has(factId) && !factId.startsWith(OF_REACTORS)),
    differing,
    differences,
    refused: Object.fromEntries(letters.map(({ code, seen }) => [code, seen])),
    readModelsAgree: (await readModelHash(disturbed)) === (await readModelHash(quiet.product)),
  };
}

function inOneOnly(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): string[] {
  return [...[...one.keys()].filter((key) => !other.has(key)), ...[...other.keys()].filter((key) => !one.has(key))];
}
