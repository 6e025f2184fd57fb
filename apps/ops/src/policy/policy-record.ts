import type { DocumentValue, PolicyDifference } from '@retention/contracts';
import type { PolicyVersion } from '@retention/ingestion';

/** Who published a version, when and why, as programs get it. */
export interface PolicyRecord {
  /** 0 for the version the product comes with. */
  readonly revision: number;
  readonly version: string;
  readonly effectiveFrom: string;
  readonly publishedAt: string | null;
  readonly author: string | null;
  readonly reason: string | null;
}

export function policyRecord({ revision, policy, publication }: PolicyVersion): PolicyRecord {
  return {
    revision,
    version: policy.version,
    effectiveFrom: policy.effectiveFrom,
    publishedAt: publication === null ? null : new Date(publication.publishedAt).toISOString(),
    author: publication?.author ?? null,
    reason: publication?.reason ?? null,
  };
}

/** `churn.graceDays 90 → 60` */
export function describeChange({ path, from, to }: PolicyDifference): string {
  return `${path} ${shown(from)} → ${shown(to)}`;
}

function shown(value: DocumentValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
