import { policyChanges } from '@retention/contracts';
import { DEFAULT_POLICY } from '@retention/customer';
import type { Output } from '../terminal/output.js';
import { nameOf, readPolicyFile } from './policy-file.js';
import { describeChange } from './policy-record.js';

/**
 * Says whether a document is a policy, and which of its numbers are not those the product comes with.
 * @throws as `readPolicyFile`.
 */
export async function validatePolicy(path: string, output: Output): Promise<void> {
  const policy = await readPolicyFile(path, output);
  const { version, effectiveFrom } = policy;
  const changes = policyChanges(DEFAULT_POLICY, policy);
  await output.result({ file: path, isValid: true, version, effectiveFrom, changes }, () => [
    `${nameOf(path)} is a policy: ${version}, effective from ${effectiveFrom}.`,
    `Against ${DEFAULT_POLICY.version}: ${changes.length === 0 ? 'the same numbers' : ''}`.trimEnd(),
    ...changes.map((change) => `  ${describeChange(change)}`),
  ]);
}
