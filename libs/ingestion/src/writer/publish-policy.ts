import { canonicalJson, DEFAULT_POLICY } from '@retention/customer';
import type { Policy } from '@retention/customer';
import { AppendConflict } from '@retention/event-store';
import type { EventStore } from '@retention/event-store';
import { EVERYBODY_IS_DUE } from '../deadlines.js';
import { POLICY_STREAM, readPublishedPolicies } from '../policies.js';

/** A version of the policy, who publishes it and why. */
export interface Publication {
  readonly policy: Policy;
  readonly author: string;
  readonly reason: string;
}

/** The version cannot be published; the message says why in one line. */
export class PolicyRefused extends Error {
  override readonly name = 'PolicyRefused';
}

const CONFLICT_RETRIES_MAX = 20;

/**
 * Appends the version and makes everybody due, in one transaction. Writers under way under the old book commit before
 * it; those that come after it are refused by what they were decided under, and decide anew.
 */
export async function publishPolicy(
  store: EventStore,
  { policy, author, reason }: Publication,
): Promise<{ readonly revision: number }> {
  for (let tries = 1; ; tries += 1) {
    const published = await readPublishedPolicies(store);
    const known = published.find(({ policy: { version } }) => version === policy.version);
    if (policy.version === DEFAULT_POLICY.version) {
      throw new PolicyRefused(`version ${policy.version} is the one the product comes with: choose another name`);
    }
    if (known !== undefined) {
      if (canonicalJson(known.policy) === canonicalJson(policy)) return { revision: known.revision };
      throw new PolicyRefused(`version ${policy.version} was published before with other content: choose another name`);
    }
    const revision = published.length + 1;
    const event = { type: 'policy-published', policy, author, reason };
    const events = [{ type: event.type, payload: JSON.stringify(event), origin: null }];
    const moveRevision = {
      text: 'UPDATE ingestion.governing SET policy_revision = $1 WHERE policy_revision = $2',
      values: [revision, revision - 1],
      rows: 1,
    };
    try {
      await store.append({
        streams: [{ streamId: POLICY_STREAM, expectedVersion: revision - 1, events, snapshot: null }],
        advances: [],
        companions: [moveRevision, EVERYBODY_IS_DUE],
      });
      return { revision };
    } catch (error) {
      if (!(error instanceof AppendConflict) || tries > CONFLICT_RETRIES_MAX) throw error;
    }
  }
}
