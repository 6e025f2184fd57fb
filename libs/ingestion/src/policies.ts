import { DEFAULT_POLICY_BOOK, withPolicy } from '@retention/customer';
import type { Policy, PolicyBook } from '@retention/customer';
import type { EventStore } from '@retention/event-store';

/** The stream of published policies, oldest publication first. */
export const POLICY_STREAM = 'policy';

/** A version as it was published. */
export interface PublishedPolicy {
  /** 1 for the first ever published: its place in the stream. */
  readonly revision: number;
  readonly policy: Policy;
  readonly author: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly publishedAt: number;
}

const PAGE_EVENTS = 1000;

/** All published versions in the order of their publication. */
export async function readPublishedPolicies(store: EventStore): Promise<readonly PublishedPolicy[]> {
  const published: PublishedPolicy[] = [];
  for (;;) {
    const page = await store.readStream(POLICY_STREAM, published.length, PAGE_EVENTS);
    for (const { version, payload, recordedAt } of page) {
      const { policy, author, reason } = JSON.parse(payload) as Pick<PublishedPolicy, 'policy' | 'author' | 'reason'>;
      published.push({ revision: version, policy, author, reason, publishedAt: recordedAt });
    }
    if (page.length < PAGE_EVENTS) return published;
  }
}

/** What the product comes with, and every published version in its place. */
export function policyBook(published: readonly PublishedPolicy[]): PolicyBook {
  return published.reduce<PolicyBook>((book, { policy }) => withPolicy(book, policy), DEFAULT_POLICY_BOOK);
}
