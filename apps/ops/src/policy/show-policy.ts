import { createBusinessCalendar, policyDocument, writePolicyDocument } from '@retention/contracts';
import { policyOn } from '@retention/customer';
import type { BusinessDay } from '@retention/customer';
import { policyBook, policyVersions, readPublishedPolicies } from '@retention/ingestion';
import { systemClock } from '@retention/platform';
import type { Config } from '@retention/platform';
import { OpsFailure } from '../terminal/failure.js';
import type { Output } from '../terminal/output.js';
import { printable } from '../terminal/text.js';
import { visitRuntime } from '../visit-runtime.js';
import { policyRecord } from './policy-record.js';
import type { PolicyRecord } from './policy-record.js';

export interface ShowPolicyRequest {
  /** Null: the one in force. */
  readonly version: string | null;
  /** The day it is in force on; null: today in the business time zone. */
  readonly on: BusinessDay | null;
}

/**
 * Prints a version as a document that can be published again, with a comment on where it comes from.
 * @throws OpsFailure when there is no such version.
 */
export function showPolicy(config: Config, { version, on }: ShowPolicyRequest, output: Output): Promise<void> {
  return visitRuntime(config, async ({ store }) => {
    const published = await readPublishedPolicies(store);
    const today = createBusinessCalendar(config.business.timeZone)(systemClock.now());
    const name = version ?? policyOn(policyBook(published), on ?? today).version;
    const shown = policyVersions(published).find(({ policy }) => policy.version === name);
    if (shown === undefined)
      throw new OpsFailure(`There is no version ${printable(name)}; "policy history" lists those there are.`);
    const record = policyRecord(shown);
    await output.result({ ...record, document: policyDocument(shown.policy) }, () => [
      `# ${headerOf(record)}`,
      '',
      ...writePolicyDocument(shown.policy).trimEnd().split('\n'),
    ]);
  });
}

function headerOf({ version, effectiveFrom, publishedAt, author, reason }: PolicyRecord): string {
  const origin =
    publishedAt === null
      ? 'the product comes with it'
      : `published ${publishedAt.slice(0, 19)}Z by ${author ?? ''}: ${reason ?? ''}`;
  return printable(`${version}, effective from ${effectiveFrom}; ${origin}`);
}
