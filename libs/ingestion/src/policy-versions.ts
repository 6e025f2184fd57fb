import { DEFAULT_POLICY, DEFAULT_POLICY_BOOK, policyOn, withPolicy } from '@retention/customer';
import type { BusinessDay, Policy, PolicyBook } from '@retention/customer';
import type { PublishedPolicy } from './policies.js';

/** A version with what it took the place of. */
export interface PolicyVersion {
  /** 0 for the version the product comes with, else its place among those published. */
  readonly revision: number;
  readonly policy: Policy;
  /** Null for the version the product comes with. */
  readonly publication: Pick<PublishedPolicy, 'author' | 'reason' | 'publishedAt'> | null;
  /** The version that was in force on its first day until it was published; null for the first of all. */
  readonly replaced: Policy | null;
}

/** Every version in the order of publication, the one the product comes with first. */
export function policyVersions(published: readonly PublishedPolicy[]): readonly PolicyVersion[] {
  const versions: PolicyVersion[] = [{ revision: 0, policy: DEFAULT_POLICY, publication: null, replaced: null }];
  let book = DEFAULT_POLICY_BOOK;
  for (const { revision, policy, author, reason, publishedAt } of published) {
    const replaced = policyOn(book, policy.effectiveFrom);
    versions.push({ revision, policy, publication: { author, reason, publishedAt }, replaced });
    book = withPolicy(book, policy);
  }
  return versions;
}

/** The version that takes over from what is in force on a day; null when none does. */
export function nextVersionAfter(book: PolicyBook, day: BusinessDay): Policy | null {
  return book.find(({ effectiveFrom }) => effectiveFrom > day) ?? null;
}
