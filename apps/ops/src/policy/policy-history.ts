import { policyChanges } from '@retention/contracts';
import { policyVersions, readPublishedPolicies } from '@retention/ingestion';
import type { Config } from '@retention/platform';
import type { Output } from '../terminal/output.js';
import { shortened, table } from '../terminal/text.js';
import { visitRuntime } from '../visit-runtime.js';
import { describeChange, policyRecord } from './policy-record.js';

const REASON_CHARACTERS = 40;
/** What a person reads in a line; --json gives all. */
const CHANGES_CHARACTERS = 200;
const HEADER = ['revision', 'version', 'effective from', 'published at', 'author', 'reason', 'changed'];

/** Lists every version in the order of publication, with what it changed of the one in force before. */
export function showPolicyHistory(config: Config, output: Output): Promise<void> {
  return visitRuntime(config, async ({ store }) => {
    const policies = policyVersions(await readPublishedPolicies(store)).map((version) => ({
      ...policyRecord(version),
      changes: version.replaced === null ? [] : policyChanges(version.replaced, version.policy),
    }));
    await output.result({ policies }, () => {
      const rows = policies.map(({ revision, version, effectiveFrom, publishedAt, author, reason, changes }) => [
        String(revision),
        version,
        effectiveFrom,
        publishedAt?.slice(0, 19) ?? 'with the product',
        author ?? '-',
        shortened(reason ?? '-', REASON_CHARACTERS),
        changes.length === 0 ? '-' : shortened(changes.map(describeChange).join(', '), CHANGES_CHARACTERS),
      ]);
      return table(HEADER, rows);
    });
  });
}
