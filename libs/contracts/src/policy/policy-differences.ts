import type { Policy } from '@retention/customer';
import { policyDocument, type DocumentSection, type DocumentValue } from './write-policy-document.js';

/** One value in which two versions differ, as their documents have it. */
export interface PolicyDifference {
  readonly path: string;
  readonly from: DocumentValue;
  readonly to: DocumentValue;
}

/**
 * Everything in which the second differs from the first, in the order of the document; name and day as well. A section
 * that one of them has turned off is one difference.
 */
export function policyDifferences(before: Policy, after: Policy): PolicyDifference[] {
  return differences(policyDocument(before), policyDocument(after), '');
}

/** What a version changes of the one it takes the place of: that name and day are others goes without saying. */
export function policyChanges(before: Policy, after: Policy): PolicyDifference[] {
  return policyDifferences(before, after).filter(({ path }) => path !== 'version' && path !== 'effectiveFrom');
}

function differences(before: DocumentSection, after: DocumentSection, parent: string): PolicyDifference[] {
  return Object.entries(after).flatMap(([key, to]): PolicyDifference[] => {
    const path = `${parent}${key}`;
    const from = before[key] ?? null;
    if (isSection(from) && isSection(to)) return differences(from, to, `${path}.`);
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
  });
}

function isSection(value: DocumentValue): value is DocumentSection {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
